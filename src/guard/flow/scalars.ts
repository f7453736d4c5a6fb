// The single values within the arguments of a call, each with its place.
import { escapeToken } from '../../codec/index.ts';

export interface Scalar {
  /** Name of the argument it is in. */
  readonly parameter: string;
  /** The name, and the place below it as a JSON Pointer. */
  readonly place: string;
  /** Name of the nearest field. */
  readonly field: string;
  readonly value: string | number | boolean;
}

const MOST = 2000;
const MOST_DEPTH = 32;

const PLAIN_NAME = /^[a-z][a-z0-9_]{0,40}$/i;

const saysNothing = (value: unknown): boolean => value === null || value === '' || typeof value === 'boolean';

/** Every text, number and truth value in an object of arguments; `undefined` and null say nothing. */
export function scalarsOf(args: unknown): Scalar[] {
  const found: Scalar[] = [];
  const walk = (parameter: string, place: string, field: string, value: unknown, depth: number): void => {
    if (found.length >= MOST || depth > MOST_DEPTH) return;
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
      found.push({ parameter, place, field, value });
    } else if (Array.isArray(value)) {
      value.forEach((each, index) => walk(parameter, `${place}/${index}`, field, each, depth + 1));
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, each] of Object.entries(value)) {
        const below = `${place}/${escapeToken(name)}`;
        // A name can be data, and carry what its value does not: `{ "someone": true }`.
        if (!PLAIN_NAME.test(name) || saysNothing(each))
          found.push({ parameter, place: below, field: '', value: name });
        walk(parameter, below, name, each, depth + 1);
      }
    }
  };
  if (typeof args === 'object' && args !== null && !Array.isArray(args)) {
    for (const [name, value] of Object.entries(args)) walk(name, name, name, value, 0);
  }
  return found;
}

/** Whether the arguments go beyond what is looked at. */
export function isBeyondBounds(args: unknown): boolean {
  let count = 0;
  const stack: { value: unknown; depth: number }[] = [{ value: args, depth: 0 }];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    if (++count > MOST || top.depth > MOST_DEPTH) return true;
    const { value, depth } = top;
    if (typeof value === 'object' && value !== null) {
      for (const each of Object.values(value)) stack.push({ value: each, depth: depth + 1 });
    }
  }
  return false;
}
