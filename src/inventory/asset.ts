// What is computed of an asset: its id, the digest of its listing, its scan in three words.
import { createHash } from 'node:crypto';
import { canonicalJson } from '../base/index.ts';
import { type ModelAsset, type ModelFile, type ModelFinding, type ScanVerdict, Severity } from '../contract/index.ts';

/** `source:repo@revision`. */
export function assetId({ source, repo, revision }: Pick<ModelAsset, 'source' | 'repo' | 'revision'>): string {
  return `${source}:${repo}@${revision}`;
}

/** SHA-256 over what its source says that a version holds, whatever the order. */
export function digestOfListing(files: readonly Pick<ModelFile, 'path' | 'size' | 'etag'>[]): string {
  const lines = files.map(({ path, size, etag }) => [path, size, etag]).sort((a, b) => (a[0]! < b[0]! ? -1 : 1));
  return createHash('sha256').update(canonicalJson(lines)).digest('hex');
}

/** Of verdicts the one that weighs most. What is not known weighs less than what is known to be bad. */
const WEIGHT: readonly ScanVerdict[] = ['clean', 'unanalyzed', 'suspicious', 'malicious'];

function worstFirst(a: ModelFinding, b: ModelFinding): number {
  return Severity.options.indexOf(b.severity) - Severity.options.indexOf(a.severity);
}

/** Of files that were scanned: how many, the worst verdict, the rules and formats, the findings with the worst first. */
export function scanSummary(files: readonly ModelFile[]): {
  readonly files: number;
  readonly verdict: ScanVerdict;
  readonly rules: string[];
  readonly formats: string[];
  readonly findings: ModelFinding[];
} {
  const scanned = files.filter((file) => file.verdict !== undefined);
  const findings = scanned.flatMap((file) => file.findings ?? []).sort(worstFirst);
  const verdicts = scanned.map((file) => WEIGHT.indexOf(file.verdict!));
  return {
    files: scanned.length,
    verdict: WEIGHT[Math.max(0, ...verdicts)]!,
    rules: [...new Set(findings.map(({ rule }) => rule))],
    formats: [...new Set(scanned.flatMap(({ format }) => (format === undefined ? [] : [format])))],
    findings,
  };
}
