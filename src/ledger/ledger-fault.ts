// That the ledger cannot be written, in words that an operator can act on.
import { AncileError, systemCode } from '../base/index.ts';

export function toFault(cause: unknown, dir: string): AncileError {
  const hint = 'Make room on the disk or repair it; the ledger goes on by itself when writes succeed again.';
  const what = `the ledger in ${dir} cannot be written (${systemCode(cause) ?? 'unknown fault'})`;
  return new AncileError('ledger_fault', what, { at: dir, hint, cause });
}
