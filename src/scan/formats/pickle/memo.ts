// The memo of an unpickler: numbered from the start by picklers, by whatever it likes in a hostile file.
import type { Value } from './values.ts';

/** Numbers that may be left out: Python 2 begins with 1. */
const GAP = 64;

/** Steps of an entry that does not follow on those before. */
const APART = 12;

export class Memo {
  readonly #dense: (Value | undefined)[] = [];
  readonly #sparse = new Map<number, Value>();
  #holes = 0;
  readonly #before: Memo | undefined;

  constructor(before?: Memo) {
    this.#before = before;
  }

  /** A memo that begins with all of this one, and leaves it as it is. */
  fork(): Memo {
    return new Memo(this);
  }

  /** Entries that are there: what MEMOIZE numbers the next one with. */
  get size(): number {
    return this.#dense.length - this.#holes + this.#sparse.size + (this.#before?.size ?? 0);
  }

  get(index: number): Value | undefined {
    const value = index < this.#dense.length ? this.#dense[index] : this.#sparse.get(index);
    return value === undefined ? this.#before?.get(index) : value;
  }

  /** @returns steps of work that it takes beyond those of any opcode */
  set(index: number, value: Value): number {
    const dense = this.#dense;
    if (index < dense.length) {
      if (dense[index] === undefined) this.#holes--;
      dense[index] = value;
      return 0;
    }
    if (index <= dense.length + GAP && this.#sparse.size === 0 && this.#before === undefined) {
      for (; dense.length < index; this.#holes++) dense.push(undefined);
      dense.push(value);
      return 0;
    }
    this.#sparse.set(index, value);
    return APART;
  }
}
