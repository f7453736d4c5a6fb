// Changes of a text carried over to the stretches of it that stand elsewhere: lines of subtitles, timed segments.
import type { Edit, Span } from '../surface.ts';

/** A stretch of a text that was changed, and what stands in its place. */
export interface Change extends Span {
  readonly text: string;
}

/**
 * What an edit puts in the place of each of its spans. Whatever is answered is made of the edit's own text, so it
 * holds nothing of what was taken out.
 */
export function toChanges(original: string, edit: Edit): Change[] {
  const spans = [...(edit.spans ?? [])].sort((a, b) => a.start - b.start);
  const all: Change[] = [{ start: 0, end: original.length, text: edit.text }];
  if (spans.length === 0) return all;
  const changes: Change[] = [];
  let at = 0;
  let done = 0;
  for (const [i, { start, end }] of spans.entries()) {
    if (start < done) return all;
    const before = original.slice(done, start);
    if (!edit.text.startsWith(before, at)) return all;
    at += before.length;
    const next = original.slice(end, spans[i + 1]?.start);
    const to = i === spans.length - 1 ? edit.text.length - next.length : edit.text.indexOf(next, at);
    if (to < at) return all;
    changes.push({ start, end, text: edit.text.slice(at, to) });
    at = to;
    done = end;
  }
  return edit.text.slice(at) === original.slice(done) ? changes : all;
}

/**
 * The stretch of `original` with the changes that touch it. What replaces a change stands in the first stretch that it
 * touches. `after`: where the stretch before this one ends.
 */
export function applyChanges(
  original: string,
  { start, end }: Span,
  changes: readonly Change[],
  after: number = start,
): string {
  let out = '';
  let at = start;
  for (const change of changes) {
    if (change.end <= at || change.start >= end) continue;
    out += original.slice(at, Math.max(at, change.start));
    if (change.start >= after) out += change.text;
    at = Math.min(end, change.end);
  }
  return out + original.slice(at, end);
}

/** Whether a change touches a stretch. */
export function isTouched({ start, end }: Span, changes: readonly Span[]): boolean {
  return changes.some((change) => change.start < end && change.end > start);
}
