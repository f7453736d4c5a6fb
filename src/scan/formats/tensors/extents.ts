// Stretches of a file that tensors claim: whether they lie within it, follow each other without gap or overlap, and what lies between.
import type { Look } from '../../format.ts';
import { type Source, SliceSource } from '../../source.ts';
import { embeddedIn } from '../embedded.ts';

export interface Extent {
  readonly name: string;
  /** Byte offsets within the file, the end exclusive. */
  readonly start: number;
  readonly end: number;
}

/** Bytes of a gap that are searched for something other than zeros. */
const SEARCHED = 1 << 16;
/** Tensors whose first bytes are looked at. */
const MOST_HEADS = 4096;

export interface Layout {
  /** Reported of tensors over each other. */
  readonly tensorRule: string;
  readonly hiddenRule: string;
  readonly payloadRule: string;
  /** Bytes that may lie between two tensors or behind the last, as padding. */
  readonly padding: number;
}

/** Looks at a stretch that no tensor covers. */
function gap(source: Source, start: number, end: number, layout: Layout, look: Look): void {
  const bytes = source.read(start, Math.min(end - start, SEARCHED));
  let at = 0;
  while (at < bytes.length && bytes[at] === 0) at++;
  const zeros = at === bytes.length;
  if (zeros && end - start < layout.padding) return;
  look.report(layout.hiddenRule, {
    message: `${end - start} bytes from offset ${start} on belong to no tensor${zeros ? '' : ' and are not empty'}`,
    offset: start,
  });
  if (zeros) return;
  payload(source, start + at, end, 'the gap between tensors', layout, look);
}

/** Looks at the first bytes of a stretch as at a file of its own, where they are one. */
function payload(source: Source, start: number, end: number, where: string, layout: Layout, look: Look): void {
  const what = embeddedIn(source.read(start, Math.min(end - start, 256)));
  if (what === undefined) return;
  look.report(layout.payloadRule, { message: `${where} begins like ${what}`, capability: 'execute', offset: start });
  look.member(where, new SliceSource(source, start, end - start));
}

/**
 * Judges where tensors lie.
 * @param extents - those that lie within the file; sorted in place
 * @param from - where the first must begin, and `to` where the last must end
 */
export function judgeLayout(
  source: Source,
  extents: Extent[],
  from: number,
  to: number,
  layout: Layout,
  look: Look,
): void {
  extents.sort((a, b) => a.start - b.start || a.end - b.end);
  let covered = from;
  for (const { name, start, end } of extents) {
    look.budget.step();
    if (start === end) continue;
    if (start < covered) {
      look.report(layout.tensorRule, {
        message: `the tensor ${JSON.stringify(name)} lies over another one`,
        offset: start,
      });
    } else if (start > covered) gap(source, covered, start, layout, look);
    covered = Math.max(covered, end);
  }
  if (covered < to) gap(source, covered, to, layout, look);
}

/** Looks at the beginnings of tensors whose type could hold any bytes. */
export function judgeHeads(source: Source, extents: readonly Extent[], layout: Layout, look: Look): void {
  for (const { name, start, end } of extents.slice(0, MOST_HEADS)) {
    look.budget.step(20);
    if (end - start >= 8) payload(source, start, end, `the tensor ${JSON.stringify(name)}`, layout, look);
  }
  if (extents.length > MOST_HEADS)
    look.unseen(`the beginnings of ${extents.length - MOST_HEADS} tensors were not looked at`);
}
