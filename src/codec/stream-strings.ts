// Lists the strings of a stream event that no dialect rule took out before, so that none passes unread.
import type { Uninspected } from '../contract/index.ts';
import type { TextDelta } from './surface.ts';
import { setAtPointer } from './pointer.ts';
import { readByShape } from './walk.ts';
import { OUTPUT, type Shape } from './shape.ts';

/** Strings already judged in this stream, by key and text: an id stands in every chunk and is judged once. */
export interface SeenStrings {
  /** Whether the string is new; it is remembered. */
  note(key: string, text: string): boolean;
  /** The string was changed when it was judged, so it must be judged each time it comes. */
  forget(key: string, text: string): void;
}

export function createSeenStrings(): SeenStrings {
  const seen = new Set<string>();
  return {
    note(key, text) {
      // Long texts are not kept: judging one again costs less than holding it.
      if (text.length > 200 || seen.size > 1000) return true;
      const entry = `${key}\n${text}`;
      if (seen.has(entry)) return false;
      seen.add(entry);
      return true;
    },
    forget(key, text) {
      seen.delete(`${key}\n${text}`);
    },
  };
}

/** The string at `path` of `node` as a delta that is complete in itself. */
export function toWhole(node: object, path: string, key: string, text: string, seen: SeenStrings): TextDelta {
  const put = (changed: string): void => {
    seen.forget(key, text);
    setAtPointer(node, path, changed);
  };
  return { key, kind: 'whole', text, put };
}

/**
 * The strings below `node` (at `base` of the event) as deltas of kind `whole`. The shape's `known` values are left
 * out; `seen` leaves out repetitions.
 */
export function listWhole(
  node: object,
  base: string,
  shape: Shape,
  seen: SeenStrings,
  out: TextDelta[],
  uninspected: Set<Uninspected>,
): void {
  const reading = readByShape(node, shape, OUTPUT);
  for (const kind of reading.uninspected) uninspected.add(kind);
  for (const { path, text } of reading.segments) {
    const key = base + path;
    if (!seen.note(key, text)) continue;
    out.push(toWhole(node, path, key, text, seen));
  }
}
