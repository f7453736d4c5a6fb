// Where a path leads that a file gives to its loader or unpacker: into the folder that is meant, or out of it.

const REMOTE = /^[a-z][a-z0-9+.-]{1,20}:\/\//i;
/** A home folder, or a variable that a shell or loader fills in: what an unpacker takes for a plain name. */
const EXPANDED = /^(?:~(?:[/\\]|$)|\$\{?\w+\}?[/\\]|%\w+%)/;

/** Why a path leads out of the folder it is taken from; undefined where it does not. */
export function leadsOut(path: string): string | undefined {
  if (/^[/\\]/.test(path)) return 'an absolute path';
  if (/^[A-Za-z]:/.test(path)) return 'a path with a drive';
  let depth = 0;
  for (const part of path.split(/[/\\]/)) {
    if (part === '..') depth--;
    else if (part !== '' && part !== '.') depth++;
    if (depth < 0) return 'a path that leads out of the folder';
  }
  return undefined;
}

/**
 * `network` for an address, `file` for a path of a loader that leaves the folder it is taken from; undefined for one that stays
 * within. Escapes of addresses (`%2e%2e`) are followed: MLflow and others decode them. Stricter than `leadsOut`: a loader
 * may follow a link, and `a/..` is then not where it was.
 */
export function escapes(path: string): 'network' | 'file' | undefined {
  let plain = path;
  for (let round = 0; round < 3 && /%[0-9a-f]{2}/i.test(plain); round++) {
    plain = plain.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  }
  if (/^file:/i.test(plain)) return 'file';
  if (REMOTE.test(plain)) return 'network';
  if (EXPANDED.test(plain) || plain.includes('\0') || plain.split(/[/\\]/).includes('..')) return 'file';
  return leadsOut(plain) === undefined ? undefined : 'file';
}

/** Why a path leads out of the model's folder, for the end of a sentence; undefined where it stays within. */
export function whyOutside(path: string): string | undefined {
  const where = escapes(path);
  if (where === 'network') return 'an address';
  if (where === 'file') return 'a place outside of the folder';
  // `C:name` counts from the current folder of that drive; `data:` and other schemes have no slashes.
  return /^[a-z][a-z0-9+.-]*:/i.test(path) ? 'an address or a drive' : undefined;
}

const PRIVATE =
  /^(?:file:\/*)?[/\\](?:etc|proc|sys|root|boot|dev|var\/(?:log|run|spool))(?:[/\\]|$)|(?:^|[/\\])\.(?:ssh|aws|azure|kube|docker|gnupg|netrc|npmrc|pypirc|git-credentials|bash\w*|zsh\w*|profile)(?:[/\\]|$)|[/\\]windows[/\\]|id_rsa|authorized_keys|\.config[/\\]|\bcrontab|\/cron\./i;

/** Whether a path names what only the machine's owner should read or write: keys, settings of the system, of a shell. */
export const isPrivate = (path: string): boolean => PRIVATE.test(path);
