// What tests of the workspace formats scan: texts under the names that a project gives them.
import type { FileReport } from '../../contract/index.ts';
import { type Scanner, examine } from '../examine.ts';
import { shippedScanner } from '../shipped.ts';
import { MemorySource } from '../source.ts';

let scanner: Scanner | undefined;

/** The report of a text under a name. */
export function scanText(name: string, text: string): Omit<FileReport, 'sha256'> {
  return examine((scanner ??= shippedScanner()), name, new MemorySource(Buffer.from(text)));
}

/** Rules that found something, with their severity, those of the inventory and lesser notes left out: `high python.command`. */
export const alarms = (name: string, text: string): string[] =>
  scanText(name, text)
    .findings.filter(({ severity }) => severity !== 'info' && severity !== 'low')
    .map(({ rule, severity }) => `${severity} ${rule}`);

/** Every rule that found something. */
export const rulesOf = (name: string, text: string): string[] => scanText(name, text).findings.map(({ rule }) => rule);
