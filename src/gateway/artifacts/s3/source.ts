// Buckets as a source: a model is a folder of a bucket with all that lies below, or an object of its own.
import { createHash } from 'node:crypto';
import { AncileError } from '../../../base/index.ts';
import type { SourceConfigOf } from '../../../contract/index.ts';
import { askFacts } from '../head.ts';
import type { Remote } from '../remote.ts';
import { type ArtifactSource, type Listing, createPermits, encodePath, isPlainPath } from '../source.ts';
import { listBucket } from './bucket.ts';
import type { S3Page, S3Query } from './listing.ts';

const REVISION = /^[0-9a-f]{40}$/;
const PAGE_KEYS = 1000;
const MOST_PAGES = 200;

export interface S3Source extends ArtifactSource {
  readonly buckets: readonly string[];
  readonly region: string;
  /** Folders of a key that name a model. */
  readonly depth: number;
  /** Asks for a page of a bucket. @throws AncileError `not_found`, `upstream_*` */
  list(bucket: string, query: S3Query): Promise<S3Page>;
}

export const isS3Source = (source: ArtifactSource): source is S3Source => source.kind === 's3';

export function createS3Source(
  name: string,
  config: SourceConfigOf<'s3'>,
  remote: Remote,
  mostFiles: number,
): S3Source {
  const { buckets, depth, region } = config;
  const permits = createPermits(config);
  const bucketOf = (address: string): string => address.slice(0, (address + '/').indexOf('/'));
  const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 40);

  const list = (bucket: string, query: S3Query): Promise<S3Page> => listBucket(remote, bucket, query);

  async function resolveFolder(repo: string): Promise<Listing> {
    const bucket = bucketOf(repo);
    const prefix = `${repo.slice(bucket.length + 1)}/`;
    const files: Listing['files'][number][] = [];
    let modified = '';
    let token: string | undefined;
    for (let pages = 1; ; pages++) {
      const page = await list(bucket, { prefix, most: PAGE_KEYS, ...(token === undefined ? {} : { token }) });
      for (const object of page.objects) {
        const path = object.key.startsWith(prefix) ? object.key.slice(prefix.length) : '';
        // Marks of folders, and names that no file can have.
        if (!isPlainPath(path)) continue;
        files.push({ path, size: object.size, etag: object.etag });
        if (object.modified > modified) modified = object.modified;
      }
      if (files.length > mostFiles || pages > MOST_PAGES) {
        throw new AncileError('body_too_large', `the model has more than ${mostFiles} files`, {
          hint: 'artifacts.limits.files says how many there may be, artifacts.sources.*.depth how deep a model lies.',
        });
      }
      token = page.next;
      if (token === undefined) break;
    }
    if (files.length === 0) throw new AncileError('not_found', 'there is nothing below this key', { at: 'repository' });
    if (new Set(files.map(({ path }) => path)).size !== files.length) {
      throw new AncileError('upstream_malformed', 'the listing names a key twice');
    }
    const lines = files.map(({ path, size, etag }) => JSON.stringify([path, size, etag])).sort();
    return { repo, revision: hash(lines.join('\n')), files, modified };
  }

  async function resolveObject(repo: string): Promise<Listing> {
    const { size, etag, modified } = await askFacts(remote, { path: `/${encodePath(repo)}` });
    if (etag === undefined) throw new AncileError('upstream_malformed', 'the source says no ETag of the object');
    const files = [{ path: repo.split('/').at(-1)!, size, etag }];
    return { repo, revision: hash(`${etag} ${size}`), files, ...(modified === undefined ? {} : { modified }) };
  }

  return {
    name,
    kind: 's3',
    remote,
    buckets,
    region,
    depth,
    requireSignature: config.requireSignature,
    require: config.require,
    permits: (repo) => buckets.includes(bucketOf(repo)) && permits(repo),
    isFixed: (revision) => REVISION.test(revision),
    placesOf(address) {
      const parts = address.split('/');
      if (parts.length < depth + 2) return [];
      if (depth === 0) return [{ repo: address, path: parts.at(-1)! }];
      return [{ repo: parts.slice(0, depth + 1).join('/'), path: parts.slice(depth + 1).join('/') }];
    },
    list,
    async resolve(repo, revision) {
      const { length } = repo.split('/');
      if (!isPlainPath(repo) || (depth === 0 ? length < 2 : length !== depth + 1)) {
        const form = depth === 0 ? 'BUCKET/KEY' : `BUCKET${'/FOLDER'.repeat(depth)}`;
        throw new AncileError('not_found', `a model of this source is called ${form}`, { at: 'repository' });
      }
      const listing = depth === 0 ? await resolveObject(repo) : await resolveFolder(repo);
      if (revision === 'main' || revision === listing.revision) return listing;
      throw new AncileError('not_found', 'the source has another version by now', { at: 'revision' });
    },
    request: ({ repo }, { path }) => ({ path: `/${encodePath(depth === 0 ? repo : `${repo}/${path}`)}` }),
    expects: ({ etag }) => ({ etag }),
  };
}
