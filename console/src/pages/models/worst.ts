// Findings and verdicts of a version's files, the worst first.
import type { ScanVerdict } from '../../contract.ts';
import { type ModelFile, type ModelFinding, Severity } from '../../contract.ts';

/** What is not known weighs less than what is known to be bad. */
const WEIGHT: readonly ScanVerdict[] = ['clean', 'unanalyzed', 'suspicious', 'malicious'];

export interface PlacedFinding extends ModelFinding {
  readonly path: string;
}

const rank = (severity: Severity): number => Severity.options.indexOf(severity);

/** All findings with their file, the worst first, then by path. */
export function placeFindings(files: readonly ModelFile[]): PlacedFinding[] {
  return files
    .flatMap(({ path, findings = [] }) => findings.map((finding) => ({ ...finding, path })))
    .sort((a, b) => rank(b.severity) - rank(a.severity) || (a.path < b.path ? -1 : 1));
}

/** The worst verdict and finding; undefined where nothing was scanned or found. */
export function worstOf(files: readonly ModelFile[]): {
  readonly verdict: ScanVerdict | undefined;
  readonly finding: PlacedFinding | undefined;
} {
  const verdicts = files.flatMap(({ verdict }) => (verdict === undefined ? [] : [WEIGHT.indexOf(verdict)]));
  return {
    verdict: verdicts.length === 0 ? undefined : WEIGHT[Math.max(...verdicts)],
    finding: placeFindings(files)[0],
  };
}

/** Files in the order in which they want to be looked at: the worst, then the rest by name. */
export function sortFiles<T extends ModelFile>(files: readonly T[]): T[] {
  const weight = ({ verdict }: ModelFile): number => (verdict === undefined ? -1 : WEIGHT.indexOf(verdict));
  return files.toSorted((a, b) => weight(b) - weight(a) || (a.path < b.path ? -1 : 1));
}
