// Every format there is. Order matters only among those without a magic number: the first that is likely looks.
import type { Format } from '../format.ts';
import { NPY } from './pickle/npy.ts';
import { PICKLE } from './pickle/pickle.ts';

export const FORMATS: readonly Format[] = [PICKLE, NPY];
