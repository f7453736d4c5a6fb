// The stack of an unpickler with its marks. Nothing below the latest mark may be taken.
import type { Value } from './values.ts';

/** The pickle is not well-formed here. */
export class Broken extends Error {
  override readonly name = 'Broken';
}

export class Stack {
  readonly values: Value[];
  readonly #marks: number[] = [];
  #fence = 0;

  constructor(values: Value[] = []) {
    this.values = values;
  }

  mark(): void {
    this.#fence = this.values.length;
    this.#marks.push(this.#fence);
  }

  /** Takes the latest mark away. @returns where it stood */
  unmark(): number {
    const mark = this.#marks.pop();
    if (mark === undefined) throw new Broken('a MARK is missing');
    this.#fence = this.#marks[this.#marks.length - 1] ?? 0;
    return mark;
  }

  /** The opcode POP: takes a mark where one is on top. */
  drop(): void {
    if (this.#marks.length > 0 && this.#fence === this.values.length) this.unmark();
    else this.pop();
  }

  pop(): Value {
    if (this.values.length <= this.#fence) throw new Broken('the stack is empty where a value is taken');
    return this.values.pop()!;
  }

  top(): Value {
    this.need(1);
    return this.values[this.values.length - 1]!;
  }

  /** @returns where the topmost `count` values begin */
  need(count: number): number {
    const start = this.values.length - count;
    if (start < this.#fence) throw new Broken('the stack is empty where a value is used');
    return start;
  }

  /** The container right below `start`, to which what lies from there on is added. */
  below(start: number): Value {
    if (start <= this.#fence) throw new Broken('there is nothing to add to');
    return this.values[start - 1]!;
  }
}
