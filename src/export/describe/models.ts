// Model files, registries, clusters and tool servers.
import type { EventFinding, LedgerRecord } from '../../contract/index.ts';
import { type Described, severityOf, withoutEvidence, worst } from './described.ts';

type Of<K extends LedgerRecord['kind']> = Extract<LedgerRecord, { kind: K }>;

const named = (ids: readonly string[] | undefined, action: Described['action'], reason = ''): Described['policies'] =>
  ids?.map((id) => ({ id, action: action ?? 'allow', reason }));

export function artifactPull(record: Of<'artifact.pull'>): Described {
  const unusual = (record.unusual ?? []).map(({ rule, severity }): EventFinding => ({
    rule,
    class: 'artifact',
    severity,
    score: 1,
    techniques: [],
  }));
  const refused = record.outcome === 'refused';
  return {
    family: refused || unusual.length > 0 ? 'detection' : 'api',
    activity: refused || unusual.length > 0 ? 'create' : 'read',
    severity: worst(refused ? 'medium' : 'info', ...unusual.map(({ severity }) => severity)),
    outcome: record.outcome === 'served' ? 'success' : 'failure',
    title: `A file of a model: ${record.outcome}`,
    action: record.action,
    actor: { id: record.principal },
    subject: { type: 'model', id: record.model },
    correlation: record.pull,
    reason: record.reason,
    findings: unusual,
    policies: named(record.policies, record.action),
    details: { file: record.file, sha256: record.sha256, bytes: record.bytes, outcome: record.outcome },
  };
}

export function artifactPush(record: Of<'artifact.push'>): Described {
  const refused = record.outcome === 'refused';
  return {
    family: refused ? 'detection' : 'api',
    activity: 'create',
    severity: refused ? 'high' : 'info',
    outcome: record.outcome === 'sent' ? 'success' : 'failure',
    title: `A model was pushed: ${record.outcome}`,
    action: record.action,
    actor: { id: record.principal },
    subject: { type: 'model', id: record.model },
    correlation: record.push,
    reason: record.reason,
    policies: named(record.policies, record.action),
    details: { tag: record.tag, files: record.files, bytes: record.bytes, outcome: record.outcome },
  };
}

export function modelState(record: Of<'model.state'>): Described {
  const { to, scan, decision } = record;
  const malicious = scan?.verdict === 'malicious';
  return {
    family: malicious ? 'detection' : 'entity',
    activity: malicious ? 'create' : to === 'admitted' ? 'enable' : to === 'quarantined' ? 'suspend' : 'disable',
    severity: worst(
      malicious ? 'high' : 'info',
      to === 'quarantined' ? 'medium' : 'info',
      severityOf(decision?.action),
    ),
    outcome: 'success',
    title: `A model became ${to}`,
    action: decision?.action,
    actor: { id: record.actor },
    subject: { type: 'model', id: record.model },
    correlation: record.digest,
    findings: scan?.rules.map((rule) => ({
      rule,
      class: 'artifact',
      severity: malicious ? 'high' : 'low',
      score: 1,
      techniques: [],
    })),
    policies: decision?.policies,
    details: { from: record.from, to, digest: record.digest, verdict: scan?.verdict, files: scan?.files },
  };
}

export function modelEvidence(record: Of<'model.evidence'>): Described {
  const { outcome } = record;
  return {
    family: 'entity',
    activity: outcome === 'revoked' ? 'delete' : 'update',
    severity: outcome === 'accepted' ? 'info' : 'medium',
    outcome: outcome === 'refused' ? 'failure' : 'success',
    title: `An attestation of a model: ${outcome}`,
    actor: { id: record.actor },
    subject: { type: 'model', id: record.model },
    correlation: record.digest,
    reason: record.reason,
    details: { sha256: record.sha256, digest: record.digest, outcome },
  };
}

export function admissionReview(record: Of<'admission.review'>): Described {
  const { outcome, object } = record;
  const stopped = outcome === 'denied' || outcome === 'warned';
  return {
    family: stopped ? 'detection' : 'api',
    activity: 'create',
    severity: outcome === 'denied' ? 'high' : outcome === 'warned' ? 'medium' : 'info',
    outcome: outcome === 'denied' ? 'failure' : 'success',
    title: `An object of a cluster: ${outcome}`,
    action: outcome === 'denied' ? 'block' : outcome === 'warned' ? 'flag' : 'allow',
    actor: { id: record.principal },
    subject: { type: object.kind, id: [object.namespace, object.name].filter((part) => part !== undefined).join('/') },
    correlation: record.review,
    reason: record.reason,
    details: {
      operation: record.operation,
      mode: record.mode,
      outcome,
      references: record.references.length,
      models: record.references.flatMap(({ model }) => (model === undefined ? [] : [model])).join(' '),
      dryRun: record.dryRun,
    },
  };
}

export function registryEvent(record: Of<'registry.event'>): Described {
  const { outcome } = record;
  return {
    family: outcome === 'refused' ? 'detection' : 'api',
    activity: outcome === 'refused' ? 'create' : 'update',
    severity: outcome === 'refused' ? 'high' : outcome === 'fault' ? 'medium' : 'info',
    outcome: outcome === 'refused' || outcome === 'fault' ? 'failure' : 'success',
    title: `A registry told of a version: ${outcome}`,
    actor: { id: `registry:${record.source}` },
    subject: { type: 'model', id: record.model ?? record.subject },
    correlation: record.delivery,
    reason: record.reason,
    details: { event: record.event, alias: record.alias, done: record.done.join(' '), outcome },
  };
}

export function toolDefinition(record: Of<'tool.definition'>): Described {
  const findings = record.findings.map(withoutEvidence);
  const held = record.outcome === 'held';
  return {
    family: findings.length > 0 ? 'detection' : 'entity',
    activity: findings.length > 0 ? 'create' : record.approved === undefined ? 'create' : 'update',
    severity: worst(held ? 'medium' : 'info', ...findings.map(({ severity }) => severity)),
    outcome: 'success',
    title: held ? 'A definition of a tool server is held' : 'A definition of a tool server was taken on first use',
    action: held ? 'hold' : 'allow',
    actor: { id: `server:${record.server}` },
    subject: { type: record.type, id: record.name },
    findings,
    details: { server: record.server, digest: record.digest, approved: record.approved, outcome: record.outcome },
  };
}
