// A scan's report as CycloneDX: what was looked at, with its digest and its verdict. Findings are properties: a finding says what
// a file would do, and is no vulnerability that anybody has registered.
import type { FileReport, InventoryItem, ScanReport } from '../../contract/index.ts';
import { show } from '../../scan/index.ts';
import { type Component, toDocument } from './cyclonedx.ts';
import type { Draft } from './document.ts';

const MOST_FINDINGS = 50;

/** Kinds of the inventory that CycloneDX has components for. */
const TYPES: Partial<Record<InventoryItem['kind'], string>> = {
  dataset: 'data',
  sdk: 'library',
  prompt: 'data',
  agent: 'application',
  tool: 'application',
};

const property = (name: string, value: string): Draft => ({ name: `ancile:${name}`, value });

function file({ path, format, verdict, size, sha256, findings, unseen }: FileReport): Component {
  const counted = findings.filter(({ suppressed }) => suppressed === undefined);
  const lines = counted.map(
    ({ severity, rule, member }) => `${severity} ${rule}${member === undefined ? '' : ` in ${member}`}`,
  );
  return {
    type: 'file',
    'bom-ref': `file:${show(path, 1000)}`,
    name: show(path, 1000),
    hashes: sha256 === undefined ? [] : [{ alg: 'SHA-256', content: sha256 }],
    properties: [
      property('verdict', verdict),
      property('format', format),
      property('size', String(size)),
      ...[...new Set(lines)].slice(0, MOST_FINDINGS).map((line) => property('finding', line)),
      ...unseen.map(({ reason }) => property('unseen', reason)),
    ],
  };
}

const item = ({ kind, name, detail, paths }: InventoryItem): Component => ({
  type: TYPES[kind],
  'bom-ref': `${kind}:${name}`,
  name,
  description: detail,
  evidence: { occurrences: paths.map((path) => ({ location: show(path, 1000) })) },
});

/** @param timestamp - ISO 8601 in UTC */
export function scanToCyclonedx(report: ScanReport, timestamp: string): object {
  const { files, inventory, summary, notes, tool } = report;
  const known = inventory.filter(({ kind }) => TYPES[kind] !== undefined);
  const counts = (['clean', 'suspicious', 'malicious', 'unanalyzed'] as const).map((verdict) =>
    property(`files:${verdict}`, String(summary[verdict])),
  );
  return toDocument(
    [...files.filter(({ format }) => format !== 'repository').map(file), ...known.map(item)],
    { properties: [...counts, ...notes.map((note) => property('note', note))] },
    { toolVersion: tool.version, timestamp },
  );
}
