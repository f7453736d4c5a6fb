// What a tool server gave back, as values and texts whose origin can be told.
import { parseJson } from '../../codec/index.ts';

const MOST_BYTES = 20_000_000;
/** Items of a memory's text that are told apart. */
const MOST_ITEMS = 500;

/** What a text of a result is as a value: its JSON, or the text. */
export function toValue(text: string): unknown {
  if (!/^\s*[[{"]/.test(text)) return text;
  try {
    return parseJson(text, { maxBytes: MOST_BYTES, what: 'a result' });
  } catch {
    return text;
  }
}

/** A text of a memory, taken apart into what is vouched for and what lies between. */
export function toMemory(value: unknown, vouched: ReadonlySet<string> | undefined): unknown {
  if (typeof value !== 'string' || vouched === undefined || vouched.size === 0 || vouched.has(value)) return value;
  let pieces = [value];
  for (const item of [...vouched].slice(0, MOST_ITEMS)) {
    pieces = pieces.flatMap((piece) =>
      vouched.has(piece) ? [piece] : piece.split(item).flatMap((rest, index) => (index === 0 ? [rest] : [item, rest])),
    );
  }
  return pieces.filter((piece) => piece !== '');
}

/** The texts of a tool server's result, its structured value, and whether there is more in it. */
export function readToolResult(result: unknown): {
  readonly structured: unknown;
  readonly texts: readonly string[];
  readonly isFailure: boolean;
  readonly hasOther: boolean;
} {
  if (typeof result !== 'object' || result === null) {
    return { structured: undefined, texts: [JSON.stringify(result ?? null)], isFailure: false, hasOther: true };
  }
  const { content, structuredContent, isError } = result as {
    content?: unknown;
    structuredContent?: unknown;
    isError?: unknown;
  };
  const parts: unknown[] = Array.isArray(content) ? (content as unknown[]) : [];
  const texts: string[] = [];
  // Of prompts and resources there is no content: all that they are is somebody's word.
  let hasOther = !Array.isArray(content);
  for (const part of parts) {
    const { type, text } = (typeof part === 'object' && part !== null ? part : {}) as {
      type?: unknown;
      text?: unknown;
    };
    if (type === 'text' && typeof text === 'string') texts.push(text);
    else hasOther = true;
  }
  return { structured: unwrapResult(structuredContent), texts, isFailure: isError === true, hasOther };
}

/** A value that is no object is wrapped as `{ result }` by servers that have a schema for it. */
function unwrapResult(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value ?? undefined;
  const names = Object.keys(value);
  return names.length === 1 && names[0] === 'result' ? (value as { result: unknown }).result : value;
}
