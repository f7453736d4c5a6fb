// How much of one object is looked at: its author is not to be trusted with the time of whoever asks about it.

/** Characters of commands and variables, with what variables make of them, and ten for each word. */
const MOST_CHARACTERS = 1_000_000;

/** There is more to an object than is looked at. */
export class BeyondBudget extends Error {
  override readonly name = 'BeyondBudget';
}

export class Budget {
  #left = MOST_CHARACTERS;

  /** @throws BeyondBudget */
  take(characters: number): void {
    this.#left -= characters;
    if (this.#left < 0) throw new BeyondBudget();
  }
}
