// Answers that are bytes (speech): passed on whole, and said to be unread.
import { AncileError, isObject } from '../../base/index.ts';
import type { WireBody } from '../surface.ts';

/** Plain data, so that it can be copied like parsed JSON. JSON itself never makes it: it has no bytes. */
export interface BinaryAnswer {
  readonly contentType: string;
  readonly bytes: Uint8Array;
}

/** Types of audio, with the parameters that raw samples need. Nothing else is passed on unread. */
const AUDIO =
  /^(?:audio\/[a-z0-9][a-z0-9.+-]{0,40}|application\/octet-stream)(?: ?; ?(?:rate|channels|bitrate|codecs?)=[a-z0-9.]{1,20}){0,3}$/i;

const JSON_TYPE = /^application\/json\b/i;

/**
 * Reads audio. Undefined for JSON, which is read as such.
 * @throws AncileError `upstream_malformed` for an answer of any other kind
 */
export function parseAudio(bytes: Buffer, contentType: string): BinaryAnswer | undefined {
  if (JSON_TYPE.test(contentType)) return undefined;
  if (!AUDIO.test(contentType))
    throw new AncileError('upstream_malformed', "the upstream's answer is neither audio nor JSON");
  return { contentType, bytes };
}

export function isBinary(body: unknown): body is BinaryAnswer {
  return isObject(body) && body['bytes'] instanceof Uint8Array && typeof body['contentType'] === 'string';
}

export function encodeBinary(body: unknown): WireBody | undefined {
  if (!isBinary(body)) return undefined;
  const { buffer, byteOffset, byteLength } = body.bytes;
  return { contentType: body.contentType, bytes: Buffer.from(buffer, byteOffset, byteLength) };
}
