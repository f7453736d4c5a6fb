// Exchanges, tool calls, and what people decide on them.
import type { Action, LedgerRecord, ToolRuling } from '../../contract/index.ts';
import { isDenial, stricter } from '../../contract/index.ts';
import { type Described, severityOf, withoutEvidence, worst } from './described.ts';

type Of<K extends LedgerRecord['kind']> = Extract<LedgerRecord, { kind: K }>;

const WORDS: Readonly<Record<Action, string>> = {
  allow: 'was let through',
  flag: 'was flagged',
  redact: 'was let through redacted',
  hold: 'was held for approval',
  block: 'was blocked',
};

/** Something was seen or stopped, so it is not only a call. */
const isDetection = (action: Action, findings: number): boolean => findings > 0 || action !== 'allow';

const concernsOf = (calls: readonly ToolRuling[]): string | undefined =>
  [...new Set(calls.flatMap(({ concerns }) => concerns))].join(' ') || undefined;

export function exchangeOpened(record: Of<'exchange.opened'>): Described {
  const { exchange, decision, call } = record;
  const findings = record.findings.map(withoutEvidence);
  const action = call === undefined ? decision.action : stricter(decision.action, call.action);
  const what = exchange.surface === 'mcp' || call !== undefined ? 'A tool call' : 'A request to a model';
  return {
    family: isDetection(action, findings.length) ? 'detection' : 'api',
    activity: 'create',
    severity: worst(severityOf(action), ...findings.map(({ severity }) => severity)),
    outcome: isDenial(action) ? 'failure' : 'success',
    title: `${what} ${WORDS[action]}`,
    action,
    actor: exchange.principal,
    subject: { type: call === undefined ? 'model' : 'tool', id: call?.tool ?? exchange.model },
    correlation: exchange.id,
    session: exchange.session,
    surface: exchange.surface,
    model: exchange.model,
    upstream: exchange.upstream,
    findings,
    policies: [...decision.policies, ...(call?.policies ?? [])],
    details: {
      direction: 'input',
      route: exchange.route,
      stream: exchange.stream,
      segments: record.segments,
      inputDigest: record.inputDigest,
      policyVersion: decision.policyVersion,
      capabilities: record.capabilities?.join(' '),
      failedStages: decision.stages
        .filter(({ status }) => status === 'failed')
        .map(({ stage }) => stage)
        .join(' '),
      ...(call && { server: call.server, effect: call.effect, flowMode: call.mode, concerns: concernsOf([call]) }),
    },
  };
}

export function exchangeClosed(record: Of<'exchange.closed'>): Described {
  const { outcome, decision, usage } = record;
  const findings = record.findings.map(withoutEvidence);
  const calls = record.calls ?? [];
  const action = calls.reduce((most, call) => stricter(most, call.action), decision?.action ?? 'allow');
  const failed = outcome === 'fault' || outcome === 'revoked' ? 'medium' : 'info';
  const denied = outcome === 'denied_input' || outcome === 'denied_output';
  return {
    family: isDetection(action, findings.length) ? 'detection' : 'api',
    // What ended is the call that `opened` made.
    activity: isDetection(action, findings.length) ? 'create' : 'update',
    severity: worst(failed, severityOf(action), ...findings.map(({ severity }) => severity)),
    outcome: outcome === 'completed' ? 'success' : 'failure',
    title: denied
      ? `An exchange was denied at its ${outcome === 'denied_input' ? 'input' : 'output'}`
      : outcome === 'completed'
        ? `An answer ${WORDS[action]}`
        : `An exchange ended: ${outcome.replace('_', ' ')}`,
    action,
    actor: { id: record.principal },
    correlation: record.exchange,
    inputTokens: usage.inputTokens,
    outputTokens: usage.outputTokens,
    durationMs: record.durationMs,
    status: record.status,
    reason: record.reason,
    findings,
    policies: [...(decision?.policies ?? []), ...calls.flatMap(({ policies }) => policies)],
    details: {
      direction: 'output',
      outcome,
      costMicros: usage.costMicros,
      outputDigest: record.outputDigest,
      policyVersion: decision?.policyVersion,
      tools: [...new Set(calls.map(({ tool }) => tool))].join(' '),
      concerns: concernsOf(calls),
      attempts: record.attempts?.length,
    },
  };
}

export function approval(record: Of<'approval'>): Described {
  const { state, actor } = record;
  return {
    family: 'api',
    activity: state === 'pending' ? 'create' : 'update',
    severity: state === 'pending' ? 'medium' : 'info',
    outcome: state === 'denied' || state === 'expired' ? 'failure' : 'success',
    title: state === 'pending' ? 'A held exchange waits for approval' : `A held exchange: ${state}`,
    actor: { id: actor ?? record.principal },
    subject: { type: 'approval', id: record.approval },
    correlation: record.exchange,
    ...(state === 'pending' ? {} : { ends: true as const }),
    details: { direction: record.direction, state, principal: record.principal, digest: record.digest },
  };
}

export function grant(record: Of<'grant'>): Described {
  const { state, actor, principal, capability } = record;
  return {
    family: 'api',
    activity: state === 'made' ? 'create' : 'delete',
    severity: state === 'made' ? 'medium' : 'info',
    outcome: 'success',
    title: state === 'made' ? 'Calls like a held one were let pass for a time' : 'A grant was taken back',
    actor: { id: actor },
    subject: { type: 'grant', id: record.grant },
    correlation: record.grant,
    session: record.session,
    ...(state === 'made' ? {} : { ends: true as const }),
    details: { principal, tool: capability, any: record.any.join(' '), expires: record.expires, uses: record.uses },
  };
}

export function feedback(record: Of<'feedback'>): Described {
  return {
    family: 'api',
    activity: record.verdict === 'withdrawn' ? 'delete' : 'create',
    severity: 'info',
    outcome: 'success',
    title: `Feedback on a finding: ${record.verdict}`,
    actor: { id: record.actor },
    subject: { type: 'feedback', id: record.feedback },
    correlation: record.exchange,
    details: { verdict: record.verdict, label: record.label, rule: record.rule, score: record.score },
  };
}
