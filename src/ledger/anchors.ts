// Checkpoints that were kept elsewhere, read from the file that they are in.
import { AncileError } from '../base/index.ts';
import { Checkpoint } from './note.ts';
import { loadNotes } from './note-file.ts';

/**
 * The checkpoints of an anchor file, as they stand there: nothing is said of their signatures. Lines that are none are
 * passed over.
 * @throws AncileError `usage` where it holds none
 */
export async function loadAnchors(path: string): Promise<Checkpoint[]> {
  const anchors = (await loadNotes(path, Checkpoint)).lines.flatMap(({ note }) => note ?? []);
  if (anchors.length > 0) return anchors;
  const hint = 'Give the file that `ledger.anchorFile` names, or a copy of checkpoints.jsonl made earlier.';
  throw new AncileError('usage', `${path} holds no checkpoint`, { at: path, hint });
}
