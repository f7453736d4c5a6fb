// What one file may cost, however it is made: steps, inflated bytes, members, depth. Whoever goes beyond is not fully analysed.

/** A bound was reached: the rest of the file is not looked at. */
export class BeyondBudget extends Error {
  override readonly name = 'BeyondBudget';
}

export interface BudgetBounds {
  /** Units of work, each of some hundred nanoseconds at most: opcodes, nodes, keys. */
  readonly steps: number;
  /** Bytes that decompression may give, over all members. */
  readonly inflated: number;
  readonly members: number;
  /** Containers within containers. */
  readonly depth: number;
}

/** Bounds for a file of `size` bytes. Weights hardly shrink: honest archives expand less than threefold on average. */
export function boundsFor(size: number): BudgetBounds {
  return { steps: 8_000_000, inflated: (96 << 20) + 3 * size, members: 100_000, depth: 8 };
}

export class Budget {
  readonly bounds: BudgetBounds;
  #steps = 0;
  #inflated = 0;
  #members = 0;

  constructor(bounds: BudgetBounds) {
    this.bounds = bounds;
  }

  /** Steps that are left. */
  get steps(): number {
    return this.bounds.steps - this.#steps;
  }

  /** Decompressed bytes that are left. */
  get inflated(): number {
    return this.bounds.inflated - this.#inflated;
  }

  /** @throws BeyondBudget */
  step(count = 1): void {
    this.#steps += count;
    if (this.#steps > this.bounds.steps) throw new BeyondBudget(`more than ${this.bounds.steps} steps of work`);
  }

  /** @throws BeyondBudget */
  inflate(bytes: number): void {
    this.#inflated += bytes;
    if (this.#inflated > this.bounds.inflated) {
      throw new BeyondBudget(`expands to more than ${this.bounds.inflated >> 20} MB`);
    }
  }

  /** @throws BeyondBudget */
  member(depth: number): void {
    if (++this.#members > this.bounds.members) throw new BeyondBudget(`more than ${this.bounds.members} members`);
    if (depth > this.bounds.depth) throw new BeyondBudget(`containers nested more than ${this.bounds.depth} deep`);
  }
}
