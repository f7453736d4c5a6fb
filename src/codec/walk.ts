// The walk over every string of a body: nothing a model or an upstream could read is passed over unsaid.
import { AncileError } from '../base/index.ts';
import type { Segment, Uninspected } from '../contract/index.ts';
import { parseJson } from './json.ts';
import { escapeToken } from './pointer.ts';
import { isBase64, type Place, type Shape } from './shape.ts';

/** What a body holds: all its texts, in document order, and the kinds of parts that nobody can read. */
export interface Reading {
  readonly segments: readonly Segment[];
  readonly uninspected: readonly Uninspected[];
}

interface WalkOptions {
  /** Refuse members that are a named field in another case: some upstreams (Go's) read those as the field. */
  readonly refuseCaseVariants?: boolean;
}

const MAX_DEPTH = 1000;
const MAX_NODES = 2_000_000;
const INNER: Shape = {};

/**
 * Names of members that say nothing: up to 64 letters, digits and `_ $ . -`, not beginning with a digit. Any other
 * name is a text of its own, at the member's path with `~` appended.
 */
export const PLAIN_NAME = /^[A-Za-z_$][\w$.-]{0,63}$/;

/** A number of nine digits or more can be a card or account number, so it is read as a text too. */
export const LONG_NUMBER = 99_999_999;

interface Frame {
  readonly node: object;
  readonly shape: Shape;
  readonly place: Place;
  readonly path: string;
  readonly depth: number;
}

interface Item {
  readonly value: unknown;
  readonly shape: Shape;
  readonly place: Place;
  readonly path: string;
  readonly depth: number;
  /** The member's name, where the name itself is a text. */
  readonly name?: string;
}

/** The lower-case form under the foldings that lenient parsers use (`ſ` is `s`, the Kelvin sign is `k`). */
function foldName(name: string): string {
  return name.toUpperCase().toLowerCase();
}

function children(frame: Frame, options: WalkOptions): Item[] {
  const { node, place, path, depth } = frame;
  if (Array.isArray(node)) {
    const shape = frame.shape.items ?? INNER;
    return (node as unknown[]).map((value, i) => ({ value, shape, place, path: `${path}/${i}`, depth }));
  }
  const record = node as Record<string, unknown>;
  const { shape } = frame;
  const items: Item[] = [];
  for (const name of Object.keys(record)) {
    const field = shape.fields !== undefined && Object.hasOwn(shape.fields, name) ? shape.fields[name] : undefined;
    if (field === undefined && options.refuseCaseVariants === true && shape.fields !== undefined) {
      const folded = foldName(name);
      if (folded !== name && Object.hasOwn(shape.fields, folded)) {
        throw new AncileError('request_invalid', 'a member differs from a known one in case only', {
          at: `${path}/${folded}`,
          hint: `Write it "${folded}".`,
        });
      }
    }
    const below = `${path}/${escapeToken(name)}`;
    const item = { value: record[name], shape: field ?? shape.rest ?? INNER, place, path: below, depth };
    items.push(field !== undefined || PLAIN_NAME.test(name) ? item : { ...item, name });
  }
  return items;
}

/**
 * Reads every string at and below `root`, in document order: values, names of members that are more than plain
 * identifiers (path + `~`), strings inside JSON-encoded strings (path + `#` + inner path) and long numbers.
 * Iterative, and bounded in depth and number of nodes.
 */
export function readByShape(root: unknown, shape: Shape, place: Place, options: WalkOptions = {}): Reading {
  const segments: Segment[] = [];
  const uninspected = new Set<Uninspected>();
  const stack: Item[] = [{ value: root, shape, place, path: '', depth: 0 }];
  let nodes = 0;
  const add = (where: Place, path: string, text: string): void => {
    if (text !== '') segments.push({ path, channel: where.channel, origin: where.origin, text });
  };
  for (let item = stack.pop(); item !== undefined; item = stack.pop()) {
    const { value, path, depth } = item;
    if (++nodes > MAX_NODES || depth > MAX_DEPTH) {
      throw new AncileError('request_invalid', 'the body has too many parts or is nested too deep', {
        hint: `At most ${MAX_NODES} values and a depth of ${MAX_DEPTH} are read.`,
      });
    }
    const here = item.shape.place ?? item.place;
    if (item.name !== undefined) add(here, `${path}~`, item.name);
    if (item.shape.skip === true) continue;
    if (item.shape.mark !== undefined && value !== null && value !== undefined) uninspected.add(item.shape.mark);
    if (typeof value === 'object' && value !== null) {
      const chosen =
        item.shape.pick !== undefined && !Array.isArray(value)
          ? item.shape.pick(value as Record<string, unknown>)
          : item.shape;
      if (chosen !== item.shape && chosen.mark !== undefined) uninspected.add(chosen.mark);
      const next = children(
        { node: value, shape: chosen, place: chosen.place ?? here, path, depth: depth + 1 },
        options,
      );
      for (let i = next.length - 1; i >= 0; i--) stack.push(next[i]!);
    } else if (typeof value === 'number') {
      if (Math.abs(value) > LONG_NUMBER && item.shape.known === undefined) add(here, path, String(value));
    } else if (typeof value === 'string') {
      if (item.shape.known?.(value) === true) continue;
      if (item.shape.opaque !== undefined && value !== '' && isBase64(value)) {
        uninspected.add(item.shape.opaque);
      } else if (item.shape.json === true) {
        const inner = decodeInner(value);
        if (inner === undefined) add(here, path, value);
        else stack.push({ value: inner, shape: INNER, place: here, path: `${path}#`, depth: depth + 1 });
      } else {
        add(here, path, value);
      }
    }
  }
  return { segments, uninspected: [...uninspected] };
}

/** The value a JSON-encoded string holds; undefined when it does not parse within bounds. */
function decodeInner(text: string): unknown {
  try {
    return parseJson(text, { what: 'the encoded string' });
  } catch {
    return undefined;
  }
}

/** Visits every text at and below `value` with its path; see `readByShape` for what counts as one. */
export function walkStrings(value: unknown, visit: (path: string, text: string) => void): void {
  const { segments } = readByShape(value, INNER, { channel: 'metadata', origin: 'user' });
  for (const { path, text } of segments) visit(path, text);
}
