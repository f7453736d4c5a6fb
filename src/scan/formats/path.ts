// Where a path leads that a file gives to its loader: into the model's folder, or out of it.

const REMOTE = /^[a-z][a-z0-9+.-]{1,20}:\/\//i;
const ABSOLUTE = /^(?:[/\\]|~(?:[/\\]|$)|[A-Za-z]:[/\\]|file:|\$\{?\w+\}?[/\\]|%\w+%)/i;

/**
 * `network` for an address, `file` for a path that leaves the folder it is taken from; undefined for one that stays within.
 * Escapes of addresses (`%2e%2e`) are followed: MLflow and others decode them.
 */
export function escapes(path: string): 'network' | 'file' | undefined {
  let plain = path;
  for (let round = 0; round < 3 && /%[0-9a-f]{2}/i.test(plain); round++) {
    plain = plain.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  }
  if (/^file:/i.test(plain)) return 'file';
  if (REMOTE.test(plain)) return 'network';
  if (ABSOLUTE.test(plain)) return 'file';
  return plain.split(/[/\\]/).includes('..') || plain.includes('\0') ? 'file' : undefined;
}
