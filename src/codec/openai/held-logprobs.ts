// Log probabilities of a stream, held until the text they repeat is released.
import type { Release } from '../surface.ts';
import { alignLogprobs, dropLogprobs, type AlignedToken } from './logprobs.ts';

const MAX_HELD_TOKENS = 100_000;

/** The log probabilities of one growing text. */
export interface HeldLogprobs {
  /** Notes a piece of the text with the entries beside it; entries that do not spell it are dropped. */
  add(text: string, entries: unknown): void;
  /** The entries of what is released, and no longer held. */
  take(release: Release): Readonly<Record<string, unknown>>[];
  /** The same with their places in the whole text. */
  takeAligned(release: Release): AlignedToken[];
}

export function createHeldLogprobs(): HeldLogprobs {
  let length = 0;
  let held: AlignedToken[] = [];
  function takeAligned({ upTo, redacted = [] }: Release): AlignedToken[] {
    if (upTo === undefined) {
      held = [];
      return [];
    }
    // A changed span may reach past this release, so the tokens under it are dropped for good.
    held = dropLogprobs(held, redacted);
    const ready = held.filter((token) => token.end <= upTo);
    held = held.filter((token) => token.end > upTo);
    return ready;
  }
  return {
    takeAligned,
    take: (release) => takeAligned(release).map((token) => token.entry),
    add(text, entries) {
      const base = length;
      length += text.length;
      for (const { entry, start, end } of alignLogprobs(entries, text)) {
        if (held.length < MAX_HELD_TOKENS) held.push({ entry, start: base + start, end: base + end });
      }
    },
  };
}
