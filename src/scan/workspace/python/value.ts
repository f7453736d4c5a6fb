// What is known of a value in Python code without running it: a name it can be traced to, a constant, where it came from.

/** Where a value came from, as bits: what is made of it came from there as well. */
export const FROM = {
  /** A language model answered it. */
  answer: 1,
  network: 2,
  /** Credentials, or the whole environment. */
  secret: 4,
  /** It was decoded: nobody reads in the source what it says. */
  decoded: 8,
  /** Its name was put together, or looked up by text. */
  computed: 16,
  /** The name of this machine or its user. */
  host: 32,
} as const;

export interface Value {
  /** `subprocess.run`, `openai.OpenAI().chat`; begins with `?` where the root is not known. */
  readonly path?: string;
  /** A constant; bytes as Latin-1. `GAP` stands for what is not known. */
  readonly text?: string;
  readonly number?: number;
  readonly constant?: boolean | null;
  readonly items?: readonly Value[];
  /** Of a dictionary, by its constant keys. */
  readonly entries?: ReadonlyMap<string, Value>;
  /** A parameter of the function it is in. */
  readonly param?: string;
  /** Bits of `FROM`. */
  readonly from: number;
}

export const GAP = '‹…›';
export const UNKNOWN: Value = { from: 0 };

const LONGEST_PATH = 200;
/** What `().__class__` is called. */
export const LITERAL_CLASS = '?().__class__';

/** What an attribute of a value is. */
export function attributeOf(of: Value, name: string): Value {
  // A method of what is called is that itself.
  if (name === '__call__' && of.path !== undefined) return of;
  // From the class of any literal all classes are reached.
  if (name === '__class__' && of.path === undefined && (of.text ?? of.number ?? of.items ?? of.constant) !== undefined)
    return { path: LITERAL_CLASS, from: FROM.computed };
  const path = of.path === undefined ? undefined : `${of.path}.${name}`;
  return path === undefined || path.length > LONGEST_PATH ? { from: of.from } : { path, from: of.from };
}

/** All that values come from. */
export const joined = (values: readonly (Value | undefined)[]): number =>
  values.reduce((from, value) => from | (value?.from ?? 0), 0);

/** Constant texts within a value, at most a few. */
export function textsOf(value: Value, most = 50): string[] {
  const texts: string[] = [];
  const left = [value];
  for (let next = left.pop(); next !== undefined && texts.length < most; next = left.pop()) {
    if (next.text !== undefined) texts.push(next.text);
    if (next.items !== undefined) left.push(...next.items.slice(0, most).reverse());
  }
  return texts;
}

/** A value as a command line: lists are joined by blanks. */
export function commandText(value: Value): string {
  if (value.text !== undefined) return value.text;
  if (value.items !== undefined)
    return value.items
      .slice(0, 200)
      .map((item) => item.text ?? GAP)
      .join(' ');
  return GAP;
}

/** Work that values cost when something is made of them, in steps of the budget. */
export function sizeOf(values: readonly (Value | undefined)[]): number {
  let size = 0;
  for (const value of values) size += ((value?.text?.length ?? 0) >> 5) + ((value?.items?.length ?? 0) >> 2);
  return size;
}
