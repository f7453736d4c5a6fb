// Refused asks that are followed by another try: in one conversation, and across those of a principal.
import { type MisuseSettings, fade } from './settings.ts';
import { FEW_WORDS, type Sketch, similarity } from './sketch.ts';

/** A text with so much in common with the refused one says it in other words. */
const REPHRASED = 0.25;
/** Across conversations there is nothing else that joins the two: they have to be closer. */
const REPHRASED_ELSEWHERE = 0.35;
/** Another question after a refusal, in the same conversation, is a try of a lesser kind. */
const OTHER_WEIGHT = 0.4;
/** A score that makes any try after a refusal a whole one. */
const SCORED = 0.2;
/** Asks that went out at once and were refused all count in the next, but not more than this. */
const AT_ONCE = 4;
/** What an answer takes away. */
const ANSWERED = 0.25;
/** Refused texts kept of a principal. */
const KEPT = 16;

interface Refused {
  readonly sketch: Sketch;
  readonly score: number;
  readonly time: number;
}

/** Whether it asks for the same, in other words or in these. */
function isLike(refused: Sketch, sketch: Sketch, bound: number): boolean {
  if (refused.exact === sketch.exact) return true;
  if (refused.words < FEW_WORDS || sketch.words < FEW_WORDS) return false;
  return similarity(refused.fold, sketch.fold) >= bound;
}

/** Tries after refusals within one conversation. */
export class ConversationProbing {
  #tries = 0;
  #time = 0;
  #last: Refused | undefined;
  /** Refused since the last ask. */
  #open = 0;

  /** @returns what the tries come to: what was tried holds for the conversation until it fades */
  noteAsk(sketch: Sketch, score: number, now: number, settings: MisuseSettings): number {
    this.#tries = fade(this.#tries, now - this.#time, settings);
    this.#time = Math.max(this.#time, now);
    const last = this.#last;
    // The very same text is what a client's retry sends.
    if (last === undefined || this.#open === 0 || last.sketch.exact === sketch.exact) return this.#tries;
    if (now - last.time > settings.window) return this.#tries;
    const whole = score >= SCORED || last.score >= SCORED || isLike(last.sketch, sketch, REPHRASED);
    this.#tries += (whole ? 1 : OTHER_WEIGHT) * Math.min(this.#open, AT_ONCE);
    this.#open = 0;
    return this.#tries;
  }

  noteRefused(refused: Refused): void {
    this.#last = refused;
    this.#open++;
  }

  noteAnswered(): void {
    this.#tries = Math.max(0, this.#tries - ANSWERED);
  }
}

/**
 * Tries after refusals across the conversations of a principal: only while refusals are a good part of what it gets. Of
 * many people behind one key some are refused, and some of them ask alike.
 */
export class PrincipalProbing {
  readonly #refused: Refused[] = [];
  #tries = 0;
  #time = 0;
  /** Share of refusals in what it got of late. */
  #share = 0;

  static readonly #WEIGHT = 1 / 8;
  static readonly #GOOD_PART = 0.5;

  /** Whether refusals are a good part of what the principal gets. */
  get probing(): boolean {
    return this.#share >= PrincipalProbing.#GOOD_PART;
  }

  /** @returns what the tries come to, or 0 where this is like nothing that was refused */
  noteAsk(sketch: Sketch, now: number, settings: MisuseSettings): number {
    if (!this.probing) return 0;
    const like = this.#refused.filter(
      (refused) => now - refused.time <= settings.window && isLike(refused.sketch, sketch, REPHRASED_ELSEWHERE),
    );
    if (like.length === 0) return 0;
    const again = like.some((refused) => refused.sketch.exact === sketch.exact);
    this.#tries = fade(this.#tries, now - this.#time, settings) + (again ? 0 : 1);
    this.#time = Math.max(this.#time, now);
    return this.#tries;
  }

  noteRefused(refused: Refused): void {
    this.#share += (1 - this.#share) * PrincipalProbing.#WEIGHT;
    if (this.#refused.length >= KEPT) this.#refused.shift();
    this.#refused.push(refused);
  }

  noteAnswered(): void {
    this.#share -= this.#share * PrincipalProbing.#WEIGHT;
  }
}
