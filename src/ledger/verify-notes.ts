// The signed statements under verification: checkpoints, anchors held elsewhere, prunes.
import { basename } from 'node:path';
import { AncileError } from '../base/index.ts';
import type { PublicKey } from '../keys/index.ts';
import type { Layout } from './layout.ts';
import { Checkpoint, Prune, verifyNote } from './note.ts';
import { loadNotes } from './note-file.ts';
import type { Problems } from './report.ts';

/** A root that the tree of a size must have, and who says so. */
export interface Mark {
  readonly size: number;
  readonly root: string;
  readonly time: string;
  readonly file: string;
  readonly anchor: boolean;
}

/** The ledger's own checkpoints: each must be signed by its key, be about it, and not shrink. */
export async function checkCheckpoints(layout: Layout, key: PublicKey, problems: Problems): Promise<Mark[]> {
  const file = basename(layout.checkpoints);
  const origin = `ancile/${key.keyId}`;
  const marks: Mark[] = [];
  const { lines } = await loadNotes(layout.checkpoints, Checkpoint);
  let size = 0;
  for (const { line, note } of lines) {
    const bad = (what: string): void =>
      problems.add({ kind: 'checkpoint_invalid', seq: size, file, message: `line ${line}: ${what}` });
    if (note === undefined) bad('not a checkpoint');
    else if (note.keyId !== key.keyId) bad(`signed by another key, ${note.keyId}`);
    else if (!verifyNote('checkpoint', note, key)) bad('the signature does not verify');
    else if (note.origin !== origin) bad(`about another ledger, ${note.origin}`);
    else {
      if (note.size < size) bad(`its size ${note.size} is less than an earlier checkpoint's ${size}`);
      size = Math.max(size, note.size);
      marks.push({ size: note.size, root: note.root, time: note.time, file: `${file}:${line}`, anchor: false });
    }
  }
  return marks;
}

/** Anchors: checkpoints that came back from where they were kept. Unreadable lines are counted, not judged. */
export async function checkAnchors(
  anchors: readonly Checkpoint[] | string | undefined,
  key: PublicKey,
  problems: Problems,
): Promise<{ marks: Mark[]; unreadable: number }> {
  if (anchors === undefined) return { marks: [], unreadable: 0 };
  const file = typeof anchors === 'string' ? anchors : 'anchors';
  let notes: { line: number; note: Checkpoint | undefined }[];
  if (typeof anchors === 'string') {
    notes = (await loadNotes(anchors, Checkpoint)).lines;
    if (notes.every(({ note }) => note === undefined)) {
      const hint = 'Give the file that `ledger.anchorFile` names, or a copy of checkpoints.jsonl made earlier.';
      throw new AncileError('usage', `${anchors} holds no checkpoint`, { at: anchors, hint });
    }
  } else {
    notes = anchors.map((note, index) => ({ line: index + 1, note }));
  }
  const marks: Mark[] = [];
  let unreadable = 0;
  for (const { line, note } of notes) {
    const bad = (what: string): void =>
      problems.add({ kind: 'anchor_invalid', seq: 0, file, message: `line ${line}: ${what}` });
    if (note === undefined) unreadable++;
    else if (note.keyId !== key.keyId)
      bad(
        `signed by key ${note.keyId}, while the ledger's is ${key.keyId}: its keys were replaced, or the anchor is another ledger's`,
      );
    else if (!verifyNote('checkpoint', note, key)) bad('the signature does not verify');
    else marks.push({ size: note.size, root: note.root, time: note.time, file: `${file}:${line}`, anchor: true });
  }
  return { marks, unreadable };
}

/** Roots of the segments that were pruned by a signed statement, by first seq. */
export async function checkPrunes(layout: Layout, key: PublicKey, problems: Problems): Promise<Map<number, Prune>> {
  const file = basename(layout.prunes);
  const prunes = new Map<number, Prune>();
  for (const { line, note } of (await loadNotes(layout.prunes, Prune)).lines) {
    if (note !== undefined && note.origin === `ancile/${key.keyId}` && verifyNote('prune', note, key)) {
      prunes.set(note.first, note);
    } else {
      const message = `line ${line}: not a prune statement signed by the ledger's key`;
      problems.add({ kind: 'prune_invalid', seq: note?.first ?? 0, file, message });
    }
  }
  return prunes;
}
