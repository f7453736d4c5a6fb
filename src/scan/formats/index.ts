// Every format there is. Order matters only among those without a magic number: the first that is likely looks.
import type { Format } from '../format.ts';
import { jinjaFormat } from './jinja/format.ts';
import { ggufFormat } from './tensors/gguf.ts';
import { safetensorsFormat } from './tensors/safetensors.ts';

export const FORMATS: readonly Format[] = [safetensorsFormat, ggufFormat, jinjaFormat];
