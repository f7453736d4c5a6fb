// Which keys of a bucket an Ancile key reaches: a listing shows no other.
import type { AccessKey } from '../../../access/index.ts';
import { mayBegin, reaches } from '../find-file.ts';
import type { S3Page } from './listing.ts';
import type { S3Source } from './source.ts';

/** Whether there is anything of a bucket that the key reaches. */
export function reachesBucket(source: S3Source, key: AccessKey, bucket: string): boolean {
  return source.buckets.includes(bucket) && mayBegin(key, `${source.name}:${bucket}/`);
}

function reachesKey(source: S3Source, key: AccessKey, address: string): boolean {
  const [place] = source.placesOf?.(address) ?? [];
  return place !== undefined && reaches(source, key, place.repo);
}

function reachesPrefix(source: S3Source, key: AccessKey, bucket: string, prefix: string): boolean {
  const address = `${bucket}/${prefix}`;
  // Deep enough that it is within one model, whatever follows.
  if (source.depth > 0 && address.split('/').length > source.depth + 1) return reachesKey(source, key, `${address}x`);
  return mayBegin(key, `${source.name}:${address}`);
}

/** Of a page what the key reaches. */
export function narrowPage(source: S3Source, key: AccessKey, bucket: string, page: S3Page): S3Page {
  return {
    ...page,
    objects: page.objects.filter((object) => reachesKey(source, key, `${bucket}/${object.key}`)),
    prefixes: page.prefixes.filter((prefix) => reachesPrefix(source, key, bucket, prefix)),
  };
}
