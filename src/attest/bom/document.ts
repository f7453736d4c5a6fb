// What every form of a bill of materials shares: who wrote it and when, and an identifier that its content alone decides.
import { createHash } from 'node:crypto';
import { canonicalJson } from '../../base/index.ts';

export interface DocumentOptions {
  /** Of the tool. */
  readonly toolVersion: string;
  /** ISO 8601 in UTC. */
  readonly timestamp: string;
}

/** Namespace of our identifiers (RFC 9562, name-based). */
const NAMESPACE = Buffer.from('5d0f4a3c2b7e4f0e9a416c1d8e2b7f35', 'hex');

/** An identifier that is the same for the same content: a name-based UUID, version 5. */
export function contentUuid(content: unknown): string {
  const digest = createHash('sha256').update(canonicalJson(content)).digest();
  const bytes = createHash('sha1').update(NAMESPACE).update(digest).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x50;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** A value of JSON; members that are undefined, empty lists or empty objects are left out by `prune`. */
export type Draft = string | number | boolean | undefined | readonly Draft[] | { readonly [name: string]: Draft };

/** The value without what says nothing. */
export function prune(value: Draft): Draft {
  if (Array.isArray(value)) {
    const items = (value as readonly Draft[]).map(prune).filter((each) => each !== undefined);
    return items.length === 0 ? undefined : items;
  }
  if (typeof value !== 'object') return value;
  const members = Object.entries(value)
    .map(([name, each]) => [name, prune(each)] as const)
    .filter(([, each]) => each !== undefined);
  return members.length === 0 ? undefined : Object.fromEntries(members);
}
