// Deleting the oldest records on purpose: said and signed first, so that it cannot be mistaken for tampering.
import type { Keys } from '../keys/index.ts';
import { removeFile, syncFolder } from './disk.ts';
import type { Layout } from './layout.ts';
import { Prune, signPrune } from './note.ts';
import { loadNotes, NoteWriter } from './note-file.ts';

/**
 * Prunes one sealed segment: signs the statement, calls `onSigned`, then deletes lines and leaf hashes. The leaf
 * hashes go too: with them a guess at a deleted record could be confirmed.
 */
export async function pruneSegment(
  layout: Layout,
  keys: Keys,
  statement: Omit<Prune, 'keyId' | 'signature'>,
  onSigned: () => void,
): Promise<void> {
  const { bytes } = await loadNotes(layout.prunes, Prune);
  const writer = await NoteWriter.open(layout.prunes, bytes);
  try {
    await writer.append(signPrune(keys, statement));
  } finally {
    await writer.close();
  }
  await syncFolder(layout.dir);
  onSigned();
  await removeFile(layout.segment(statement.first, 'jsonl'));
  await removeFile(layout.segment(statement.first, 'leaves'));
  await syncFolder(layout.dir);
}
