// What monitoring saw, what became of it, and what was done about it.
import type { LedgerRecord } from '../../contract/index.ts';
import type { Described } from './described.ts';

type Of<K extends LedgerRecord['kind']> = Extract<LedgerRecord, { kind: K }>;

export function detection(record: Of<'detection'>): Described {
  const { involved } = record;
  const { principal, session, tenant, model, server, tool, route } = involved;
  return {
    family: 'detection',
    activity: 'create',
    severity: record.severity,
    outcome: 'unknown',
    title: 'A monitoring rule was met',
    ...(principal === undefined ? {} : { actor: { id: principal, tenant } }),
    subject: { type: 'rule', id: record.rule },
    correlation: record.detection,
    session,
    model,
    // The rule stands where the rules of findings stand, so that every form names it.
    findings: [
      {
        rule: record.rule,
        class: record.rule.split('.')[0]!,
        severity: record.severity,
        score: 1,
        techniques: record.techniques,
      },
    ],
    details: {
      name: record.title,
      count: record.count,
      since: record.since,
      until: record.until,
      detail: record.detail,
      server,
      tool,
      route,
    },
  };
}

const WORDS: Readonly<Record<Of<'incident'>['event'], string>> = {
  opened: 'opened',
  joined: 'a further detection',
  state: 'its state',
  owner: 'its owner',
  severity: 'its severity',
  note: 'a note',
  facts: 'facts',
  playbook: 'a playbook',
};

export function incident(record: Of<'incident'>): Described {
  const { involved } = record;
  const isOver = record.event === 'state' && record.state === 'closed';
  return {
    family: 'incident',
    activity: record.event === 'opened' ? 'create' : isOver ? 'delete' : 'update',
    severity: record.severity,
    outcome: 'unknown',
    title: `An incident: ${WORDS[record.event]}`,
    actor: { id: record.actor },
    subject: { type: 'incident', id: record.incident },
    correlation: record.incident,
    session: involved?.session,
    model: involved?.model,
    techniques: record.techniques,
    ...(isOver ? { ends: true as const } : {}),
    details: {
      name: record.title,
      event: record.event,
      state: record.state,
      owner: record.owner,
      detection: record.detection,
      principal: involved?.principal,
    },
  };
}

export function containment(record: Of<'containment'>): Described {
  const { outcome, target } = record;
  const isOver = outcome === 'lifted' || outcome === 'expired' || outcome === 'refused';
  const aims = Object.entries(target).map(([name, value]) => `${name}=${value}`);
  return {
    family: 'api',
    activity: isOver ? 'delete' : 'create',
    severity: outcome === 'effective' ? 'high' : 'medium',
    outcome: outcome === 'refused' ? 'failure' : 'success',
    title: `Containment ${record.action}: ${outcome}`,
    actor: { id: record.actor },
    subject: { type: 'containment', id: record.containment },
    correlation: record.incident ?? record.containment,
    reason: record.reason === '' ? undefined : record.reason,
    ...(isOver ? { ends: true as const } : {}),
    details: {
      action: record.action,
      target: aims.length === 0 ? 'everything' : aims.join(' '),
      expires: record.expires,
      cut: record.cut,
      effectMs: record.effectMs,
    },
  };
}
