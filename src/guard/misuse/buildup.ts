// Scores that no single message is stopped for, added up over turns: a leaky sum (CUSUM) that rises with what is above
// the ordinary and with each step upwards, and falls with every turn in which nothing was seen.
import { type MisuseSettings, fade } from './settings.ts';

/** What an ordinary turn takes away: a run of scores below it never adds up. */
const DRIFT = 0.15;
/** A message counts for no more than this: what is surer is found by itself. */
const MOST = 0.6;
/** How much a rise over the turns before counts, besides the score itself. */
const RISE = 0.5;
/** How fast the level that a rise is measured from follows the scores. */
const FOLLOW = 0.3;

export class Buildup {
  sum = 0;
  /** Turns that scored since the sum was last at nothing. */
  turns = 0;
  #level = 0;
  #time = 0;

  /** Lets what was seen fade to this time, and adds nothing: for a message that is sent again. */
  look(now: number, settings: MisuseSettings): void {
    this.sum = fade(this.sum, now - this.#time, settings);
    this.#time = Math.max(this.#time, now);
  }

  note(score: number, now: number, settings: MisuseSettings): void {
    this.look(now, settings);
    const counted = Math.min(score, MOST);
    if (this.turns === 0) this.#level = counted;
    const rise = score > 0 ? Math.max(0, counted - this.#level) * RISE : 0;
    this.#level += (counted - this.#level) * FOLLOW;
    this.sum = Math.max(0, this.sum + counted - DRIFT + rise);
    if (this.sum === 0) this.turns = 0;
    else if (score > 0) this.turns++;
  }
}
