// zod compiles schemas with `new Function` unless told not to; the content policy forbids that, rightly. The
// contract's door imports this file before any schema is made.
import { z } from 'zod';

z.config({ jitless: true });
