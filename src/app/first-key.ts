// The key that a data folder begins with.
import type { KeyRing } from '../access/index.ts';
import { type Operations, toApiClient } from '../gateway/index.ts';

/** Who makes it. No person can be called this. */
const PROGRAM = { kind: 'local', name: 'first start' } as const;

/** The key, which is shown nowhere else; undefined where there are keys already. */
export async function makeFirstKey(operations: Operations, keys: KeyRing): Promise<string | undefined> {
  if (keys.list().length > 0) return undefined;
  const client = toApiClient(operations, { actor: PROGRAM, from: 'local', keepToken: () => undefined });
  return (await client.createKey({ name: 'first key' })).key;
}
