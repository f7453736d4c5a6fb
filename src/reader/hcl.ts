// HCL, the language of Terraform, read for blocks and attributes: what is computed stays unknown. Follows the native syntax
// specification of HCL 2, within bounds.

export type HclValue =
  string | number | boolean | null | undefined | readonly HclValue[] | { readonly [key: string]: HclValue };

export interface HclBlock {
  /** `resource`, `variable`; empty for the file itself. */
  readonly type: string;
  readonly labels: readonly string[];
  readonly line: number;
  /** `value` is undefined for an expression that is more than a literal. */
  readonly attributes: ReadonlyMap<string, { readonly value: HclValue; readonly line: number }>;
  readonly blocks: readonly HclBlock[];
}

const IDENTIFIER = /[\p{ID_Start}_][\p{ID_Continue}-]*/uy;
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const BLANK = /(?:[ \t\r]+|#[^\n]*|\/\/[^\n]*|\/\*[^]*?\*\/)+/y;
const HERE = /<<-?([\w-]{1,80})[ \t\r]*\n/y;
const DEEPEST = 40;

interface Open {
  type: string;
  labels: readonly string[];
  line: number;
  attributes: Map<string, { value: HclValue; line: number }>;
  blocks: HclBlock[];
}

/**
 * Reads a file. What is no HCL is passed over.
 * @param step - called for each piece; may throw to end the work
 */
export function parseHcl(text: string, step: () => void = () => {}): HclBlock {
  return new HclReader(text, step).read();
}

class HclReader {
  readonly #text: string;
  readonly #step: () => void;
  #at = 0;
  #line = 1;
  /** Where the line ends that was counted last; -1 for the last line. */
  #lineEnd: number;

  constructor(text: string, step: () => void) {
    this.#text = text;
    this.#step = step;
    this.#lineEnd = text.indexOf('\n');
  }

  read(): HclBlock {
    const root: Open = { type: '', labels: [], line: 1, attributes: new Map(), blocks: [] };
    const open = [root];
    while (this.#at < this.#text.length) {
      this.#step();
      this.#skip(true);
      const before = this.#at;
      if (this.#take('}')) {
        if (open.length > 1) open.pop();
        continue;
      }
      const name = this.#match(IDENTIFIER) ?? (this.#text[this.#at] === '"' ? this.#string() : undefined);
      if (name === undefined) {
        this.#at = Math.max(before + 1, this.#at);
        continue;
      }
      const line = this.#lineHere();
      this.#skip(false);
      const current = open.at(-1)!;
      if ((this.#text[this.#at] === '=' && this.#text[this.#at + 1] !== '=') || this.#text[this.#at] === ':') {
        this.#at++;
        current.attributes.set(name, { value: this.#value(0), line });
        continue;
      }
      const labels: string[] = [];
      for (let label = this.#label(); label !== undefined; label = this.#label()) labels.push(label);
      if (this.#take('{')) {
        const block: Open = { type: name, labels, line, attributes: new Map(), blocks: [] };
        current.blocks.push(block);
        // What nests deeper is read into the last that is kept.
        open.push(open.length > DEEPEST ? { ...block, blocks: [] } : block);
      }
    }
    return root;
  }

  #lineHere(): number {
    for (; this.#lineEnd !== -1 && this.#lineEnd < this.#at; this.#line++) {
      this.#lineEnd = this.#text.indexOf('\n', this.#lineEnd + 1);
    }
    return this.#line;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #skip(lines: boolean): void {
    do {
      this.#match(BLANK);
      // A comment that nobody closed goes to the end.
      if (this.#text.startsWith('/*', this.#at)) this.#at = this.#text.length;
    } while (lines && '\n,;'.includes(this.#text[this.#at] ?? '-') && this.#at++ < this.#text.length);
  }

  #take(char: string): boolean {
    if (this.#text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  #label(): string | undefined {
    this.#skip(false);
    return this.#text[this.#at] === '"' ? this.#string() : this.#match(IDENTIFIER);
  }

  /** A quoted string; what is put in by `${…}` stays as it is written. */
  #string(): string {
    let out = '';
    let holes = 0;
    for (this.#at++; this.#at < this.#text.length; this.#at++) {
      const char = this.#text[this.#at]!;
      if (char === '\n' && holes === 0) return out;
      if (char === '\\' && holes === 0) {
        const next = this.#text[++this.#at] ?? '';
        out += next === 'n' ? '\n' : next === 't' ? '\t' : next;
        continue;
      }
      if ((char === '$' || char === '%') && this.#text[this.#at + 1] === '{') holes++;
      else if (char === '}' && holes > 0) holes--;
      else if (char === '"' && holes === 0) {
        this.#at++;
        return out;
      }
      out += char;
    }
    return out;
  }

  #here(): string | undefined {
    HERE.lastIndex = this.#at;
    const match = HERE.exec(this.#text);
    if (match === null) return undefined;
    const from = this.#at + match[0].length;
    const end = new RegExp(`^[ \\t]*${match[1]!}[ \\t\\r]*$`, 'm');
    const rest = end.exec(this.#text.slice(from));
    const length = rest?.index ?? this.#text.length - from;
    this.#at = from + length + (rest?.[0].length ?? 0);
    return this.#text.slice(from, from + length);
  }

  #value(depth: number): HclValue {
    this.#step();
    this.#skip(false);
    const value = this.#literal(depth);
    this.#skip(false);
    const next = this.#text[this.#at] ?? '\n';
    if ('\n,}]):'.includes(next)) return value;
    this.#expression();
    return undefined;
  }

  #literal(depth: number): HclValue {
    const char = this.#text[this.#at];
    if (char === '"') return this.#string();
    if (char === '<') return this.#here();
    if ((char === '[' || char === '{') && depth < DEEPEST)
      return char === '[' ? this.#list(depth) : this.#object(depth);
    const number = this.#match(NUMBER);
    if (number !== undefined) return Number(number);
    const word = this.#match(IDENTIFIER);
    if (word === 'true' || word === 'false') return word === 'true';
    return word === 'null' ? null : undefined;
  }

  #list(depth: number): HclValue {
    const items: HclValue[] = [];
    this.#at++;
    while (this.#at < this.#text.length) {
      this.#skip(true);
      if (this.#take(']')) break;
      const before = this.#at;
      items.push(this.#value(depth + 1));
      if (this.#at === before) this.#at++;
    }
    return items;
  }

  #object(depth: number): HclValue {
    const members: Record<string, HclValue> = Object.create(null) as Record<string, HclValue>;
    this.#at++;
    while (this.#at < this.#text.length) {
      this.#skip(true);
      if (this.#take('}')) break;
      const before = this.#at;
      const key = this.#label();
      this.#skip(false);
      if (this.#take('=') || this.#take(':')) {
        this.#take('>');
        const value = this.#value(depth + 1);
        if (key !== undefined) members[key] = value;
      }
      if (this.#at === before) this.#at++;
    }
    return members;
  }

  /** Goes past the rest of an expression: to the end of the line, outside brackets and strings. */
  #expression(): void {
    for (let brackets = 0; this.#at < this.#text.length;) {
      this.#step();
      const char = this.#text[this.#at]!;
      if (char === '"') this.#string();
      else if ('([{'.includes(char)) {
        brackets++;
        this.#at++;
      } else if (')]}'.includes(char)) {
        if (brackets === 0) return;
        brackets--;
        this.#at++;
      } else if (brackets === 0 && (char === '\n' || char === ',')) return;
      else this.#at++;
    }
  }
}
