// Event -> Elastic Common Schema. What ECS has no field for lies below `ancile`, a name of our own as ECS asks for.
import { VERSION } from '../../config/index.ts';
import type { EventActivity, EventFamily, ExportEvent, Severity } from '../../contract/index.ts';

const ECS_VERSION = '8.17.0';

/** `event.severity` is a number of the source's own: higher is worse. */
const SEVERITIES: Readonly<Record<Severity, number>> = { info: 21, low: 47, medium: 73, high: 85, critical: 99 };

/** Allowed values of `event.category`, and of `event.type` with it. */
const CATEGORIES: Readonly<Record<EventFamily, readonly string[]>> = {
  detection: ['intrusion_detection'],
  incident: ['threat'],
  api: ['api'],
  authentication: ['authentication'],
  account: ['iam'],
  entity: ['configuration'],
  lifecycle: ['process'],
  other: [],
};

const TYPES: Readonly<Record<EventActivity, string>> = {
  create: 'creation',
  read: 'access',
  update: 'change',
  delete: 'deletion',
  enable: 'change',
  disable: 'change',
  suspend: 'change',
  start: 'start',
  stop: 'end',
  logon: 'start',
  logoff: 'end',
  lock: 'change',
  password_change: 'change',
  password_reset: 'change',
  mfa: 'change',
  close: 'indicator',
  other: 'info',
};

function typesOf({ family, activity, action }: ExportEvent): string[] {
  switch (family) {
    case 'detection':
      return [action === 'block' || action === 'hold' ? 'denied' : 'info'];
    case 'incident':
      return ['indicator'];
    case 'account':
      return ['user', TYPES[activity]];
    case 'other':
      return ['info'];
    default:
      return [TYPES[activity]];
  }
}

/** Pure. Objects nested, as Elasticsearch takes them; multi-valued fields as arrays. */
export function toEcs(event: ExportEvent): Readonly<Record<string, unknown>> {
  const { actor, subject, findings, techniques } = event;
  const categories = CATEGORIES[event.family];
  const isAlert = event.family === 'detection' || event.family === 'incident';
  const atlas = techniques.filter((id) => id.startsWith('AML.'));
  return {
    '@timestamp': event.time,
    ecs: { version: ECS_VERSION },
    message: event.title,
    event: {
      id: event.id,
      kind: isAlert ? 'alert' : 'event',
      ...(categories.length > 0 && { category: categories }),
      type: typesOf(event),
      action: event.kind,
      outcome: event.outcome,
      severity: SEVERITIES[event.severity],
      module: 'ancile',
      dataset: 'ancile.ledger',
      provider: 'ancile',
      sequence: event.seq,
      ...(event.reason !== undefined && { reason: event.reason }),
      // Nanoseconds.
      ...(event.durationMs !== undefined && { duration: Math.round(event.durationMs * 1e6) }),
    },
    observer: { vendor: 'Ancile', product: 'Ancile', type: 'ai-gateway', version: VERSION, name: event.node },
    ...(actor !== undefined && {
      user: { id: actor.id, ...(actor.name !== undefined && { name: actor.name }) },
      related: { user: [...new Set([actor.id, ...(actor.name === undefined ? [] : [actor.name])])] },
    }),
    ...(actor?.tenant !== undefined && { organization: { name: actor.tenant } }),
    ...(findings.length > 0 && {
      rule: { id: findings[0]!.rule, name: findings[0]!.rule, category: findings[0]!.class, ruleset: 'ancile' },
    }),
    ...(atlas.length > 0 && { threat: { framework: 'MITRE ATLAS', technique: { id: atlas } } }),
    ...(event.status !== undefined && { http: { response: { status_code: event.status } } }),
    ancile: {
      kind: event.kind,
      family: event.family,
      activity: event.activity,
      severity: event.severity,
      ...(event.action !== undefined && { action: event.action }),
      ...(subject !== undefined && { subject }),
      ...(event.correlation !== undefined && { correlation: event.correlation }),
      ...(event.session !== undefined && { session: event.session }),
      ...(event.surface !== undefined && { surface: event.surface }),
      ...(event.model !== undefined && { model: event.model }),
      ...(event.upstream !== undefined && { upstream: event.upstream }),
      ...(event.inputTokens !== undefined && { tokens: { input: event.inputTokens, output: event.outputTokens ?? 0 } }),
      ...(event.count !== undefined && { count: event.count }),
      ...(findings.length > 0 && { rules: [...new Set(findings.map(({ rule }) => rule))] }),
      ...(event.policies.length > 0 && { policies: [...new Set(event.policies.map(({ id }) => id))] }),
      ...(techniques.length > 0 && { techniques }),
      // One text each: fields that are added as they come would grow the mapping without end.
      details: Object.entries(event.details).map(([name, value]) => `${name}=${value}`),
      ...(event.shortened !== undefined && { shortened: true }),
    },
  };
}
