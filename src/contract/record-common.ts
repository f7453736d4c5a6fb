// What every record of the ledger has.
import { z } from 'zod';

export const common = {
  /** ISO 8601 time, milliseconds, UTC. */
  time: z.string(),
  /** Id of the node that wrote it. */
  node: z.string(),
};
