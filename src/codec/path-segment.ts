// A model's name within an upstream's path: one segment, whatever the caller wrote.
import { AncileError } from '../base/index.ts';

/**
 * The name as one segment of a URL's path (RFC 3986, 3.3). `@` may stand in a segment, and providers that put it in
 * their names show it so.
 * @throws AncileError `request_invalid` for `.` and `..`, which are read as steps of the path in every spelling
 */
export function toPathSegment(name: string): string {
  if (name === '' || name === '.' || name === '..') {
    throw new AncileError('request_invalid', 'the model has no name that can stand in an address', {
      at: 'model',
      hint: 'GET /v1/models lists those there are.',
    });
  }
  return encodeURIComponent(name)
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%40', '@');
}
