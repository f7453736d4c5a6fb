// A shipped set as the beginning of one's own.
import { cpSync, mkdirSync, readdirSync } from 'node:fs';
import { AncileError, systemCode } from '../base/index.ts';
import { shippedPolicySet, type ShippedPolicySet } from './shipped.ts';

/**
 * Copies a shipped set into a folder that is new or empty. Returns the names of the files.
 * @throws AncileError `conflict` where the folder holds something, `usage` where it cannot be written
 */
export function exportPolicySet(name: ShippedPolicySet, folder: string): string[] {
  const from = shippedPolicySet(name);
  try {
    mkdirSync(folder, { recursive: true });
    if (readdirSync(folder).length > 0) {
      throw new AncileError('conflict', 'the folder is not empty', { at: folder, hint: 'Name a new folder.' });
    }
    cpSync(from, folder, { recursive: true, errorOnExist: true, force: false });
  } catch (thrown) {
    if (thrown instanceof AncileError) throw thrown;
    throw new AncileError('usage', `the folder cannot be written (${systemCode(thrown) ?? 'unknown fault'})`, {
      at: folder,
      hint: 'Name a folder that this user may write.',
      cause: thrown,
    });
  }
  return readdirSync(from).sort();
}
