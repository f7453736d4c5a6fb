// The vocabulary that is shipped, for tests of this room, which may not ask the composition root for it.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { parseVocabulary } from '../vocabulary.ts';

export const shippedVocabulary = parseVocabulary(
  parse(readFileSync(new URL('../../../../content/flow/vocabulary.yaml', import.meta.url), 'utf8')),
);
