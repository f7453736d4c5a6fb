// A call that another service logged: told as a call of its model there, never as one of this gateway.
import { type LedgerRecord, hasFailed, importOrigin } from '../../contract/index.ts';
import { type Described, withoutEvidence, worst } from './described.ts';

export function imported(record: Extract<LedgerRecord, { kind: 'imported' }>): Described {
  const findings = record.findings.map(withoutEvidence);
  const origin = importOrigin(record);
  const id = `${origin}/${record.principal ?? 'unknown'}`;
  return {
    family: findings.length > 0 ? 'detection' : 'api',
    activity: 'create',
    severity: worst(...findings.map(({ severity }) => severity)),
    outcome: hasFailed(record) ? 'failure' : 'success',
    title: `Imported from ${record.service}: a model call`,
    actor: { id },
    subject: { type: 'model', id: record.model },
    correlation: `${origin}/${record.event}`,
    model: record.model,
    findings,
    details: {
      happened: record.happened,
      operation: record.operation,
      status: record.status,
      error: record.error,
      inputTokens: record.inputTokens,
      outputTokens: record.outputTokens,
      durationMs: record.durationMs,
      unread: record.unread.join(' ') || undefined,
    },
  };
}
