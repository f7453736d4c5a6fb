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

/** Files larger than this have more work in them. */
const LARGE = 100_000_000;
/** Steps that a member costs: it is asked of every format what it is. */
const MEMBER_STEPS = 60;
/** Bytes that the fastest decoder gives in a step. */
const STEP_BYTES = 128;

/** Bounds for a file of `size` bytes. Weights hardly shrink: honest archives expand less than threefold on average. */
export function boundsFor(size: number): BudgetBounds {
  const steps = Math.round(8_000_000 * Math.max(1, size / LARGE));
  return { steps, inflated: (96 << 20) + 3 * size, members: 100_000, depth: 8 };
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

  /** Counts work that is done already: whoever goes on to do more is stopped. Never throws. */
  owe(count: number): void {
    this.#steps += count;
  }

  /**
   * Counts what a decoder gave. It is work as well: where a bomb has reached the bound, a thousand others would go on.
   * @param slowness - how many times longer it took than the fastest decoder
   * @throws BeyondBudget
   */
  inflate(bytes: number, slowness = 1): void {
    this.#inflated += bytes;
    this.step(Math.ceil((bytes * slowness) / STEP_BYTES));
    if (this.#inflated > this.bounds.inflated) {
      throw new BeyondBudget(`expands to more than ${this.bounds.inflated >> 20} MB`);
    }
  }

  /** @throws BeyondBudget */
  member(depth: number): void {
    this.step(MEMBER_STEPS);
    if (++this.#members > this.bounds.members) throw new BeyondBudget(`more than ${this.bounds.members} members`);
    if (depth > this.bounds.depth) throw new BeyondBudget(`containers nested more than ${this.bounds.depth} deep`);
  }
}
