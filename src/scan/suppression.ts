// Findings that somebody answers for not counting: named by rule and place, with a reason, an owner and an end.
import { readFileSync } from 'node:fs';
import ignore from 'ignore';
import { parse } from 'yaml';
import { z } from 'zod';
import { AncileError } from '../base/index.ts';
import type { FileReport, ScanFinding } from '../contract/index.ts';
import { toLocalPath } from './local-path.ts';
import { toVerdict } from './verdict.ts';

const Suppression = z.strictObject({
  /** A rule's id. */
  rule: z.string().min(1),
  /** Which files, as a line of `.gitignore` would name them; relative to the working folder. */
  path: z.string().min(1),
  /** Only this very content, by its SHA-256: a changed file is looked at anew. */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'expected 64 hex digits in lower case')
    .optional(),
  reason: z.string().min(10, 'say in a sentence why this does not count'),
  owner: z.string().min(1),
  /** The last day on which it holds, `YYYY-MM-DD`. */
  expires: z.iso.date('expected a day such as 2027-03-31'),
});
const SuppressionFile = z.strictObject({ suppressions: z.array(Suppression) });
export type Suppression = z.infer<typeof Suppression> & { readonly matches: (path: string) => boolean };

/** @throws AncileError `config_invalid` that names file and field */
export function readSuppressions(path: string): Suppression[] {
  let content: unknown;
  try {
    content = parse(readFileSync(path, 'utf8'), { maxAliasCount: 0 });
  } catch (thrown) {
    throw new AncileError('config_invalid', 'the suppressions cannot be read', { at: path, cause: thrown });
  }
  const file = SuppressionFile.safeParse(content);
  if (!file.success) {
    const issue = file.error.issues[0]!;
    throw new AncileError('config_invalid', `${path}: ${issue.path.join('.') || 'the file'}: ${issue.message}`, {
      at: path,
      hint: 'Each needs rule, path, reason, owner and expires; see docs/guides/scan.md.',
    });
  }
  return file.data.suppressions.map((each) => {
    const paths = ignore().add(each.path);
    return { ...each, matches: (path) => isRelative(path) && paths.ignores(path) };
  });
}

/** Whether the patterns of `.gitignore` can speak of a path: it lies within the working folder. */
export const isRelative = (path: string): boolean => ignore.isPathValid(path);

/**
 * Marks what is suppressed and judges the file by the rest.
 * @param today - `YYYY-MM-DD`
 * @param used - gets the suppressions that were needed
 */
export function suppress(
  report: FileReport,
  suppressions: readonly Suppression[],
  today: string,
  used: Set<Suppression>,
): FileReport {
  const here = suppressions.filter(
    ({ matches, sha256, expires }) =>
      matches(toLocalPath(report.path)) && expires >= today && (sha256 === undefined || sha256 === report.sha256),
  );
  if (here.length === 0) return report;
  const findings = report.findings.map((finding): ScanFinding => {
    const by = here.find(({ rule }) => rule === finding.rule);
    if (by === undefined) return finding;
    used.add(by);
    return { ...finding, suppressed: { reason: by.reason, owner: by.owner, expires: by.expires } };
  });
  const counted = findings.filter(({ suppressed }) => suppressed === undefined);
  return { ...report, findings, verdict: toVerdict(counted, report.unseen) };
}
