// Examines bytes as the shipped scanner does.
import { examine, MemorySource, shippedScanner } from '../index.ts';
import type { FileReport } from '../../contract/index.ts';

let scanner: ReturnType<typeof shippedScanner> | undefined;

export const lookAt = (bytes: Uint8Array, name = 'model.pkl'): Omit<FileReport, 'sha256'> =>
  examine((scanner ??= shippedScanner()), name, new MemorySource(bytes));

/** What was found, one `rule: message` a finding. */
export const said = (bytes: Uint8Array, name?: string): string[] =>
  lookAt(bytes, name).findings.map(({ rule, message }) => `${rule}: ${message}`);
