// A file on disk, scanned: opened, examined, hashed, closed. One bad file is a report, never the end of a scan.
import { systemCode, toAncileError } from '../base/index.ts';
import type { FileReport } from '../contract/index.ts';
import { type ExamineOptions, type Scanner, examine } from './examine.ts';
import { FileSource } from './file-source.ts';
import { toVerdict } from './verdict.ts';

/** The report of what was not looked at. */
export function unreadReport(shown: string, reason: string): FileReport {
  return {
    path: shown,
    format: 'unknown',
    verdict: 'unanalyzed',
    size: 0,
    findings: [],
    unseen: [{ reason }],
    members: [],
    assets: [],
  };
}

/** Adds the digest; where there is none of all that was looked at, says so. */
function withDigest(report: FileReport, source: FileSource): FileReport {
  let reason: string;
  try {
    const sha256 = source.digest();
    if (!source.changed) return { ...report, sha256 };
    reason = 'the file changed while it was looked at: scan it again';
  } catch (thrown) {
    reason = `reading the file failed (${systemCode(thrown) ?? 'fault'})`;
  }
  const unseen = [...report.unseen, { reason }];
  return { ...report, unseen, verdict: toVerdict(report.findings, unseen) };
}

/**
 * @param path - of a regular file
 * @param shown - what the report calls it
 */
export function scanFile(scanner: Scanner, path: string, shown = path, options: ExamineOptions = {}): FileReport {
  let source: FileSource;
  try {
    source = new FileSource(path);
  } catch (thrown) {
    return unreadReport(shown, toAncileError(thrown).message);
  }
  try {
    return withDigest(examine(scanner, shown, source, options), source);
  } finally {
    source.close();
  }
}
