// Record -> event. The one place that a new kind of record is added to: the table is total, so that a kind without a row
// does not compile. Records of kinds that this version does not know (a later one wrote them) are told of by what all have.
import { type ExportEvent, type LedgerRecord, RECORD_KINDS, carriedOf } from '../../contract/index.ts';
import { bounded } from './bounds.ts';
import type { Described } from './described.ts';
import { approval, exchangeClosed, exchangeOpened, feedback, grant } from './exchanges.ts';
import { imported } from './imported.ts';
import { containment, detection, incident } from './incidents.ts';
import { forwarded, nodeStream } from './nodes.ts';
import {
  admissionReview,
  artifactPull,
  artifactPush,
  modelEvidence,
  modelState,
  registryEvent,
  toolDefinition,
} from './models.ts';
import { accessRefused, adminChange, nodeState, session } from './people.ts';

type Table = { readonly [K in LedgerRecord['kind']]: (record: Extract<LedgerRecord, { kind: K }>) => Described };

const TABLE: Table = {
  'exchange.opened': exchangeOpened,
  'exchange.closed': exchangeClosed,
  'access.refused': accessRefused,
  'admin.change': adminChange,
  'node.state': nodeState,
  approval,
  grant,
  feedback,
  session,
  'artifact.pull': artifactPull,
  'artifact.push': artifactPush,
  'model.state': modelState,
  'model.evidence': modelEvidence,
  'admission.review': admissionReview,
  'registry.event': registryEvent,
  'tool.definition': toolDefinition,
  detection,
  incident,
  containment,
  forwarded,
  'node.stream': nodeStream,
  imported,
};

const unknownKind = (): Described => ({
  family: 'other',
  activity: 'other',
  severity: 'info',
  outcome: 'unknown',
  title: 'A record of a kind that this version does not know',
});

/**
 * The id of a record's event: the same whenever it is made. The time is in it because a ledger that was restored from a
 * backup goes on with numbers that were given before: what a receiver takes for a copy must be one.
 */
function eventId({ node, seq, time }: { readonly node: string; readonly seq: number; readonly time: string }): string {
  return `${node}-${seq}-${Date.parse(time).toString(36)}`;
}

/** What is told of a record, by its kind. */
function describe(record: LedgerRecord): Described {
  if (!(RECORD_KINDS as readonly string[]).includes(record.kind)) return unknownKind();
  return (TABLE[record.kind] as (record: LedgerRecord) => Described)(record);
}

/** As what it carries, and as nothing that happened here. */
function describeCarried(record: Extract<LedgerRecord, { kind: 'forwarded' }>): Described {
  const own = forwarded(record);
  const inner = carriedOf(record);
  if (inner === undefined) return own;
  const said = describe(inner.record);
  return {
    ...said,
    title: `Forwarded from ${inner.origin}: ${said.title}`,
    details: { ...said.details, ...own.details, carried: inner.record.kind, happened: inner.record.time },
    ...(said.correlation === undefined ? {} : { correlation: `${inner.origin}/${said.correlation}` }),
  };
}

/** What a sink is given of a record. Pure. */
export function toEvent(record: LedgerRecord & { readonly seq: number }): ExportEvent {
  const { seq, node, time, kind } = record;
  return bounded(
    { id: eventId(record), seq, node, time, kind },
    record.kind === 'forwarded' ? describeCarried(record) : describe(record),
  );
}
