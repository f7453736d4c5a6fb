// Captured bodies, as the texts in them that findings speak of.
import type { Finding } from '../../contract.ts';

export interface CapturedText {
  /** JSON Pointer of the text within its body; empty for the body as a whole. */
  readonly path: string;
  readonly text: string;
  readonly findings: readonly Finding[];
}

/** The value at a JSON Pointer (RFC 6901); undefined where there is none. */
export function atPointer(value: unknown, pointer: string): unknown {
  if (pointer === '') return value;
  if (!pointer.startsWith('/')) return undefined;
  let at = value;
  for (const token of pointer.slice(1).split('/')) {
    const name = token.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return undefined;
    at = (at as Record<string, unknown>)[name];
  }
  return at;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function bySegment(findings: readonly Finding[]): Map<string, Finding[]> {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const group = groups.get(finding.segment);
    if (group === undefined) groups.set(finding.segment, [finding]);
    else group.push(finding);
  }
  return groups;
}

/**
 * The texts of a request body that something was found in, in the order of the findings, and those at further pointers.
 */
export function inputTexts(
  body: string,
  findings: readonly Finding[],
  further: readonly string[] = [],
): CapturedText[] {
  const value = parse(body);
  const texts: CapturedText[] = [];
  const groups = bySegment(findings);
  for (const path of further) if (!groups.has(path)) groups.set(path, []);
  for (const [path, found] of groups) {
    const text = atPointer(value, path);
    if (typeof text === 'string') texts.push({ path, text, findings: found });
  }
  return texts;
}

/** Where the surfaces of the gateway keep the words of an answer. */
const ANSWER =
  /^\/(choices\/\d+\/(message\/content|text)|content\/\d+\/text|output\/\d+\/content\/\d+\/text|candidates\/\d+\/content\/parts\/\d+\/text)$/;
/** Deeper than any answer goes. */
const MAX_DEPTH = 12;

/** Pointers of all strings of a body, in its order. */
function stringsOf(value: unknown, pointer = '', depth = 0): string[] {
  if (typeof value === 'string') return [pointer];
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    stringsOf(member, `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, depth + 1),
  );
}

/**
 * The texts of an answer as it was passed on. A whole answer is captured as its body: its words, and wherever something
 * was found. A streamed one is captured as the events that carried it, where nobody can tell from a place in the words
 * the place in the events: it is shown unmarked. What is no JSON and was judged as one text is marked as that.
 */
export function outputTexts(
  released: string,
  findings: readonly Finding[],
  further: readonly string[] = [],
): CapturedText[] {
  const groups = bySegment(findings);
  const value = parse(released);
  if (typeof value !== 'object' || value === null) {
    return [{ path: '', text: released, findings: groups.get('') ?? [] }];
  }
  return stringsOf(value)
    .filter((pointer) => ANSWER.test(pointer) || groups.has(pointer) || further.includes(pointer))
    .map((path) => ({ path, text: String(atPointer(value, path)), findings: groups.get(path) ?? [] }));
}

/** A body for reading: indented where it is JSON, else as it is. */
export function indented(body: string): string {
  const value = parse(body);
  return value === undefined ? body : JSON.stringify(value, undefined, 2);
}
