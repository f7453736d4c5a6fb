// TEMP
import type { Layer, TextView } from './view.ts';
export interface DecodedLayers { readonly layers: readonly Layer[]; readonly cut: boolean }
export function decodeLayers(_view: TextView): DecodedLayers { return { layers: [], cut: false }; }
