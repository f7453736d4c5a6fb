// A Hugging Face Hub as a source: revisions, listings and files, read as far as they are understood.
import { z } from 'zod';
import { matchPattern } from '../../../access/index.ts';
import { AncileError } from '../../../base/index.ts';
import { parseJson } from '../../../codec/index.ts';
import type { ArtifactSourceConfig } from '../../../contract/index.ts';
import { type Remote, header } from '../remote.ts';
import { type ArtifactSource, type Listing, isPlainPath } from '../source.ts';

const MOST_INFO = 20_000_000;
const MOST_PAGES = 200;
const COMMIT = /^[0-9a-f]{40}$/;

const Info = z.looseObject({
  sha: z.string().regex(COMMIT),
  lastModified: z.string().optional(),
  cardData: z
    .looseObject({ license: z.union([z.string(), z.array(z.string())]).optional() })
    .nullish()
    .catch(undefined),
});

const Entry = z.looseObject({
  type: z.string(),
  path: z.string(),
  size: z.int().nonnegative().default(0),
  oid: z.string().optional(),
  lfs: z.looseObject({ oid: z.string().regex(/^[0-9a-f]{64}$/), size: z.int().nonnegative() }).optional(),
});

/** `models/org/model`, as the Hub's own addresses begin. */
function apiName(repo: string): string {
  return /^(?:datasets|spaces)\//.test(repo) ? repo : `models/${repo}`;
}

function check(status: number, what: 'repository' | 'revision', headers: Parameters<typeof header>[0]): void {
  if (status === 200) return;
  const code = header(headers, 'x-error-code');
  if (status === 404 || status === 401) {
    const at = code === 'RevisionNotFound' ? 'revision' : what;
    throw new AncileError('not_found', `the source has no such ${at}`, { at });
  }
  if (status === 403) throw new AncileError('upstream_refused', 'the source does not give this repository');
  if (status >= 300 && status < 400) {
    throw new AncileError('not_found', 'the repository has another name by now', { at: 'repository' });
  }
  throw new AncileError('upstream_malformed', `the source answered ${status}`);
}

function parse<T>(schema: z.ZodType<T>, body: Buffer, what: string): T {
  const value = parseJson(body, { maxBytes: MOST_INFO, what, code: 'upstream_malformed' });
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new AncileError('upstream_malformed', `${what} is not in the form of the Hub`);
}

/** The cursor of the next page; the rest of that address is our own. */
function nextCursor(headers: Parameters<typeof header>[0]): string | undefined {
  const url = /<([^>]+)>;\s*rel="next"/.exec(header(headers, 'link') ?? '')?.[1];
  if (url === undefined || !URL.canParse(url, 'http://hub')) return undefined;
  return new URL(url, 'http://hub').searchParams.get('cursor') ?? undefined;
}

export function createHuggingFaceSource(
  name: string,
  config: Extract<ArtifactSourceConfig, { kind: 'huggingface' }>,
  remote: Remote,
  mostFiles: number,
): ArtifactSource {
  async function listFiles(repo: string, commit: string): Promise<Listing['files']> {
    const files: { path: string; size: number; etag: string }[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < MOST_PAGES; page++) {
      const query = `recursive=true${cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;
      const path = `/api/${apiName(repo)}/tree/${commit}?${query}`;
      const { status, headers, body } = await remote.collect(
        { path, headers: { accept: 'application/json' } },
        MOST_INFO,
      );
      check(status, 'revision', headers);
      for (const { type, path: file, size, oid, lfs } of parse(z.array(Entry), body, 'the listing')) {
        if (type !== 'file') continue;
        const etag = lfs?.oid ?? oid;
        if (etag === undefined || !/^[0-9a-f]{40,64}$/.test(etag) || !isPlainPath(file)) {
          throw new AncileError('upstream_malformed', 'the listing names a file that cannot be');
        }
        files.push({ path: file, size: lfs?.size ?? size, etag });
      }
      if (files.length > mostFiles) {
        throw new AncileError('body_too_large', `the version has more than ${mostFiles} files`, {
          hint: 'artifacts.limits.files says how many there may be.',
        });
      }
      cursor = nextCursor(headers);
      if (cursor === undefined) break;
    }
    if (new Set(files.map(({ path }) => path)).size !== files.length) {
      throw new AncileError('upstream_malformed', 'the listing names a file twice');
    }
    return files;
  }

  return {
    name,
    kind: 'huggingface',
    remote,
    requireSignature: config.requireSignature,
    require: config.require,
    permits: (repo) =>
      config.include.some((pattern) => matchPattern(pattern, repo)) &&
      !config.exclude.some((pattern) => matchPattern(pattern, repo)),
    isFixed: (revision) => COMMIT.test(revision),
    async resolve(repo, revision) {
      const path = `/api/${apiName(repo)}/revision/${encodeURIComponent(revision)}`;
      const { status, headers, body } = await remote.collect(
        { path, headers: { accept: 'application/json' } },
        MOST_INFO,
      );
      check(status, 'repository', headers);
      const { sha, lastModified, cardData } = parse(Info, body, 'what the source says of the model');
      if (COMMIT.test(revision) && sha !== revision) {
        throw new AncileError('upstream_malformed', 'the source answered with another commit');
      }
      const licence = [cardData?.license ?? []].flat().join(' ').slice(0, 100);
      const time = lastModified === undefined ? NaN : Date.parse(lastModified);
      return {
        repo,
        revision: sha,
        files: await listFiles(repo, sha),
        ...(licence === '' ? {} : { licence }),
        ...(Number.isNaN(time) ? {} : { modified: new Date(time).toISOString() }),
      };
    },
    request: ({ repo, revision }, { path }) => ({
      path: `/${repo}/resolve/${revision}/${path.split('/').map(encodeURIComponent).join('/')}`,
    }),
    expects: ({ etag }) => (etag.length === 64 ? { sha256: etag } : { gitSha1: etag }),
  };
}
