// A plain web server as a source. What is not listed anywhere is a version file by file; where a manifest lists a folder, the
// folder is one.
import { createHash } from 'node:crypto';
import { AncileError } from '../../../base/index.ts';
import type { SourceConfigOf } from '../../../contract/index.ts';
import { type FileFacts, askFacts } from '../head.ts';
import type { Remote } from '../remote.ts';
import { type ArtifactSource, type Listing, type Place, createPermits, encodePath } from '../source.ts';
import { parseManifest } from './manifest.ts';

const REVISION = /^[0-9a-f]{40}$/;
const MOST_MANIFEST = 4_000_000;
/** Each is asked for once, for its size. */
const MOST_MANIFEST_FILES = 1000;
const AT_ONCE = 8;
const MOST_KNOWN = 50;
/** How many folders above a file may hold its manifest. */
const MOST_FOLDERS = 8;
/** The folder of `baseUrl` itself, as a repository. */
const ROOT = '.';

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
const within = (repo: string, path: string): string => (repo === ROOT ? path : `${repo}/${path}`);
const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));

/** What tells a file's version in the inventory: the source's own ETag or, where it has none, its time and size. */
function nameOf({ etag, modified, size }: FileFacts): string {
  if (etag !== undefined) return etag;
  if (modified !== undefined) return `${modified}/${size}`;
  throw new AncileError('upstream_malformed', 'the source says neither a strong ETag nor when the file was changed', {
    hint: 'Without either, one version cannot be told from the next. A manifest (artifacts.sources.*.manifest) tells them.',
  });
}

export function createHttpSource(
  name: string,
  config: SourceConfigOf<'http'>,
  remote: Remote,
  mostFiles: number,
): ArtifactSource {
  const { manifest } = config;
  /** Listings by what their manifest says: the sizes are asked for once. */
  const known = new Map<string, Promise<Listing['files']>>();
  const permits = createPermits(config);

  function remember(key: string, ask: () => Promise<Listing['files']>): Promise<Listing['files']> {
    let files = known.get(key);
    if (files === undefined) {
      files = ask();
      if (known.size >= MOST_KNOWN) known.delete(known.keys().next().value!);
      known.set(key, files);
      files.catch(() => known.delete(key));
    }
    return files;
  }

  async function askSizes(repo: string, files: ReadonlyMap<string, string>): Promise<Listing['files']> {
    const found: { path: string; size: number; etag: string }[] = [];
    const queue = [...files];
    const work = async (): Promise<void> => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const [path, etag] = next;
        const { size } = await askFacts(remote, { path: `/${encodePath(within(repo, path))}` });
        found.push({ path, size, etag });
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return found.sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  async function resolveFolder(repo: string, listing: string): Promise<Listing> {
    const path = `/${encodePath(within(repo, listing))}`;
    const { status, body } = await remote.collect({ path }, MOST_MANIFEST);
    if (status === 404 || status === 410 || (status >= 300 && status < 400)) {
      throw new AncileError('not_found', `the folder has no ${listing}`, { at: 'repository' });
    }
    if (status === 401 || status === 403)
      throw new AncileError('upstream_refused', 'the source does not give this folder');
    if (status !== 200) throw new AncileError('upstream_malformed', `the source answered ${status}`);
    const files = parseManifest(body.toString('utf8'));
    const most = Math.min(mostFiles, MOST_MANIFEST_FILES);
    if (files.size > most) {
      throw new AncileError('body_too_large', `the manifest names more than ${most} files`);
    }
    const digest = sha256(body);
    files.delete(listing);
    const sized = await remember(`${repo}@${digest}`, () => askSizes(repo, files));
    const own = { path: listing, size: body.length, etag: digest };
    return { repo, revision: digest.slice(0, 40), files: [...sized, own] };
  }

  async function resolveFile(repo: string): Promise<Listing> {
    const facts = await askFacts(remote, { path: `/${encodePath(repo)}` });
    const { size, modified } = facts;
    const etag = nameOf(facts);
    return {
      repo,
      revision: sha256(`${etag} ${size}`).slice(0, 40),
      files: [{ path: repo.split('/').at(-1)!, size, etag }],
      ...(modified === undefined ? {} : { modified }),
    };
  }

  return {
    name,
    kind: 'http',
    remote,
    requireSignature: config.requireSignature,
    require: config.require,
    permits,
    isFixed: (revision) => REVISION.test(revision),
    placesOf(address) {
      if (manifest === undefined) return [{ repo: address, path: address.split('/').at(-1)! }];
      const places: Place[] = [];
      for (let folder = parentOf(address); folder !== ''; folder = parentOf(folder)) {
        places.push({ repo: folder, path: address.slice(folder.length + 1) });
      }
      return [...places.slice(0, MOST_FOLDERS), { repo: ROOT, path: address }];
    },
    async resolve(repo, revision) {
      const listing = manifest === undefined ? await resolveFile(repo) : await resolveFolder(repo, manifest);
      if (revision === 'main' || revision === listing.revision) return listing;
      throw new AncileError('not_found', 'the source has another version by now', { at: 'revision' });
    },
    request: ({ repo }, { path }) => ({ path: `/${encodePath(manifest === undefined ? repo : within(repo, path))}` }),
    expects({ etag }) {
      if (manifest !== undefined) return { sha256: etag };
      return etag.startsWith('"') ? { etag } : { modified: etag.split('/')[0]! };
    },
  };
}
