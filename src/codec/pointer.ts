// Paths to the strings of a body, and the way back: what was read at a path can be replaced there.
//
// A path is a JSON Pointer (RFC 6901) with three additions that no RFC pointer can contain by accident:
// - `#` enters a string that itself holds JSON: `/tool_calls/0/function/arguments#/to`. (A `#` in a member's name
//   is written `~2`, beside the RFC's `~0` for `~` and `~1` for `/`.)
// - a final `~` means the member's *name* rather than its value: `/metadata/some long name~`.
// - the empty path is the whole value.
import { AncileError } from '../base/index.ts';
import { parseJson } from './json.ts';

/** A string to put in the place of the one at `path`. */
export interface Replacement {
  readonly path: string;
  readonly text: string;
}

/** A member name or array index as a token of a path. */
export function escapeToken(token: string): string {
  return /[~/#]/.test(token) ? token.replaceAll('~', '~0').replaceAll('/', '~1').replaceAll('#', '~2') : token;
}

function unescapeToken(token: string): string {
  return token.replaceAll('~2', '#').replaceAll('~1', '/').replaceAll('~0', '~');
}

function nowhere(path: string): AncileError {
  return new AncileError('not_found', 'nothing is at the given path of the body', { at: path });
}

function replaceKey(parent: unknown, key: string, text: string, path: string): void {
  if (typeof parent !== 'object' || parent === null || Array.isArray(parent)) throw nowhere(path);
  const record = parent as Record<string, unknown>;
  let name = text === '__proto__' ? '_' : text;
  // Two redacted names may come out alike: neither member may swallow the other.
  for (let count = 2; name !== key && Object.hasOwn(record, name); count++) name = `${text} ${count}`;
  const members = Object.entries(record);
  for (const member of members) delete record[member[0]];
  for (const [each, value] of members) record[each === key ? name : each] = value;
}

function setInValue(root: unknown, pointer: string, text: string, path: string): unknown {
  if (pointer === '') return text;
  const ofKey = pointer.endsWith('~');
  const tokens = (ofKey ? pointer.slice(0, -1) : pointer).split('/').slice(1).map(unescapeToken);
  const last = tokens.pop();
  if (last === undefined) throw nowhere(path);
  let parent: unknown = root;
  for (const token of tokens) {
    if (typeof parent !== 'object' || parent === null || !Object.hasOwn(parent, token)) throw nowhere(path);
    parent = (parent as Record<string, unknown>)[token];
  }
  if (typeof parent !== 'object' || parent === null || !Object.hasOwn(parent, last)) throw nowhere(path);
  if (ofKey) replaceKey(parent, last, text, path);
  else (parent as Record<string, unknown>)[last] = text;
  return root;
}

function getInValue(root: unknown, pointer: string, path: string): unknown {
  let node = root;
  for (const token of pointer.split('/').slice(1).map(unescapeToken)) {
    if (typeof node !== 'object' || node === null || !Object.hasOwn(node, token)) throw nowhere(path);
    node = (node as Record<string, unknown>)[token];
  }
  return node;
}

/**
 * Puts `text` at `path`, changing `root` in place; a string that holds JSON is decoded, changed and encoded again.
 * @returns the root, which is another value only when the path is empty or begins with `#`.
 * @throws AncileError `not_found` when nothing is there.
 */
export function setAtPointer(root: unknown, path: string, text: string): unknown {
  const mark = path.indexOf('#');
  if (mark === -1) return setInValue(root, path, text, path);
  const outer = path.slice(0, mark);
  const held = getInValue(root, outer, path);
  if (typeof held !== 'string') throw nowhere(path);
  const inner = setAtPointer(parseJson(held, { what: 'the encoded string' }), path.slice(mark + 1), text);
  return setInValue(root, outer, JSON.stringify(inner), path);
}

/**
 * Puts many strings in their places. Names of members are changed last and the deepest first, so that every path
 * still leads where it led when it was read.
 */
export function replaceStrings(root: unknown, replacements: readonly Replacement[]): unknown {
  const values = replacements.filter((each) => !each.path.endsWith('~'));
  const names = replacements.filter((each) => each.path.endsWith('~'));
  names.sort((a, b) => b.path.split(/[/#]/).length - a.path.split(/[/#]/).length);
  let result = root;
  for (const { path, text } of [...values, ...names]) result = setAtPointer(result, path, text);
  return result;
}
