// Bounds on what a stream can make us keep, and the fault of a stream that is not of its dialect.
import { AncileError, isObject } from '../base/index.ts';
import { parseJson } from './json.ts';
import type { Json } from './checks.ts';

/** Different texts in one stream. */
export const MAX_KEYS = 4096;
/** Code units that all unfinished tool calls of a stream may hold together. */
export const MAX_HELD = 8_000_000;
/** Tool calls in one stream. */
export const MAX_CALLS = 1024;

export function malformedStream(message: string): AncileError {
  return new AncileError('upstream_malformed', message, {
    hint: 'Check that the upstream speaks the dialect of its kind.',
  });
}

/** The object that the data of an event holds. @throws AncileError `upstream_malformed`. */
export function parseEventData(data: string): Json {
  const body = parseJson(data, { what: 'an event of the stream', code: 'upstream_malformed', maxBytes: 4_000_000 });
  if (!isObject(body)) throw malformedStream('an event of the stream is not a JSON object');
  return body;
}

/** A whole number from 0 to `max`. @throws AncileError `upstream_malformed`. */
export function checkIndex(value: unknown, what: string, max: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max) return value;
  throw malformedStream(`${what} of a stream event is not a whole number from 0 to ${max}`);
}
