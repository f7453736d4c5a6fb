// What an expression of a template can be worked out to without rendering it: known, known in part, or unknown.

export type Value =
  | { readonly kind: 'string'; readonly text: string }
  /** A string of which pieces are known; anything may stand between them. At least two, some of them may be empty. */
  | { readonly kind: 'partly'; readonly pieces: readonly string[] }
  | { readonly kind: 'number'; readonly number: number }
  | { readonly kind: 'plain'; readonly value: boolean | null }
  | { readonly kind: 'list'; readonly items: Value[] }
  | { readonly kind: 'dict'; readonly entries: Map<string, Value> }
  /** A namespace: what was put into it under each name. */
  | { readonly kind: 'space'; readonly entries: Map<string, readonly Value[]> }
  /** A function or object that the renderer gives. */
  | { readonly kind: 'global'; readonly name: string }
  | { readonly kind: 'macro'; readonly name: string }
  /** A method that was taken from its value. */
  | { readonly kind: 'method'; readonly of: Value; readonly name: string }
  | { readonly kind: 'unknown' };

export const UNKNOWN: Value = { kind: 'unknown' };
/** A string of which nothing is known. */
export const SOME_TEXT: Value = { kind: 'partly', pieces: ['', ''] };

/** Of a longer string only its beginning and end are kept. */
const MOST_TEXT = 4000;

export function string(text: string): Value {
  if (text.length <= MOST_TEXT) return { kind: 'string', text };
  return { kind: 'partly', pieces: [text.slice(0, MOST_TEXT / 2), text.slice(-MOST_TEXT / 2)] };
}

/** The text of a value as output would have it; pieces where it is known in part. */
export function piecesOf(value: Value): readonly string[] {
  switch (value.kind) {
    case 'string':
      return [value.text];
    case 'partly':
      return value.pieces;
    case 'number':
      return [String(value.number)];
    case 'plain':
      return [value.value === null ? 'None' : value.value ? 'True' : 'False'];
    case 'list':
    case 'dict':
    case 'space':
    case 'global':
    case 'macro':
    case 'method':
    case 'unknown':
      return ['', ''];
  }
}

/** A string of pieces between which anything may stand. */
export function partly(pieces: readonly string[]): Value {
  if (pieces.length === 1) return string(pieces[0]!);
  const kept = pieces.filter((piece, index) => piece !== '' || index === 0 || index === pieces.length - 1);
  const few = kept.length > 40 ? [...kept.slice(0, 20), ...kept.slice(-20)] : kept;
  return { kind: 'partly', pieces: few.map((piece) => (piece.length > MOST_TEXT ? piece.slice(-MOST_TEXT) : piece)) };
}

/** One text behind the other. */
export function join(left: Value, right: Value): Value {
  const [first, second] = [piecesOf(left), piecesOf(right)];
  return partly([...first.slice(0, -1), first.at(-1)! + second[0]!, ...second.slice(1)]);
}

export const isText = (value: Value): boolean => value.kind === 'string' || value.kind === 'partly';

/** Whether a value counts as true; undefined where that is not known. */
export function truth(value: Value): boolean | undefined {
  switch (value.kind) {
    case 'string':
      return value.text !== '';
    case 'partly':
      return value.pieces.some((piece) => piece !== '') ? true : undefined;
    case 'number':
      return value.number !== 0;
    case 'plain':
      return value.value === true;
    case 'list':
      return value.items.length > 0 ? true : undefined;
    case 'dict':
      return value.entries.size > 0 ? true : undefined;
    case 'space':
    case 'global':
    case 'macro':
    case 'method':
      return true;
    case 'unknown':
      return undefined;
  }
}

/** What a loop goes through, or a list is made of; undefined where that is not known. */
export function itemsOf(value: Value): Value[] | undefined {
  if (value.kind === 'list') return value.items;
  if (value.kind === 'string') return [...value.text].map(string);
  if (value.kind === 'dict') return [...value.entries.keys()].map(string);
  return undefined;
}

export const isFormat = (name: string): boolean => name === 'format' || name === 'format_map';
