// A file on disk, scanned: opened, examined, hashed, closed. One bad file is a report, never the end of a scan.
import { toAncileError } from '../base/index.ts';
import type { FileReport } from '../contract/index.ts';
import { type Scanner, examine } from './examine.ts';
import { FileSource } from './file-source.ts';

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

/**
 * @param path - of a regular file
 * @param shown - what the report calls it
 */
export function scanFile(scanner: Scanner, path: string, shown = path): FileReport {
  let source: FileSource;
  try {
    source = new FileSource(path);
  } catch (thrown) {
    return unreadReport(shown, toAncileError(thrown).message);
  }
  try {
    const report = examine(scanner, shown, source);
    return { ...report, sha256: source.digest() };
  } finally {
    source.close();
  }
}
