// A whole scan: walks, scans file by file, marks what is suppressed or known, sums up.
import { existsSync, readFileSync } from 'node:fs';
import ignore from 'ignore';
import { type FileReport, type ScanReport, type ScanSummary, Severity, isAtLeast } from '../contract/index.ts';
import { markKnown, readBaseline } from './baseline.ts';
import type { Scanner } from './examine.ts';
import { toInventory } from './report/inventory.ts';
import { scanFolder } from './repository/folder.ts';
import { scanFile, unreadReport } from './scan-file.ts';
import { type Suppression, isRelative, readSuppressions, suppress } from './suppression.ts';
import { walk } from './walk.ts';

export interface ScanOptions {
  /** Paths of files of suppressions and a baseline. */
  readonly suppressions?: string;
  readonly baseline?: string;
  /** Whether `.ancileignore` of the working folder is read; default true. */
  readonly ignore?: boolean;
  /** Milliseconds since the epoch: which suppressions still hold. */
  readonly now: number;
}

/**
 * Lines of `.gitignore` form in the working folder's `.ancileignore`. That of a scanned folder is never read: whoever made a
 * model must not say what is looked at.
 */
function readIgnore(): (path: string) => boolean {
  if (!existsSync('.ancileignore')) return () => false;
  const lines = ignore().add(readFileSync('.ancileignore', 'utf8'));
  return (path) => isRelative(path) && lines.ignores(path);
}

/** A scan under way: pull reports until there are no more, then ask for the report of all. */
export class Scan {
  readonly #scanner: Scanner;
  readonly #suppressions: readonly Suppression[];
  readonly #baseline: ReadonlySet<string> | undefined;
  readonly #today: string;
  readonly #isIgnored: (path: string) => boolean;
  readonly #used = new Set<Suppression>();
  readonly #files: FileReport[] = [];
  #ignored = 0;
  /** Folders passed over by their names, and how many of each. */
  readonly #passed = new Map<string, number>();

  /** @throws AncileError `config_invalid` for a baseline or suppressions that are not in order */
  constructor(scanner: Scanner, options: ScanOptions) {
    this.#scanner = scanner;
    this.#isIgnored = options.ignore === false ? () => false : readIgnore();
    this.#today = new Date(options.now).toISOString().slice(0, 10);
    this.#suppressions = options.suppressions === undefined ? [] : readSuppressions(options.suppressions);
    this.#baseline = options.baseline === undefined ? undefined : readBaseline(options.baseline);
  }

  /**
   * Scans files and folders, one file at each pull. May be stopped at any time: the report is then of what was scanned.
   * @throws AncileError `not_found` for a path that is not there
   */
  *run(paths: readonly string[]): Generator<FileReport> {
    for (const walked of walk(paths, this.#isIgnored)) {
      if (walked.kind === 'ignored') this.#ignored++;
      else if (walked.kind === 'passed') this.#passed.set(walked.name, (this.#passed.get(walked.name) ?? 0) + 1);
      else if (walked.kind === 'unread') yield this.#take(unreadReport(walked.shown, walked.reason));
      else if (walked.kind === 'file') {
        yield this.#take(scanFile(this.#scanner, walked.path, walked.shown));
      } else {
        const report = scanFolder(this.#scanner.rules, walked.path, walked.files, walked.shown);
        if (report !== undefined) yield this.#take(report);
      }
    }
  }

  #take(scanned: FileReport): FileReport {
    let report = suppress(scanned, this.#suppressions, this.#today, this.#used);
    if (this.#baseline !== undefined) report = markKnown(report, this.#baseline);
    this.#files.push(report);
    return report;
  }

  /**
   * @param version - the tool's
   * @param complete - whether all was pulled
   */
  report(version: string, complete = true): ScanReport {
    const notes = complete ? [] : ['the scan was stopped: the rest was not looked at'];
    if (this.#ignored > 0) {
      const count = this.#ignored === 1 ? '1 path' : `${this.#ignored} paths`;
      notes.push(`${count} left out by .ancileignore of the working folder: --no-ignore looks at them`);
    }
    if (this.#passed.size > 0) {
      const names = [...this.#passed].map(([name, count]) => (count === 1 ? name : `${count} of ${name}`));
      notes.push(`folders passed over by their names, ${names.join(', ')}: name one to scan it`);
    }
    for (const each of this.#suppressions) {
      const name = `the suppression of ${each.rule} in ${each.path} (${each.owner})`;
      if (!this.#scanner.rules.has(each.rule)) notes.push(`${name} names a rule that there is not`);
      else if (each.expires < this.#today) notes.push(`${name} expired on ${each.expires}`);
      else if (!this.#used.has(each)) notes.push(`${name} was not needed`);
    }
    return {
      tool: { name: 'ancile', version, ...(this.#scanner.digest === undefined ? {} : { rules: this.#scanner.digest }) },
      complete,
      files: this.#files,
      summary: summarize(this.#files, this.#ignored),
      inventory: toInventory(this.#files),
      notes,
    };
  }
}

function summarize(files: readonly FileReport[], ignored: number): ScanSummary {
  const findings = Object.fromEntries(Severity.options.map((severity) => [severity, 0])) as Record<Severity, number>;
  const summary = { files: files.length, clean: 0, suspicious: 0, malicious: 0, unanalyzed: 0, bytes: 0 };
  let suppressed = 0;
  let known = 0;
  for (const file of files) {
    summary[file.verdict]++;
    summary.bytes += file.size;
    for (const finding of file.findings) {
      if (finding.suppressed !== undefined) suppressed++;
      else if (finding.known === true) known++;
      else findings[finding.severity]++;
    }
  }
  return { ...summary, findings, suppressed, known, ignored };
}

/** Whether a report holds a finding at least as severe that is neither suppressed nor known. */
export function reaches(report: ScanReport, least: Severity): boolean {
  return Severity.options.some((severity) => isAtLeast(severity, least) && report.summary.findings[severity] > 0);
}
