// All operators that are written out, in one table.
import { CLASSICAL } from './classical.ts';
import { FUSED } from './fused.ts';
import type { Lowering } from './lowering.ts';
import { NORMALISATION } from './normalisation.ts';
import { QUANTISED } from './quantised.ts';
import { RECURRENT } from './recurrent.ts';

export { lower } from './lowering.ts';

export const LOWERINGS: ReadonlyMap<string, Lowering> = new Map(
  [NORMALISATION, QUANTISED, FUSED, RECURRENT, CLASSICAL].flatMap((family) => Object.entries(family)),
);
