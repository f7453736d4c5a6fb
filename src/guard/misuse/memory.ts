// A bounded memory of what each principal asked for and got, in scores and sketches, so that what no single message shows
// (build-up over turns, probing of refusals, best-of-N) can be seen. It lives in the process and survives nothing.
import type { FindingClass } from '../../contract/index.ts';
import { PrincipalMemory, type Seen } from './principal.ts';
import type { MisuseSettings } from './settings.ts';
import { toSketch } from './sketch.ts';

/** An ask: the newest message of a user. */
export interface MisuseAsk {
  readonly principal: string;
  /** The conversation, where that is known: it tells users behind one key apart. */
  readonly session: string | undefined;
  readonly text: string;
  /** How sure it is that the text attacks or wants harm, 0..1. */
  readonly score: number;
  readonly classes: readonly FindingClass[];
}

/** What became of an ask. `refused`: the model declined; `blocked`: policy stopped it for what it is. */
export type AskEnd = 'answered' | 'refused' | 'blocked';

export interface Remembered {
  readonly seen: readonly Seen[];
  /** Tells what became of the ask, once; an end that says nothing of the ask is not told. */
  settle(end: AskEnd, now: number): void;
}

export class MisuseMemory {
  readonly #seed: number;
  readonly #principals = new Map<string, PrincipalMemory>();

  /** @param seed - 32 random bits of this process: sketches say nothing to whoever does not have them */
  constructor(seed: number) {
    this.#seed = seed;
  }

  /** Principals remembered. */
  get size(): number {
    return this.#principals.size;
  }

  /** Entries held of all principals: conversations and sketches. */
  get entries(): number {
    let sum = 0;
    for (const principal of this.#principals.values()) sum += principal.size;
    return sum;
  }

  ask({ principal, session, text, score, classes }: MisuseAsk, now: number, settings: MisuseSettings): Remembered {
    const memory = this.#open(principal, now, settings);
    const asked = { session, sketch: toSketch(text, this.#seed), score, classes, now };
    const { seen, copy } = memory.ask(asked, settings);
    return {
      seen: seen.length === 0 ? seen : seen.filter(({ rule }) => !settings.disabled.includes(rule)),
      settle(end, at) {
        if (end === 'answered') memory.noteAnswered(asked);
        else memory.noteRefused(asked, copy, end === 'blocked', at, settings);
      },
    };
  }

  #open(id: string, now: number, { principals, window }: MisuseSettings): PrincipalMemory {
    const all = this.#principals;
    let found = all.get(id);
    if (found !== undefined) all.delete(id);
    // The one that asked last stands last: whoever stands first has been silent for the longest time.
    for (const [first, { time }] of all) {
      if (all.size < principals && now - time <= window) break;
      all.delete(first);
    }
    if (found === undefined || now - found.time > window) found = new PrincipalMemory();
    all.set(id, found);
    return found;
  }
}
