// SARIF 2.1.0, as code scanning of GitHub takes it.
// Source: OASIS SARIF 2.1.0; docs.github.com, "SARIF support for code scanning".
import type { FileReport, ScanFinding, ScanReport, Severity } from '../../contract/index.ts';
import { fingerprint } from '../baseline.ts';
import { toLocalPath } from '../local-path.ts';
import type { ScanRule } from '../rule.ts';

const LEVELS: Record<Severity, 'note' | 'warning' | 'error'> = {
  info: 'note',
  low: 'note',
  medium: 'warning',
  high: 'error',
  critical: 'error',
};

/** GitHub sorts by this number: over 9 critical, over 7 high, over 4 medium. */
const SCORES: Record<Severity, string> = { info: '0.0', low: '2.0', medium: '5.5', high: '8.0', critical: '9.5' };

/** A path as a URI reference, its segments encoded. Names on Windows may hold half a character, which no URI can. */
const toUri = (path: string): string => toLocalPath(path).toWellFormed().split('/').map(encodeURIComponent).join('/');

function toResult(file: FileReport, finding: ScanFinding, ruleIndex: number): object {
  const where = finding.member === undefined ? '' : ` (in ${finding.member})`;
  // A binary has no lines; code scanning wants one.
  const region = {
    startLine: finding.line ?? 1,
    ...(finding.offset === undefined ? {} : { byteOffset: finding.offset }),
  };
  return {
    ruleId: finding.rule,
    ruleIndex,
    level: LEVELS[finding.severity],
    message: { text: `${finding.message}${where}` },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: toUri(file.path) }, region },
        ...(finding.member === undefined ? {} : { logicalLocations: [{ fullyQualifiedName: finding.member }] }),
      },
    ],
    partialFingerprints: { 'ancile/v1': fingerprint(file.path, finding) },
    ...(finding.known === true ? { baselineState: 'unchanged' } : {}),
    ...(finding.suppressed === undefined
      ? {}
      : { suppressions: [{ kind: 'external', status: 'accepted', justification: finding.suppressed.reason }] }),
    properties: {
      severity: finding.severity,
      verdict: file.verdict,
      ...(finding.capability === undefined ? {} : { capability: finding.capability }),
      ...(finding.techniques.length === 0 ? {} : { techniques: finding.techniques }),
    },
  };
}

/** @returns the log as a value; only the rules that were found are in it */
export function toSarif(report: ScanReport, rules: ReadonlyMap<string, ScanRule>): object {
  const used = [...new Set(report.files.flatMap(({ findings }) => findings.map(({ rule }) => rule)))].sort();
  const index = new Map(used.map((id, at) => [id, at]));
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'Ancile',
            semanticVersion: report.tool.version,
            rules: used.map((id) => {
              const { title, help, severity, techniques } = rules.get(id)!;
              return {
                id,
                name: id,
                shortDescription: { text: title },
                fullDescription: { text: help },
                help: { text: help },
                defaultConfiguration: { level: LEVELS[severity] },
                properties: { tags: ['security', ...techniques], 'security-severity': SCORES[severity] },
              };
            }),
          },
        },
        columnKind: 'utf16CodeUnits',
        invocations: [
          {
            executionSuccessful: true,
            toolExecutionNotifications: report.files.flatMap(({ path, unseen }) =>
              unseen.map(({ reason, member }) => ({
                level: 'warning',
                message: { text: `not analyzed${member === undefined ? '' : ` (${member})`}: ${reason}` },
                locations: [{ physicalLocation: { artifactLocation: { uri: toUri(path) } } }],
              })),
            ),
          },
        ],
        artifacts: report.files.map(({ path, size, sha256 }) => ({
          location: { uri: toUri(path) },
          length: size,
          ...(sha256 === undefined ? {} : { hashes: { 'sha-256': sha256 } }),
        })),
        results: report.files.flatMap((file) =>
          file.findings.map((finding) => toResult(file, finding, index.get(finding.rule)!)),
        ),
      },
    ],
  };
}
