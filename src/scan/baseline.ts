// What was there before: findings by fingerprint, so that a gate fails on new ones only.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { AncileError } from '../base/index.ts';
import { parseJson } from '../codec/index.ts';
import type { FileReport, ScanFinding } from '../contract/index.ts';
import { toLocalPath } from './local-path.ts';

const Baseline = z.strictObject({
  version: z.literal(1),
  findings: z.array(z.strictObject({ fingerprint: z.string(), path: z.string(), rule: z.string() })),
});

/**
 * The same finding at another offset or in another order is the same; another call or another file is not. Of what is not
 * shown whole, the rest could be another: it is the same in the same content only.
 */
export function fingerprint({ path, sha256 }: FileReport, { rule, member, message, evidence }: ScanFinding): string {
  const parts = [toLocalPath(path), rule, member ?? '', message, evidence ?? ''];
  if (parts.some((part) => part.includes('…'))) parts.push(sha256 ?? '');
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

/** @throws AncileError `config_invalid` */
export function readBaseline(path: string): ReadonlySet<string> {
  let content: unknown;
  try {
    content = parseJson(readFileSync(path), { what: path, maxBytes: 100_000_000 });
  } catch (thrown) {
    throw new AncileError('config_invalid', 'the baseline cannot be read', {
      at: path,
      cause: thrown,
      hint: 'Write one with --write-baseline.',
    });
  }
  const file = Baseline.safeParse(content);
  if (!file.success) {
    throw new AncileError('config_invalid', 'this is no baseline', {
      at: path,
      hint: 'Write one with --write-baseline.',
    });
  }
  return new Set(file.data.findings.map((each) => each.fingerprint));
}

/** A baseline of all that counts, as text. */
export function renderBaseline(files: readonly FileReport[]): string {
  const findings = files.flatMap((file) =>
    file.findings
      .filter(({ suppressed }) => suppressed === undefined)
      .map((finding) => ({
        fingerprint: fingerprint(file, finding),
        path: toLocalPath(file.path),
        rule: finding.rule,
      })),
  );
  return `${JSON.stringify({ version: 1, findings }, undefined, 1)}\n`;
}

/** Marks what stands in the baseline. */
export function markKnown(report: FileReport, baseline: ReadonlySet<string>): FileReport {
  const findings = report.findings.map((finding): ScanFinding =>
    baseline.has(fingerprint(report, finding)) ? { ...finding, known: true } : finding,
  );
  return { ...report, findings };
}
