// What records add to the figures: exchanges, decisions, findings, times, tokens, refusals, detections.
import type { StoredRecord } from '../ledger/index.ts';
import type { Opened } from './event.ts';
import type { Figures } from './figures.ts';

/** Seconds. Of the GenAI semantic conventions (`gen_ai.client.operation.duration`). */
const SECONDS = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
/** Of the same (`gen_ai.client.token.usage`). */
const TOKENS = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576];

/** @returns hears every record, with the opening of its exchange */
export function createRecordFigures(figures: Figures): (record: StoredRecord, opened: Opened | undefined) => void {
  const counter = (name: string, help: string, labels: readonly string[]) =>
    figures.family({ name, help, type: 'counter', labels });
  const exchanges = counter('ancile_exchanges_total', 'Exchanges that ended.', ['surface', 'route', 'outcome']);
  const decisions = counter('ancile_decisions_total', 'Decisions, by direction.', ['direction', 'action']);
  const findings = counter('ancile_findings_total', 'Findings, by direction and class.', ['direction', 'class']);
  const duration = figures.family({
    name: 'ancile_exchange_duration_seconds',
    help: 'From a request read to its end on record.',
    type: 'histogram',
    labels: ['surface', 'route'],
    buckets: SECONDS,
  });
  const tokens = figures.family({
    name: 'ancile_tokens',
    help: 'Tokens of an exchange.',
    type: 'histogram',
    labels: ['route', 'type'],
    buckets: TOKENS,
  });
  const cost = counter('ancile_cost_dollars_total', 'What exchanges cost, US dollars.', ['route']);
  const refusals = counter('ancile_refusals_total', 'Requests refused before they became an exchange.', ['reason']);
  const attempts = counter('ancile_upstream_attempts_total', 'Askings of upstreams beyond the first.', [
    'upstream',
    'why',
  ]);
  const calls = counter('ancile_tool_calls_total', 'Rulings on calls of tools.', ['server', 'action']);
  const pulls = counter('ancile_model_pulls_total', 'Files of models that were asked for.', ['outcome']);
  const detections = counter('ancile_detections_total', 'Monitoring rules that were met.', ['rule', 'severity']);
  const incidents = counter('ancile_incident_events_total', 'What happened to incidents.', ['event']);
  const containments = counter('ancile_containments_total', 'Containments, by what they do and what came of it.', [
    'action',
    'outcome',
  ]);

  return (record, opened) => {
    switch (record.kind) {
      case 'exchange.opened':
        decisions.add(['input', record.decision.action]);
        for (const finding of record.findings) findings.add(['input', finding.class]);
        if (record.call !== undefined) calls.add([record.call.server ?? '', record.call.action]);
        return;
      case 'exchange.closed': {
        const { surface = 'unknown', route = 'unknown' } = opened?.exchange ?? {};
        exchanges.add([surface, route, record.outcome]);
        duration.observe([surface, route], record.durationMs / 1000);
        if (record.decision !== undefined) decisions.add(['output', record.decision.action]);
        for (const finding of record.findings) findings.add(['output', finding.class]);
        for (const call of record.calls ?? []) calls.add([call.server ?? '', call.action]);
        for (const { upstream, why } of record.attempts ?? []) if (why !== 'first') attempts.add([upstream, why]);
        const { inputTokens, outputTokens, costMicros } = record.usage;
        if (surface !== 'mcp') {
          tokens.observe([route, 'input'], inputTokens);
          tokens.observe([route, 'output'], outputTokens);
        }
        if (costMicros > 0) cost.add([route], costMicros / 1e6);
        return;
      }
      case 'access.refused':
        refusals.add([record.reason], record.count);
        return;
      case 'artifact.pull':
        pulls.add([record.outcome]);
        return;
      case 'detection':
        detections.add([record.rule, record.severity]);
        return;
      case 'incident':
        incidents.add([record.event]);
        return;
      case 'containment':
        containments.add([record.action, record.outcome]);
        return;
      default:
        return;
    }
  };
}
