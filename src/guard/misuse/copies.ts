// Near-copies of one text, and how suspicious they are: what best-of-N looks like from outside.
import { type MisuseSettings, fade } from './settings.ts';
import { BINS, EMPTY, FEW_WORDS, type Sketch, similarity } from './sketch.ts';

/** From here on a text is a near-copy by the outlines of its words. */
const ALIKE = 0.5;
/** Of the words alike in outline no more than this are the same: capitals, shuffled or swapped letters. */
const DISGUISED = 0.4;
/** A score from which a copy is suspicious by itself. */
const SUSPICIOUS = 0.3;
/** An exact copy is what a health check or a client's retry sends: where it is suspicious at all it weighs less. */
const EXACT_WEIGHT = 0.5;
/** What an innocent copy takes away: form letters of which one in ten looks odd are form letters. */
const INNOCENT = 0.25;
/** With so much evidence a group is not the first to be forgotten. */
const KEPT = 1;

/** Texts alike, as one: the sketch is the newest one's. */
export interface CopyGroup {
  sketch: Sketch;
  copies: number;
  evidence: number;
  time: number;
}

/** A text's place among its near-copies. */
export interface Copy {
  readonly group: CopyGroup;
  readonly weight: number;
  /** What it took away as an innocent one. */
  readonly taken: number;
  /** Whether it counts as suspicious already. */
  counted: boolean;
}

/** How many bins of each group are those of the text under comparison; grows to the largest memory there is. */
let shared = new Uint8Array(64);

export class CopyMemory {
  readonly #groups: CopyGroup[] = [];
  /** The groups' sketches again, bin by bin, so that a text is held against all of them in one sweep. */
  #columns = new Uint16Array(0);
  #room = 0;

  get size(): number {
    return this.#groups.length;
  }

  /** Puts a text among its near-copies, or at the head of a group of its own, where the oldest may have to go. */
  note(sketch: Sketch, score: number, now: number, settings: MisuseSettings): Copy {
    const at = this.#find(sketch, now, settings);
    if (at === -1) {
      const group = { sketch, copies: 1, evidence: 0, time: now };
      this.#put(group, this.#slot(settings));
      return this.#count({ group, weight: 1, taken: 0, counted: false }, score >= SUSPICIOUS);
    }
    const group = this.#groups[at]!;
    const before = group.sketch;
    const exact = before.exact === sketch.exact;
    const disguised = !exact && similarity(before.raw, sketch.raw) <= similarity(before.fold, sketch.fold) * DISGUISED;
    group.evidence = fade(group.evidence, now - group.time, settings);
    group.time = Math.max(group.time, now);
    group.copies++;
    if (!exact) {
      group.sketch = sketch;
      this.#put(group, at);
    }
    const suspicious = disguised || score >= SUSPICIOUS;
    const taken = suspicious ? 0 : Math.min(group.evidence, INNOCENT);
    group.evidence -= taken;
    return this.#count({ group, weight: exact ? EXACT_WEIGHT : 1, taken, counted: false }, suspicious);
  }

  /** What became of a copy makes it suspicious after all. */
  noteRefused(copy: Copy): void {
    this.#count(copy, true);
  }

  #count(copy: Copy, suspicious: boolean): Copy {
    if (suspicious && !copy.counted) {
      copy.counted = true;
      copy.group.evidence += copy.weight + copy.taken;
    }
    return copy;
  }

  /** The group whose newest text is most like this one; -1 where none is alike. */
  #find(sketch: Sketch, now: number, { window }: MisuseSettings): number {
    const groups = this.#groups;
    const count = groups.length;
    const columns = this.#columns;
    if (shared.length < count) shared = new Uint8Array(2 * count);
    shared.fill(0, 0, count);
    let filled = 0;
    for (let bin = 0; bin < BINS; bin++) {
      const value = sketch.fold[bin]!;
      if (value === EMPTY) continue;
      filled++;
      const from = bin * this.#room;
      for (let i = 0; i < count; i++) if (columns[from + i] === value) shared[i]!++;
    }
    let best = -1;
    let most = ALIKE;
    for (let i = 0; i < count; i++) {
      // Fewer than half of this text's own bins cannot be half of both texts'.
      if (shared[i]! < filled * ALIKE) continue;
      const group = groups[i]!;
      if (now - group.time > window) continue;
      if (group.sketch.exact === sketch.exact) return i;
      if (sketch.words < FEW_WORDS || group.sketch.words < FEW_WORDS) continue;
      const alike = similarity(group.sketch.fold, sketch.fold);
      if (alike < most) continue;
      most = alike;
      best = i;
    }
    return best;
  }

  /** Where a new group goes: behind the others, or in place of the oldest, of those with evidence last. */
  #slot({ entries }: MisuseSettings): number {
    const groups = this.#groups;
    // Bounds may have become narrower since.
    if (groups.length > entries) groups.length = entries;
    if (groups.length < entries) return groups.length;
    let gone = 0;
    for (let i = 1; i < groups.length; i++) {
      const each = groups[i]!;
      const other = groups[gone]!;
      const kept = each.evidence >= KEPT;
      if (kept === other.evidence >= KEPT ? each.time < other.time : !kept) gone = i;
    }
    return gone;
  }

  #put(group: CopyGroup, at: number): void {
    if (at >= this.#room) this.#grow();
    this.#groups[at] = group;
    for (let bin = 0; bin < BINS; bin++) this.#columns[bin * this.#room + at] = group.sketch.fold[bin]!;
  }

  #grow(): void {
    const room = Math.max(8, 2 * this.#room);
    const columns = new Uint16Array(BINS * room);
    for (let bin = 0; bin < BINS; bin++) {
      columns.set(this.#columns.subarray(bin * this.#room, (bin + 1) * this.#room), bin * room);
    }
    this.#columns = columns;
    this.#room = room;
  }
}
