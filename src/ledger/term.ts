// Terms: what a record or an exchange can be found by. A term is a value of a field.
import { importKey, importOrigin } from '../contract/index.ts';
import { type IndexedExchange } from './exchange-state.ts';
import type { StoredRecord } from './record-line.ts';

/** Fields of exchanges, found at the seq of the opened record, and those of single records. */
export const FIELDS = [
  'principal',
  'name',
  'route',
  'model',
  'surface',
  'action',
  'outcome',
  'class',
  'rule',
  'record.kind',
  'record.principal',
  'record.action',
  'record.class',
  'record.model',
  'record.incident',
] as const;
export type Field = (typeof FIELDS)[number];

export interface Term {
  readonly field: Field;
  readonly value: string;
}

/** The outcome of an exchange that is under way. */
export const UNDER_WAY = '';

/** Fields that a word of a search is the beginning of. */
export const WORD_FIELDS = ['name', 'model', 'route', 'rule'] as const satisfies readonly Field[];

/** Sessions share this many terms: each has few exchanges, and a row of its own in every block would cost more. */
const SESSION_TERMS = 4096;

/** The number of the term that stands for a session among others: negative, so that no other term has it. */
export function sessionTerm(session: string): number {
  // FNV-1a: the session is a keyed digest already, so that nobody can aim for one number.
  let hash = 0x811c9dc5;
  for (let i = 0; i < session.length; i++) hash = Math.imul(hash ^ session.charCodeAt(i), 0x01000193);
  return -1 - ((hash >>> 0) % SESSION_TERMS);
}

export function exchangeTerms({ state }: IndexedExchange): Term[] {
  const terms: Term[] = [
    { field: 'principal', value: state.principal },
    { field: 'name', value: state.principalName },
    { field: 'route', value: state.route },
    { field: 'model', value: state.model },
    { field: 'surface', value: state.surface },
    { field: 'action', value: state.action },
    { field: 'outcome', value: state.outcome ?? UNDER_WAY },
  ];
  for (const value of state.classes) terms.push({ field: 'class', value });
  for (const value of state.rules) terms.push({ field: 'rule', value });
  return terms;
}

function principalOf(record: StoredRecord): string | undefined {
  switch (record.kind) {
    case 'exchange.opened':
      return record.exchange.principal.id;
    case 'exchange.closed':
    case 'approval':
    case 'grant':
    case 'feedback':
    case 'access.refused':
    case 'artifact.pull':
    case 'artifact.push':
    case 'admission.review':
      return record.principal;
    case 'model.state':
    case 'model.evidence':
    case 'admin.change':
    case 'session':
      return record.actor;
    case 'node.state':
    case 'registry.event':
    case 'tool.definition':
    case 'node.stream':
      return undefined;
    // By the node that it is of: its own principals are of there.
    case 'forwarded':
      return record.origin.node;
    // Nobody of here: what is of an account is found by its stream.
    case 'imported':
      return importOrigin(record);
    case 'detection':
      return record.involved.principal;
    case 'incident':
    case 'containment':
      return record.actor;
  }
}

function actionOf(record: StoredRecord): string | undefined {
  if (record.kind === 'exchange.opened' || record.kind === 'exchange.closed') return record.decision?.action;
  if (record.kind === 'model.state') return record.to;
  if (record.kind === 'registry.event' || record.kind === 'tool.definition') return record.outcome;
  if (record.kind === 'detection') return record.rule;
  if (record.kind === 'incident' || record.kind === 'node.stream') return record.event;
  return 'action' in record ? record.action : undefined;
}

/** The exchange that a record is about. */
export function exchangeOf(record: StoredRecord): string | null {
  switch (record.kind) {
    case 'exchange.opened':
      return record.exchange.id;
    case 'exchange.closed':
    case 'approval':
    case 'grant':
    case 'feedback':
      return record.exchange;
    // So that one that is brought in again is known by one look.
    case 'imported':
      return importKey(record);
    default:
      return null;
  }
}

export function recordTerms(record: StoredRecord): Term[] {
  const terms: Term[] = [{ field: 'record.kind', value: record.kind }];
  const principal = principalOf(record);
  if (principal !== undefined) terms.push({ field: 'record.principal', value: principal });
  const action = actionOf(record);
  if (action !== undefined) terms.push({ field: 'record.action', value: action });
  if ('model' in record && record.model !== undefined) terms.push({ field: 'record.model', value: record.model });
  if ('incident' in record && record.incident !== undefined) {
    terms.push({ field: 'record.incident', value: record.incident });
  }
  if ('findings' in record) {
    const classes = new Set(record.findings.map((finding) => finding.class));
    for (const value of classes) terms.push({ field: 'record.class', value });
  }
  return terms;
}
