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
 * Names of members that say nothing: up to 64 letters, digits and `_ $ . -`, not beginning with a digit, and without
 * any digit where longer than 12 (keys and tokens are such words). Any other name is a text of its own, at the
 * member's path with `~` appended.
 */
export const PLAIN_NAME = /^(?=.{1,12}$|\D+$)[A-Za-z_$][\w$.-]{0,63}$/;

/** A number of nine digits or more can be a card or account number, so it is read as a text too. */
export const LONG_NUMBER = 99_999_999;

/** Whether a long number is a time since the epoch (in s or ms) in a member that says so, and no card number. */
function isTime(path: string, value: number): boolean {
  if (!/\/(?:created|created_at|completed_at|expires_at)$/.test(path)) return false;
  return (value >= 1e9 && value < 1e10) || (value >= 1e12 && value < 1e13);
}

/** Whether a list holds plain numbers only, none of them long enough to be a card or account number. */
function isPlainNumbers(list: readonly unknown[]): boolean {
  for (const value of list) if (typeof value !== 'number' || !(Math.abs(value) <= LONG_NUMBER)) return false;
  return list.length > 0;
}

const isTextOrList = (value: unknown): boolean => typeof value === 'string' || Array.isArray(value);

/** The lower-case form under the foldings that lenient parsers use (`ſ` is `s`, the Kelvin sign is `k`). */
function foldName(name: string): string {
  return name.toUpperCase().toLowerCase();
}

/** The shape of a member, where the table names it. @throws AncileError for a spelling that differs in case only */
function fieldShape(shape: Shape, name: string, path: string, options: WalkOptions): Shape | undefined {
  if (shape.fields === undefined) return undefined;
  if (Object.hasOwn(shape.fields, name)) return shape.fields[name];
  if (options.refuseCaseVariants === true) {
    const folded = foldName(name);
    if (folded !== name && Object.hasOwn(shape.fields, folded)) {
      throw new AncileError('request_invalid', 'a member differs from a known one in case only', {
        at: `${path}/${folded}`,
        hint: `Write it "${folded}".`,
      });
    }
  }
  return undefined;
}

/** One walk: what it has found so far, and how much it has seen. */
class Walk {
  readonly segments: Segment[] = [];
  readonly uninspected = new Set<Uninspected>();
  readonly #options: WalkOptions;
  #nodes = 0;

  constructor(options: WalkOptions) {
    this.#options = options;
  }

  visit(value: unknown, shape: Shape, around: Place, path: string, depth: number): void {
    if (++this.#nodes > MAX_NODES || depth > MAX_DEPTH) {
      throw new AncileError('request_invalid', 'the body has too many parts or is nested too deep', {
        hint: `At most ${MAX_NODES} values and a depth of ${MAX_DEPTH} are read.`,
      });
    }
    if (shape.skip === true) return;
    const place = shape.place ?? around;
    if (shape.mark !== undefined && value !== null && value !== undefined) this.uninspected.add(shape.mark);
    if (typeof value === 'string') this.#visitString(value, shape, place, path, depth);
    else if (typeof value === 'number') {
      if (Math.abs(value) > LONG_NUMBER && !(shape.known !== undefined && isTime(path, value))) {
        this.#add(place, path, String(value));
      }
    } else if (Array.isArray(value)) {
      if (shape.numbers !== undefined && isPlainNumbers(value)) {
        if (shape.numbers !== 'vector') this.uninspected.add(shape.numbers);
        return;
      }
      // Lenient readers take a list of tokens with a string or a truth value in it as one all the same.
      if (shape.numbers !== undefined && shape.numbers !== 'vector' && !value.every(isTextOrList)) {
        this.uninspected.add(shape.numbers);
      }
      const inner = shape.items ?? INNER;
      for (let i = 0; i < value.length; i++) this.visit(value[i], inner, place, `${path}/${i}`, depth + 1);
    } else if (typeof value === 'object' && value !== null) {
      this.#visitObject(value as Record<string, unknown>, shape, place, path, depth);
    }
  }

  #visitObject(value: Record<string, unknown>, shape: Shape, around: Place, path: string, depth: number): void {
    const chosen = shape.pick === undefined ? shape : shape.pick(value);
    if (chosen !== shape && chosen.mark !== undefined) this.uninspected.add(chosen.mark);
    const place = chosen.place ?? around;
    for (const name of Object.keys(value)) {
      const field = fieldShape(chosen, name, path, this.#options);
      const inner = field ?? chosen.rest ?? INNER;
      const below = `${path}/${escapeToken(name)}`;
      if (field === undefined && !PLAIN_NAME.test(name)) this.#add(inner.place ?? place, `${below}~`, name);
      this.visit(value[name], inner, place, below, depth + 1);
    }
  }

  #visitString(value: string, shape: Shape, place: Place, path: string, depth: number): void {
    if (shape.known?.(value) === true) return;
    if (shape.opaque !== undefined && value !== '' && isBase64(value)) {
      this.uninspected.add(shape.opaque);
      return;
    }
    if (shape.json !== true) return this.#add(place, path, value);
    const decoded = decodeInner(value);
    // More lenient parsers may read it, so escapes must hide nothing. A redaction replaces the string as a whole.
    if (decoded === undefined) this.#add(place, path, unescapeJson(value));
    else this.visit(decoded, INNER, place, `${path}#`, depth + 1);
  }

  #add({ channel, origin }: Place, path: string, text: string): void {
    if (text !== '') this.segments.push({ path, channel, origin, text });
  }
}

/**
 * Reads every string at and below `root`, in document order: values, names of members that are more than plain
 * identifiers (path + `~`), strings inside JSON-encoded strings (path + `#` + inner path) and long numbers.
 * Bounded in depth and number of nodes.
 */
export function readByShape(root: unknown, shape: Shape, place: Place, options: WalkOptions = {}): Reading {
  const walk = new Walk(options);
  walk.visit(root, shape, place, '', 0);
  return { segments: walk.segments, uninspected: [...walk.uninspected] };
}

const ESCAPED: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** A text with JSON's escapes (RFC 8259, section 7) taken for what they stand for, inside of strings or not. */
function unescapeJson(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(/\\(?:u([0-9A-Fa-f]{4})|(["\\/bfnrt]))/g, (_, hex?: string, short?: string) =>
    hex === undefined ? (ESCAPED[short!] ?? short!) : String.fromCharCode(Number.parseInt(hex, 16)),
  );
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
