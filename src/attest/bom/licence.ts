// What a file calls a licence, and the identifier of the SPDX list that it is: by the name alone, never by a guess.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { LicenceFact } from './facts.ts';

const IDS = fileURLToPath(new URL('../../../content/bom/spdx-license-ids.txt', import.meta.url));
let ids: ReadonlyMap<string, string> | undefined;

/** The identifier of the SPDX list that differs from a name in case alone. */
function spdxId(name: string): string | undefined {
  ids ??= new Map(
    readFileSync(IDS, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((id) => [id.toLowerCase(), id]),
  );
  return ids.get(name.toLowerCase());
}

/**
 * A licence as a file states it.
 * @param stated - `apache-2.0`, `llama3.1`, `other`
 * @param name - its own name, where it is none of the usual ones
 * @returns undefined where nothing is stated
 */
export function toLicence(
  stated: string,
  name: string,
  url: string | undefined,
): Omit<LicenceFact, 'source'> | undefined {
  const shown = /^other$/i.test(stated) && name !== '' ? name : stated === '' ? name : stated;
  if (shown === '') return undefined;
  const id = spdxId(shown);
  return { ...(id === undefined ? {} : { id }), name: id ?? shown, ...(url === undefined ? {} : { url }) };
}
