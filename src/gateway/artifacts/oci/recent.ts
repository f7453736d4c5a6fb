// Which versions a key was just given the manifest of: a layer may be in many versions, and a policy may give a key this one and
// not that one. In memory only, within bounds: without it the layer is looked for among all.
import type { ModelAsset } from '../../../contract/index.ts';

const MOST_KEYS = 2000;
const MOST_VERSIONS = 32;

const byKey = new Map<string, string[]>();

export function noteManifest(key: string, { id }: Pick<ModelAsset, 'id'>): void {
  const before = byKey.get(key)?.filter((each) => each !== id) ?? [];
  byKey.delete(key);
  if (byKey.size >= MOST_KEYS) byKey.delete(byKey.keys().next().value!);
  byKey.set(key, [id, ...before].slice(0, MOST_VERSIONS));
}

/** Ids of versions, the last one first. */
export const recentManifests = (key: string): readonly string[] => byKey.get(key) ?? [];
