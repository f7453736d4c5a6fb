// Addresses as clients of the Hub write them: which repository, at which revision, and what of it.

export interface HubAddress {
  readonly what: 'info' | 'tree' | 'paths-info' | 'resolve';
  /** `org/model`, `datasets/org/data`, `spaces/org/app`: as the inventory and keys name it. */
  readonly repo: string;
  readonly revision: string;
  /** Of a file or, for a tree, a folder; empty for all. */
  readonly path: string;
}

const KINDS = ['models', 'datasets', 'spaces'];
const PART = /^[A-Za-z0-9][A-Za-z0-9._-]{0,95}$/;
const REVISION = /^[A-Za-z0-9][A-Za-z0-9._/+-]{0,199}$/;

function decodeAll(parts: readonly string[]): string[] | undefined {
  try {
    return parts.map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

/** Whether it is the name of a repository: `org/model` or, of the first ones, `model`. */
export function isRepo(repo: string): boolean {
  const parts = repo.split('/');
  const own = parts[0] === 'datasets' || parts[0] === 'spaces' ? parts.slice(1) : parts;
  return (own.length === 1 || own.length === 2) && own.every((part) => PART.test(part) && !part.includes('..'));
}

function toRevision(parts: string[]): { revision: string; rest: string[] } | undefined {
  // A branch's name may hold a slash: encoded as one part, but for those of pull requests.
  const count = parts[0] === 'refs' && parts.length >= 3 ? 3 : 1;
  const revision = parts.slice(0, count).join('/');
  if (!REVISION.test(revision) || revision.includes('..')) return undefined;
  return { revision, rest: parts.slice(count) };
}

/** Finds the word behind a repository of one or two parts. */
function split(
  parts: readonly string[],
  words: readonly string[],
): { repo: string; word: string; rest: string[] } | undefined {
  for (const length of [2, 1]) {
    const word = parts[length];
    if (word !== undefined && words.includes(word)) {
      return { repo: parts.slice(0, length).join('/'), word, rest: parts.slice(length + 1) };
    }
  }
  return undefined;
}

function build(
  what: HubAddress['what'],
  kind: string,
  repo: string,
  revision: string,
  path: string,
): HubAddress | undefined {
  const named = kind === 'models' ? repo : `${kind}/${repo}`;
  return isRepo(named) ? { what, repo: named, revision, path } : undefined;
}

/** @param path - behind the front's own, without query: `/api/models/org/model` */
export function parseHubPath(path: string): HubAddress | undefined {
  const parts = decodeAll(path.split('/').slice(1));
  if (parts === undefined) return undefined;
  if (parts[0] === 'api') {
    const [, kind = '', ...rest] = parts;
    if (!KINDS.includes(kind)) return undefined;
    const found = split(rest, ['revision', 'tree', 'paths-info']);
    if (found === undefined) return rest.length <= 2 ? build('info', kind, rest.join('/'), 'main', '') : undefined;
    const at = toRevision(found.rest);
    if (at === undefined) return undefined;
    const what = found.word === 'revision' ? 'info' : (found.word as 'tree' | 'paths-info');
    if (what !== 'tree' && at.rest.length > 0) return undefined;
    return build(what, kind, found.repo, at.revision, at.rest.join('/'));
  }
  const kind = parts[0] === 'datasets' || parts[0] === 'spaces' ? parts[0] : 'models';
  const found = split(kind === 'models' ? parts : parts.slice(1), ['resolve']);
  const at = found && toRevision(found.rest);
  if (found === undefined || at === undefined || at.rest.length === 0) return undefined;
  return build('resolve', kind, found.repo, at.revision, at.rest.join('/'));
}
