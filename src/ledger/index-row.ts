// A record as a row of the search index: what it can be found by, nothing more.
import type { RecordRow } from '../store/index.ts';
import type { StoredRecord } from './record-line.ts';

export interface IndexEntry {
  readonly row: RecordRow;
  readonly classes: readonly string[];
}

type Columns = Partial<Omit<RecordRow, 'seq' | 'time' | 'kind' | 'classes' | 'rules'>>;

function toColumns(record: StoredRecord): Columns {
  switch (record.kind) {
    case 'exchange.opened': {
      const { id, principal, route, model, surface } = record.exchange;
      const who = { principal: principal.id, tenant: principal.tenant };
      return { exchange: id, ...who, route, model, surface, action: record.decision.action };
    }
    case 'exchange.closed':
      return {
        exchange: record.exchange,
        principal: record.principal,
        action: record.decision?.action ?? null,
        outcome: record.outcome,
      };
    case 'access.refused':
      return { outcome: record.reason };
    case 'admin.change':
      return { principal: record.actor, action: record.action, outcome: record.outcome };
    case 'node.state':
      return { outcome: record.state };
  }
}

const NOTHING: Required<Columns> = {
  exchange: null,
  principal: null,
  tenant: null,
  route: null,
  model: null,
  surface: null,
  action: null,
  outcome: null,
};

export function toIndexEntry(record: StoredRecord): IndexEntry {
  const findings = 'findings' in record ? record.findings : [];
  const classes = [...new Set(findings.map((finding) => finding.class))];
  const rules = [...new Set(findings.map((finding) => finding.rule))];
  const { seq, time, kind } = record;
  const lists = { classes: JSON.stringify(classes), rules: JSON.stringify(rules) };
  return { row: { ...NOTHING, ...toColumns(record), seq, time, kind, ...lists }, classes };
}
