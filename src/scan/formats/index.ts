// Every format there is. Order matters only among those without a magic number: the first that is likely looks.
import type { Format } from '../format.ts';
import { jinjaFormat } from './jinja/format.ts';

export const FORMATS: readonly Format[] = [jinjaFormat];
