// Event -> OCSF 1.8. Classes: Detection Finding 2004, Incident Finding 2005, Account Change 3001, Authentication 3002, Entity
// Management 3004, Application Lifecycle 6002, API Activity 6003, and the Base Event 0 for what has none.
import { VERSION } from '../../config/index.ts';
import type { EventActivity, ExportEvent, Severity } from '../../contract/index.ts';

const OCSF_VERSION = '1.8.0';
const OTHER = 99;

type Members = Readonly<Record<string, unknown>>;

interface Mapped {
  readonly category: number;
  readonly class: number;
  readonly className: string;
  readonly activity: number;
  readonly activityName: string;
  readonly members: Members;
}

const SEVERITIES: Readonly<Record<Severity, readonly [number, string]>> = {
  info: [1, 'Informational'],
  low: [2, 'Low'],
  medium: [3, 'Medium'],
  high: [4, 'High'],
  critical: [5, 'Critical'],
};

type Activities = Partial<Record<EventActivity, readonly [number, string]>>;

const FINDING: Activities = { create: [1, 'Create'], update: [2, 'Update'], close: [3, 'Close'] };
const ACCOUNT: Activities = {
  create: [1, 'Create'],
  enable: [2, 'Enable'],
  password_change: [3, 'Password Change'],
  password_reset: [4, 'Password Reset'],
  disable: [5, 'Disable'],
  delete: [6, 'Delete'],
  lock: [9, 'Lock'],
};
const AUTHENTICATION: Activities = { logon: [1, 'Logon'], logoff: [2, 'Logoff'] };
const CRUD: Activities = { create: [1, 'Create'], read: [2, 'Read'], update: [3, 'Update'], delete: [4, 'Delete'] };
const ENTITY: Activities = { ...CRUD, enable: [8, 'Enable'], disable: [9, 'Disable'], suspend: [12, 'Suspend'] };
const LIFECYCLE: Activities = { start: [3, 'Start'], stop: [4, 'Stop'] };

/** A name that the schema demands to be one. */
const named = (text: string | undefined): string => (text === undefined || text === '' ? 'unknown' : text);

const product = { name: 'Ancile', vendor_name: 'Ancile', version: VERSION };

/** `user.type_id`: 1 a person, 99 what is none. */
function userOf({ actor }: ExportEvent): Members {
  const isPerson = actor?.kind === 'person';
  return {
    uid: named(actor?.id),
    ...(actor?.name !== undefined && { name: actor.name }),
    type_id: isPerson ? 1 : OTHER,
    type: isPerson ? 'User' : (actor?.kind ?? 'unknown'),
    ...(actor?.tenant !== undefined && { org: { name: named(actor.tenant) } }),
  };
}

/** What is not known is said to be so: `src_endpoint` is required of a call, and records hold no addresses. */
const endpoint = { name: 'unknown' };

function findingInfo(event: ExportEvent): Members {
  const { findings } = event;
  return {
    uid: event.correlation === undefined || event.correlation === '' ? event.id : event.correlation,
    title: event.title,
    created_time: Date.parse(event.time),
    product,
    ...(findings.length > 0 && { types: [...new Set(findings.map((each) => each.class))] }),
    ...(findings[0] !== undefined && {
      analytic: { uid: named(findings[0].rule), name: named(findings[0].rule), type_id: 1, type: 'Rule' },
    }),
    ...attacksOf(event.techniques),
  };
}

/** MITRE ATLAS is among what `attacks` may hold; other lists of techniques are tags. */
function attacksOf(techniques: readonly string[]): Members {
  const attacks = techniques.flatMap((id) => {
    const match = /^(AML\.T\d{4})(\.\d{3})?$/.exec(id);
    if (match === null) return [];
    return [{ technique: { uid: match[1] }, ...(match[2] !== undefined && { sub_technique: { uid: id } }) }];
  });
  const others = techniques.filter((id) => !/^AML\.T\d{4}(\.\d{3})?$/.test(id));
  return {
    ...(attacks.length > 0 && { attacks }),
    ...(others.length > 0 && { tags: [{ name: 'techniques', values: others }] }),
  };
}

function resourcesOf({ subject }: ExportEvent): Members {
  return subject === undefined
    ? {}
    : { resources: [{ type: subject.type, uid: named(subject.id), name: named(subject.id) }] };
}

/** The disposition that conforms to the action: allowed, blocked, corrected (redacted), or held, which is none of the list. */
function securityControl({ action, severity, policies }: ExportEvent): Members {
  if (action === undefined) return {};
  const denied = action === 'block' || action === 'hold';
  const [dispositionId, disposition] = (
    {
      allow: [1, 'Allowed'],
      flag: [19, 'Alert'],
      redact: [11, 'Corrected'],
      hold: [OTHER, 'Held'],
      block: [2, 'Blocked'],
    } as const
  )[action];
  return {
    action_id: denied ? 2 : 1,
    action: denied ? 'Denied' : 'Allowed',
    disposition_id: dispositionId,
    disposition,
    is_alert: action !== 'allow' && severity !== 'info',
    ...(policies[0] !== undefined && {
      policy: { uid: named(policies[0].id), name: named(policies[0].id), desc: policies[0].reason },
    }),
  };
}

function aiOperation({ model, upstream, inputTokens, outputTokens, correlation }: ExportEvent): Members {
  if (model === undefined && inputTokens === undefined) return {};
  return {
    ...(model !== undefined && {
      ai_model: { name: named(model), ai_provider: named(upstream) },
    }),
    ...(inputTokens !== undefined && {
      message_context: {
        uid: correlation ?? 'unknown',
        prompt_tokens: inputTokens,
        completion_tokens: outputTokens ?? 0,
        total_tokens: inputTokens + (outputTokens ?? 0),
      },
    }),
  };
}

/** What the class makes of it; where its list has no such activity, 99 and our word for it. */
function activityOf(activities: Activities, activity: EventActivity): Pick<Mapped, 'activity' | 'activityName'> {
  const [id, name] = activities[activity] ?? [OTHER, activity];
  return { activity: id, activityName: name };
}

function map(event: ExportEvent): Mapped {
  const { activity } = event;
  const actor = { user: userOf(event) };
  switch (event.family) {
    case 'detection':
      return {
        category: 2,
        class: 2004,
        className: 'Detection Finding',
        ...activityOf(FINDING, activity),
        members: {
          finding_info: findingInfo(event),
          status_id: 1,
          status: 'New',
          // Of a finding, who did it is among the evidence.
          evidences: [{ actor, ...(event.surface !== undefined && { api: { operation: event.surface } }) }],
          ...resourcesOf(event),
        },
      };
    case 'incident':
      return {
        category: 2,
        class: 2005,
        className: 'Incident Finding',
        ...activityOf(FINDING, activity),
        members: {
          finding_info_list: [findingInfo(event)],
          desc: event.title,
          status_id: activity === 'create' ? 1 : activity === 'close' ? 5 : 2,
          status: activity === 'create' ? 'New' : activity === 'close' ? 'Closed' : 'In Progress',
          assignee_group: { name: 'unassigned' },
        },
      };
    case 'account':
      return {
        category: 3,
        class: 3001,
        className: 'Account Change',
        // Whether a factor came or went is not on record: 99, as our own word.
        ...activityOf(ACCOUNT, activity),
        members: { actor, user: { uid: named(event.subject?.id), name: named(event.subject?.id) } },
      };
    case 'authentication':
      return {
        category: 3,
        class: 3002,
        className: 'Authentication',
        ...activityOf(AUTHENTICATION, activity),
        members: { user: userOf(event), service: { name: 'ancile' } },
      };
    case 'entity':
      return {
        category: 3,
        class: 3004,
        className: 'Entity Management',
        ...activityOf(ENTITY, activity),
        members: {
          actor,
          entity: {
            type: event.subject?.type ?? 'unknown',
            uid: named(event.subject?.id),
            name: named(event.subject?.id),
          },
        },
      };
    case 'lifecycle':
      return {
        category: 6,
        class: 6002,
        className: 'Application Lifecycle',
        ...activityOf(LIFECYCLE, activity),
        members: { app: product },
      };
    case 'api':
      return {
        category: 6,
        class: 6003,
        className: 'API Activity',
        ...activityOf(CRUD, activity),
        members: {
          actor,
          api: { operation: event.surface ?? event.kind, service: { name: 'ancile' } },
          src_endpoint: endpoint,
          ...(event.status !== undefined && { http_response: { code: event.status } }),
          ...resourcesOf(event),
        },
      };
    case 'other':
      return { category: 0, class: 0, className: 'Base Event', activity: OTHER, activityName: activity, members: {} };
  }
}

/** What the classes have no attribute for, as text: OCSF keeps it apart from what it defines. */
function unmapped(event: ExportEvent): Members {
  return {
    kind: event.kind,
    seq: event.seq,
    node: event.node,
    ...event.details,
    ...(event.session !== undefined && { session: event.session }),
    ...(event.findings.length > 0 && { findings: event.findings }),
    ...(event.policies.length > 0 && { policies: event.policies }),
    ...(event.shortened !== undefined && { shortened: true }),
  };
}

/** Pure. @returns an event of the class that its family says */
export function toOcsf(event: ExportEvent): Members {
  const mapped = map(event);
  const [severityId, severity] = SEVERITIES[event.severity];
  const control = securityControl(event);
  const ai = aiOperation(event);
  // The profile of AI operations belongs to calls; of a finding, the same is among what is unmapped.
  const hasAi = mapped.class === 6003 && Object.keys(ai).length > 0;
  const profiles = [
    ...(Object.keys(control).length > 0 ? ['security_control'] : []),
    ...(hasAi ? ['ai_operation'] : []),
  ];
  const isFinding = mapped.category === 2;
  return {
    category_uid: mapped.category,
    class_uid: mapped.class,
    class_name: mapped.className,
    activity_id: mapped.activity,
    activity_name: mapped.activityName,
    type_uid: mapped.class * 100 + mapped.activity,
    time: Date.parse(event.time),
    severity_id: severityId,
    severity,
    message: event.title,
    metadata: {
      version: OCSF_VERSION,
      product,
      uid: event.id,
      sequence: event.seq,
      event_code: event.kind,
      log_name: 'ledger',
      original_time: event.time,
      ...(event.correlation !== undefined && { correlation_uid: event.correlation }),
      ...(event.actor?.tenant !== undefined && { tenant_uid: event.actor.tenant }),
      ...(profiles.length > 0 && { profiles }),
    },
    // Of findings, the status is theirs: new, closed. What became of an activity is told by the control's disposition.
    ...(!isFinding && {
      status_id: { unknown: 0, success: 1, failure: 2 }[event.outcome],
      status: { unknown: 'Unknown', success: 'Success', failure: 'Failure' }[event.outcome],
    }),
    ...(event.reason !== undefined && { status_detail: event.reason }),
    ...(event.count !== undefined && { count: event.count }),
    ...(event.durationMs !== undefined && { duration: Math.round(event.durationMs) }),
    ...control,
    ...(hasAi && ai),
    ...mapped.members,
    unmapped: { ...unmapped(event), ...(!hasAi && ai) },
  };
}
