// What names of a template may stand for, and how much following them may cost.
import type { Budget } from '../../budget.ts';
import type { Value } from './value.ts';

/** Values that one name may have. */
const MOST_VALUES = 48;
/** Evaluations up to which loops and macros are followed through; every expression is looked at once whatever it costs. */
const MOST_WORK = 200_000;

const same = (a: Value, b: Value): boolean =>
  a === b ||
  (a.kind === 'string' && b.kind === 'string' && a.text === b.text) ||
  (a.kind === 'number' && b.kind === 'number' && a.number === b.number) ||
  (a.kind === 'plain' && b.kind === 'plain' && a.value === b.value) ||
  (a.kind === 'unknown' && b.kind === 'unknown') ||
  (a.kind === 'partly' && b.kind === 'partly' && a.pieces.join('\0') === b.pieces.join('\0'));

export class Scope {
  readonly #names = new Map<string, readonly Value[]>();
  readonly #budget: Budget;
  #work = 0;
  /** In what may or may not run, a name keeps what it was as well. */
  weak = 0;
  /** In what cannot run, nothing is put into names. */
  dead = 0;
  /** Not everything that names may stand for was followed. */
  cut = false;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  /** Counts one evaluation. @throws BeyondBudget */
  work(): void {
    this.#work++;
    this.#budget.step(4);
  }

  /** Whether loops and macros are still followed through. */
  get follows(): boolean {
    if (this.#work < MOST_WORK) return true;
    this.cut = true;
    return false;
  }

  get(name: string): readonly Value[] | undefined {
    return this.#names.get(name);
  }

  set(name: string, values: readonly Value[]): void {
    this.put(this.#names, name, values);
  }

  /** Puts values under a name: here, or in a namespace. */
  put(names: Map<string, readonly Value[]>, name: string, values: readonly Value[]): void {
    if (this.dead > 0) return;
    const before = this.weak > 0 ? (names.get(name) ?? []) : [];
    names.set(name, this.few([...before, ...values]));
  }

  /** Runs with names bound, and unbinds them. */
  bound<T>(bindings: ReadonlyMap<string, readonly Value[]>, run: () => T): T {
    const before = [...bindings.keys()].map((name) => [name, this.#names.get(name)] as const);
    for (const [name, values] of bindings) this.#names.set(name, values);
    try {
      return run();
    } finally {
      for (const [name, values] of before) {
        if (values === undefined) this.#names.delete(name);
        else this.#names.set(name, values);
      }
    }
  }

  /** Each value once, and not too many of them. */
  few(values: readonly Value[]): readonly Value[] {
    if (values.length === 1) return values;
    const kept: Value[] = [];
    for (const value of values) {
      if (kept.some((each) => same(each, value))) continue;
      if (kept.length === MOST_VALUES) {
        this.cut = true;
        break;
      }
      kept.push(value);
    }
    return kept;
  }

  /** What a function makes of every pair. */
  pairs(left: readonly Value[], right: readonly Value[], make: (left: Value, right: Value) => Value): readonly Value[] {
    if (left.length === 1 && right.length === 1) return [make(left[0]!, right[0]!)];
    const made: Value[] = [];
    for (const a of left) {
      for (const b of right) {
        if (made.length >= MOST_VALUES * 2) {
          this.cut = true;
          return this.few(made);
        }
        made.push(make(a, b));
      }
    }
    return this.few(made);
  }
}
