// One page of a bucket's listing (ListObjectsV2), as the service writes it.
import { AncileError } from '../../../base/index.ts';
import { type XmlElement, childText, parseXml } from '../../../codec/index.ts';

export interface S3Object {
  readonly key: string;
  readonly size: number;
  /** With its quotes. */
  readonly etag: string;
  /** ISO 8601. */
  readonly modified: string;
}

export interface S3Page {
  readonly objects: readonly S3Object[];
  /** What keys have in common up to the delimiter. */
  readonly prefixes: readonly string[];
  /** Of the next page; absent with the last one. */
  readonly next?: string;
}

export interface S3Query {
  readonly prefix: string;
  readonly delimiter?: string;
  readonly most: number;
  /** As the page before said. */
  readonly token?: string;
  readonly startAfter?: string;
}

const ETAG = /^"?([\x21\x23-\x7e]{1,200})"?$/;

const malformed = (): AncileError =>
  new AncileError('upstream_malformed', "the listing is not in the form of S3's ListObjectsV2");

/** A key as it is written where `encoding-type=url` was asked for. */
function decodeKey(text: string | undefined, encoded: boolean): string {
  if (text === undefined) throw malformed();
  if (!encoded) return text;
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw malformed();
  }
}

function toObject(element: XmlElement, encoded: boolean): S3Object {
  const size = childText(element, 'Size') ?? '';
  const time = Date.parse(childText(element, 'LastModified') ?? '');
  const tag = ETAG.exec(childText(element, 'ETag') ?? '')?.[1];
  if (!/^\d{1,15}$/.test(size) || Number.isNaN(time) || tag === undefined) throw malformed();
  return {
    key: decodeKey(childText(element, 'Key'), encoded),
    size: Number(size),
    etag: `"${tag}"`,
    modified: new Date(time).toISOString(),
  };
}

/** @throws AncileError `upstream_malformed` */
export function parsePage(body: Buffer): S3Page {
  const root = parseXml(body, { what: 'the listing' });
  if (root.name !== 'ListBucketResult') throw malformed();
  const encoded = childText(root, 'EncodingType') === 'url';
  const next = childText(root, 'IsTruncated') === 'true' ? childText(root, 'NextContinuationToken') : undefined;
  if (childText(root, 'IsTruncated') === 'true' && (next === undefined || next === '')) throw malformed();
  const of = (name: string): XmlElement[] => root.children.filter((child) => child.name === name);
  return {
    objects: of('Contents').map((element) => toObject(element, encoded)),
    prefixes: of('CommonPrefixes').map((element) => decodeKey(childText(element, 'Prefix'), encoded)),
    ...(next === undefined ? {} : { next }),
  };
}

/** The query that asks for a page, its names in the order of a signature. */
export function toListQuery({ prefix, delimiter, most, token, startAfter }: S3Query): string {
  const pairs: [string, string | undefined][] = [
    ['continuation-token', token],
    ['delimiter', delimiter],
    ['encoding-type', 'url'],
    ['list-type', '2'],
    ['max-keys', String(most)],
    ['prefix', prefix],
    ['start-after', startAfter],
  ];
  const encode = (text: string): string =>
    encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  return pairs.flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${encode(value)}`])).join('&');
}
