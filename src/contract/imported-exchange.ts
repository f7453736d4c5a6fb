// What rules see of an imported call: the opening and the closing of an exchange as it would have been through the gateway.
import type { ImportedRecord } from './imported.ts';
import type { ExchangeClosed, ExchangeOpened } from './record.ts';

/** The name of the stream that a call belongs to. */
export const importOrigin = ({ service, account }: Pick<ImportedRecord, 'service' | 'account'>): string =>
  `${service}:${account}`;

/** What a call is known by. The time is in it: some services give calls of one transaction one id. */
export const importKey = ({
  service,
  account,
  event,
  happened,
}: Pick<ImportedRecord, 'service' | 'account' | 'event' | 'happened'>): string =>
  JSON.stringify([service, account, event, happened]);

/** Whether a call failed there, by its error or its status. */
export const hasFailed = ({ error, status = 200 }: Pick<ImportedRecord, 'error' | 'status'>): boolean =>
  error !== undefined || status >= 400;

/** An imported call as two records of its stream, on the log's time. */
export function importedAsExchange(record: ImportedRecord): [ExchangeOpened, ExchangeClosed] {
  const { service, event, happened, model, operation, findings, network, status = 200 } = record;
  const id = `${service}:${event}`;
  const principal = record.principal ?? 'unknown';
  const head = { time: happened, node: importOrigin(record) };
  const opened: ExchangeOpened = {
    ...head,
    kind: 'exchange.opened',
    exchange: {
      id,
      // Whatever it was spoken in, it was not through a surface of this gateway.
      surface: 'library',
      principal: { id: principal, kind: 'service', name: principal, tenant: record.account },
      route: operation,
      model,
      upstream: service,
      stream: false,
    },
    inputDigest: record.inputDigest ?? '',
    segments: 0,
    findings: findings.filter(({ channel }) => channel !== 'output'),
    decision: { action: 'allow', policies: [], stages: [], policyVersion: '' },
    ...(network === undefined ? {} : { network }),
  };
  const closed: ExchangeClosed = {
    ...head,
    kind: 'exchange.closed',
    exchange: id,
    principal,
    outcome: hasFailed(record) ? 'upstream_error' : 'completed',
    status,
    findings: findings.filter(({ channel }) => channel === 'output'),
    usage: {
      inputTokens: record.inputTokens ?? 0,
      outputTokens: record.outputTokens ?? 0,
      costMicros: 0,
      estimated: false,
    },
    durationMs: record.durationMs ?? 0,
    ...(record.error === undefined ? {} : { reason: record.error }),
  };
  return [opened, closed];
}
