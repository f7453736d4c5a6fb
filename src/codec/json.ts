// The one place where outside JSON becomes values: bounded, and read only when every parser would read it alike.
import { AncileError, type ErrorCode } from '../base/index.ts';
import { locateProblem } from './json-locate.ts';

export interface ParseOptions {
  /** Deepest nesting of arrays and objects; default 100. */
  readonly maxDepth?: number;
  /** Largest input, in bytes of UTF-8 (for a string: in UTF-16 code units, which are never more); default 20,000,000. */
  readonly maxBytes?: number;
  /** What is being parsed, for the message: "the request body". */
  readonly what?: string;
  /** Code of the error; default `request_invalid`. An oversized request is `body_too_large`. */
  readonly code?: ErrorCode;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const QUOTE = 34;
const COLON = 58;
const OPEN_ARRAY = 91;
const BACKSLASH = 92;
const CLOSE_ARRAY = 93;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;

/**
 * One pass over the text: the number of colons outside strings, or -1 when nesting goes past `maxDepth`.
 * The text may be malformed; `JSON.parse` finds that out.
 */
function countKeys(text: string, maxDepth: number): number {
  let depth = 0;
  let keys = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === QUOTE) {
      let end = i;
      for (;;) {
        end = text.indexOf('"', end + 1);
        if (end === -1) return keys;
        let slashes = end - 1;
        while (text.charCodeAt(slashes) === BACKSLASH) slashes--;
        if ((end - slashes) % 2 === 1) break;
      }
      i = end;
    } else if (unit === COLON) {
      keys++;
    } else if (unit === OPEN_OBJECT || unit === OPEN_ARRAY) {
      if (++depth > maxDepth) return -1;
    } else if (unit === CLOSE_OBJECT || unit === CLOSE_ARRAY) {
      depth--;
    }
  }
  return keys;
}

/** The number of members in all objects of a parsed tree, or -1 when one of them is named `__proto__`. */
function countMembers(root: unknown): number {
  if (typeof root !== 'object' || root === null) return 0;
  const stack: object[] = [root];
  let members = 0;
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (Array.isArray(node)) {
      for (const child of node as unknown[]) if (typeof child === 'object' && child !== null) stack.push(child);
      continue;
    }
    for (const key in node) {
      members++;
      if (key === '__proto__') return -1;
      const child = (node as Record<string, unknown>)[key];
      if (typeof child === 'object' && child !== null) stack.push(child);
    }
  }
  return members;
}

function fail(text: string, what: string, code: ErrorCode, maxDepth: number): AncileError {
  const problem = locateProblem(text, maxDepth);
  return new AncileError(code, `${what} is not acceptable JSON: ${problem.message}`, {
    at: `line ${problem.line}, column ${problem.column}`,
    hint: problem.hint,
  });
}

/**
 * Parses JSON within bounds. Refused besides malformed text: invalid UTF-8, nesting past `maxDepth`, two members of
 * one name in an object and members named `__proto__` (parsers differ on both, and what we judge must be what
 * the upstream reads). Errors name line and column and never quote the text.
 * @throws AncileError with `options.code`.
 */
export function parseJson(input: string | Uint8Array, options: ParseOptions = {}): unknown {
  const { maxDepth = 100, maxBytes = 20_000_000, what = 'the text', code = 'request_invalid' } = options;
  if (input.length > maxBytes) {
    const tooLarge = code === 'request_invalid' ? 'body_too_large' : code;
    throw new AncileError(tooLarge, `${what} is larger than ${maxBytes} bytes`, { hint: 'Send less at a time.' });
  }
  let text: string;
  if (typeof input === 'string') {
    text = input;
  } else {
    try {
      text = utf8.decode(input);
    } catch {
      throw new AncileError(code, `${what} is not valid UTF-8`, { hint: 'Encode the JSON as UTF-8.' });
    }
  }
  const keys = countKeys(text, maxDepth);
  if (keys === -1) throw fail(text, what, code, maxDepth);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The engine's message quotes the text, which may hold a secret: the place is found again without it.
    throw fail(text, what, code, maxDepth);
  }
  if (countMembers(value) !== keys) throw fail(text, what, code, maxDepth);
  return value;
}
