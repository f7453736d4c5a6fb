// What published schemas demand of events, as checks that name what is wrong: OCSF 1.8, ECS 8, OTLP logs.
import { isObject } from '../../base/index.ts';

type Json = Record<string, unknown>;

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

interface OcsfClass {
  readonly category: number;
  readonly activities: readonly number[];
  /** Required members besides those of every event; a dotted path is one of the object's own. */
  readonly required: readonly string[];
  /** Of each group one at least. */
  readonly oneOf?: readonly (readonly string[])[];
}

const upTo = (most: number): number[] => Array.from({ length: most + 1 }, (_, i) => i);
const user = ['user'];

/** From the class files of ocsf-schema: `requirement: required`, `constraints.at_least_one`, the enum of `activity_id`. */
const OCSF: Readonly<Record<number, OcsfClass>> = {
  0: { category: 0, activities: [0, 99], required: [] },
  2004: { category: 2, activities: [...upTo(3), 99], required: ['finding_info', 'finding_info.uid'] },
  2005: {
    category: 2,
    activities: [...upTo(3), 99],
    required: ['finding_info_list', 'status_id'],
    oneOf: [['assignee', 'assignee_group']],
  },
  3001: { category: 3, activities: [...upTo(12), 99], required: user },
  3002: { category: 3, activities: [...upTo(7), 99], required: user, oneOf: [['service', 'dst_endpoint']] },
  3004: { category: 3, activities: [...upTo(13), 99], required: ['entity'] },
  6002: { category: 6, activities: [...upTo(8), 99], required: ['app'] },
  6003: { category: 6, activities: [...upTo(4), 99], required: ['actor', 'api', 'api.operation', 'src_endpoint'] },
};

/** Objects that need one of several members, wherever they are. */
const NAMED = ['user', 'app', 'entity', 'policy', 'service', 'assignee_group', 'product', 'message_context'];

function at(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((inner, name) => (isObject(inner) ? inner[name] : undefined), value);
}

/** Sentences on what is wrong with an event of OCSF; none where it conforms. */
export function checkOcsf(event: unknown): string[] {
  if (!isObject(event)) return ['it is no object'];
  const wrong: string[] = [];
  const need = (holds: boolean, what: string): void => void (holds || wrong.push(what));
  const row = OCSF[event['class_uid'] as number];
  if (row === undefined) return [`class_uid ${String(event['class_uid'])} is none of those expected`];
  need(event['category_uid'] === row.category, 'category_uid is not that of the class');
  need(row.activities.includes(event['activity_id'] as number), 'activity_id is not one of the class');
  need(event['type_uid'] === (event['class_uid'] as number) * 100 + (event['activity_id'] as number), 'type_uid');
  need(event['activity_id'] !== 99 || isText(event['activity_name']), 'an activity of 99 needs its name');
  need([0, 1, 2, 3, 4, 5, 6, 99].includes(event['severity_id'] as number), 'severity_id');
  need(isCount(event['time']) && (event['time'] as number) > 1e12, 'time is not in milliseconds');
  need(isText(at(event, 'metadata.version')), 'metadata.version');
  need(isObject(at(event, 'metadata.product')), 'metadata.product');
  need(isText(at(event, 'metadata.uid')), 'metadata.uid');
  for (const path of row.required) need(at(event, path) !== undefined, `${path} is required`);
  for (const group of row.oneOf ?? [])
    need(
      group.some((name) => event[name] !== undefined),
      `one of ${group.join()}`,
    );
  const lists = [event['finding_info_list'], event['evidences'], event['resources']];
  for (const list of lists) need(list === undefined || (Array.isArray(list) && list.length > 0), 'a list is empty');
  for (const info of (event['finding_info_list'] as unknown[]) ?? []) need(isText(at(info, 'uid')), 'finding_info.uid');
  const model = event['ai_model'];
  need(model === undefined || (isText(at(model, 'name')) && isText(at(model, 'ai_provider'))), 'ai_model');
  const profiles = (at(event, 'metadata.profiles') as string[] | undefined) ?? [];
  const isAi = event['ai_model'] !== undefined || event['message_context'] !== undefined;
  need(isAi === profiles.includes('ai_operation'), 'the profile ai_operation');
  const isControl = ['action_id', 'disposition_id', 'policy'].some((name) => event[name] !== undefined);
  need(isControl === profiles.includes('security_control'), 'the profile security_control');
  if (isControl) need([0, 1, 2].includes(event['action_id'] as number), 'action_id');
  const visit = (value: unknown, name: string): void => {
    if (Array.isArray(value)) for (const each of value) visit(each, name);
    if (!isObject(value)) return;
    if (NAMED.includes(name)) need(isText(value['name']) || isText(value['uid']), `${name} has neither name nor uid`);
    for (const [inner, member] of Object.entries(value)) if (inner !== 'unmapped') visit(member, inner);
  };
  visit(event, 'event');
  return wrong;
}

type EcsType = 'date' | 'keyword' | 'text' | 'long';

/** Fields of ECS that events use, with their types; from the list of fields of its repository. */
const ECS: Readonly<Record<string, EcsType>> = {
  '@timestamp': 'date',
  message: 'text',
  'ecs.version': 'keyword',
  'event.id': 'keyword',
  'event.kind': 'keyword',
  'event.category': 'keyword',
  'event.type': 'keyword',
  'event.action': 'keyword',
  'event.outcome': 'keyword',
  'event.severity': 'long',
  'event.module': 'keyword',
  'event.dataset': 'keyword',
  'event.provider': 'keyword',
  'event.sequence': 'long',
  'event.reason': 'keyword',
  'event.duration': 'long',
  'observer.vendor': 'keyword',
  'observer.product': 'keyword',
  'observer.type': 'keyword',
  'observer.version': 'keyword',
  'observer.name': 'keyword',
  'user.id': 'keyword',
  'user.name': 'keyword',
  'related.user': 'keyword',
  'organization.name': 'keyword',
  'rule.id': 'keyword',
  'rule.name': 'keyword',
  'rule.category': 'keyword',
  'rule.ruleset': 'keyword',
  'threat.framework': 'keyword',
  'threat.technique.id': 'keyword',
  'http.response.status_code': 'long',
};

/** Types that each category expects. */
const ECS_TYPES: Readonly<Record<string, readonly string[]>> = {
  api: ['access', 'admin', 'allowed', 'change', 'creation', 'deletion', 'denied', 'end', 'info', 'start', 'user'],
  authentication: ['start', 'end', 'info'],
  configuration: ['access', 'change', 'creation', 'deletion', 'info'],
  iam: ['admin', 'change', 'creation', 'deletion', 'group', 'info', 'user'],
  intrusion_detection: ['allowed', 'denied', 'info'],
  process: ['access', 'change', 'end', 'info', 'start'],
  threat: ['indicator'],
};

function fitsEcs(value: unknown, type: EcsType): boolean {
  // A field of one type may have several values.
  if (Array.isArray(value)) return value.length > 0 && value.every((each) => fitsEcs(each, type));
  if (type === 'long') return Number.isSafeInteger(value);
  if (type === 'date') return typeof value === 'string' && !Number.isNaN(Date.parse(value));
  return typeof value === 'string';
}

/** As above, for ECS. */
export function checkEcs(event: unknown): string[] {
  if (!isObject(event)) return ['it is no object'];
  const wrong: string[] = [];
  const visit = (value: unknown, path: string): void => {
    if (path === 'ancile') return;
    if (isObject(value)) {
      for (const [name, member] of Object.entries(value)) visit(member, path === '' ? name : `${path}.${name}`);
      return;
    }
    const type = Object.hasOwn(ECS, path) ? ECS[path] : undefined;
    if (type === undefined) wrong.push(`${path} is no field of ECS`);
    else if (!fitsEcs(value, type)) wrong.push(`${path} is no ${type}`);
  };
  visit(event, '');
  for (const path of ['@timestamp', 'ecs.version', 'event.kind', 'event.id', 'message']) {
    if (at(event, path) === undefined) wrong.push(`${path} is missing`);
  }
  if (!['alert', 'event', 'state'].includes(at(event, 'event.kind') as string)) wrong.push('event.kind');
  if (!['success', 'failure', 'unknown'].includes(at(event, 'event.outcome') as string)) wrong.push('event.outcome');
  const categories = (at(event, 'event.category') as string[] | undefined) ?? [];
  const types = (at(event, 'event.type') as string[] | undefined) ?? [];
  for (const category of categories) {
    for (const type of types) {
      if (!(ECS_TYPES[category] ?? []).includes(type)) wrong.push(`event.type ${type} in ${category}`);
    }
  }
  // Ours has no field whose name comes from outside: the mapping would grow without end.
  if (!Array.isArray(at(event, 'ancile.details'))) wrong.push('ancile.details');
  return wrong;
}

function checkAttributes(list: unknown, where: string): string[] {
  if (!Array.isArray(list)) return [`${where}: attributes are no list`];
  const names = list.map((each: unknown) => (isObject(each) ? each['key'] : undefined));
  const wrong = new Set(names).size === names.length ? [] : [`${where}: a key is there twice`];
  for (const each of list as Json[]) {
    const value = each['value'];
    const [kind, ...more] = isObject(value) ? Object.keys(value) : [];
    const inner = isObject(value) && kind !== undefined ? value[kind] : undefined;
    const fits =
      (kind === 'stringValue' && typeof inner === 'string') ||
      (kind === 'boolValue' && typeof inner === 'boolean') ||
      // An int64 is text in the JSON form of protobuf.
      (kind === 'intValue' && typeof inner === 'string' && /^-?\d+$/.test(inner)) ||
      (kind === 'doubleValue' && typeof inner === 'number') ||
      (kind === 'arrayValue' && isObject(inner) && Array.isArray(inner['values']));
    if (!isText(each['key']) || !fits || more.length > 0) wrong.push(`${where}: ${JSON.stringify(each)}`);
  }
  return wrong;
}

const LOG_FIELDS = new Set([
  'timeUnixNano',
  'observedTimeUnixNano',
  'severityNumber',
  'severityText',
  'eventName',
  'body',
  'attributes',
]);

/** As above, for a whole request of OTLP logs. */
export function checkOtlp(request: unknown): { wrong: string[]; ids: string[] } {
  const wrong: string[] = [];
  const ids: string[] = [];
  const need = (holds: boolean, what: string): void => void (holds || wrong.push(what));
  const list = (value: unknown): Json[] => (Array.isArray(value) ? (value as Json[]) : (wrong.push('no list'), []));
  for (const resource of list(at(request, 'resourceLogs'))) {
    wrong.push(...checkAttributes(at(resource, 'resource.attributes'), 'resource'));
    for (const scope of list(resource['scopeLogs'])) {
      need(isText(at(scope, 'scope.name')), 'scope.name');
      for (const log of list(scope['logRecords'])) {
        for (const name of Object.keys(log)) need(LOG_FIELDS.has(name), `${name} is no field of a LogRecord`);
        for (const name of ['timeUnixNano', 'observedTimeUnixNano']) {
          need(typeof log[name] === 'string' && /^\d{19}$/.test(log[name]), `${name} is not nanoseconds as text`);
        }
        need(isCount(log['severityNumber']) && (log['severityNumber'] as number) <= 24, 'severityNumber');
        need(typeof at(log, 'body.stringValue') === 'string', 'body');
        wrong.push(...checkAttributes(log['attributes'], 'log'));
        const id = (log['attributes'] as { key: string; value: Json }[]).find(({ key }) => key === 'log.record.uid');
        ids.push(String(id?.value['stringValue']));
      }
    }
  }
  return { wrong, ids };
}
