// The values that opcodes write out: numbers, texts, byte strings. What is long stays in the source.
import { type Input, LONG } from './input.ts';
import type { Judge } from './judge.ts';
import { longOf, parseIndex } from './literals.ts';
import { rawUnicode, unquote } from './python-text.ts';
import { Broken } from './stack.ts';
import { Bytes, Unknown, type Value } from './values.ts';

/** Characters of texts that are kept before only short ones are: names are short. */
const MUCH = 32 << 20;
const SHORT = 128;

export class Operands {
  readonly #input: Input;
  readonly #judge: Judge;
  /** Characters of texts that are kept. */
  kept = 0;

  constructor(input: Input, judge: Judge) {
    this.#input = input;
    this.#judge = judge;
  }

  text(length: number): Value {
    return this.#keeps(length) ? this.#input.text(length) : this.lazy(length, 'text');
  }

  string(length: number): Value {
    if (length < 0) throw new Broken('a string has a negative length');
    return this.#keeps(length) ? this.#input.latin1(length) : this.lazy(length, 'text');
  }

  #keeps(length: number): boolean {
    if (length > (this.kept > MUCH ? SHORT : LONG)) return false;
    this.kept += length;
    return true;
  }

  lazy(length: number, kind: 'bytes' | 'text' = 'bytes'): Value {
    const { offset } = this.#input;
    this.#judge.declared(length, this.#input, offset);
    this.#input.skip(length);
    return new Bytes(offset, length, kind);
  }

  long(length: number): Value {
    if (length < 0) throw new Broken('a number has a negative length');
    if (length <= 64) return longOf(this.#input.latin1(length));
    this.lazy(length);
    return new Unknown('a long number');
  }

  /** STRING: between quotes. */
  quoted(): Value {
    const { offset } = this.#input;
    const line = this.#input.line();
    if (this.#input.lineLength > LONG) return new Bytes(offset, this.#input.lineLength, 'text');
    const text = unquote(line);
    if (text === undefined) throw new Broken('a STRING has no quotes');
    return text;
  }

  /** UNICODE: a line of its own. */
  unicode(): Value {
    const { offset } = this.#input;
    const line = this.#input.line();
    return this.#input.lineLength > LONG ? new Bytes(offset, this.#input.lineLength, 'text') : rawUnicode(line);
  }

  /** Of the memo, in a line of its own. */
  index(): number {
    const index = parseIndex(this.#input.line());
    if (index === undefined) throw new Broken('a memo index is no number');
    return index;
  }

  number(parse: (line: string) => Value | undefined): Value {
    const value = parse(this.#input.line());
    if (value === undefined) throw new Broken('a number is not one');
    return value;
  }
}
