// The bounds of an event: how long its texts are and how many of each there may be. What is left out, the ledger has.
import type { ExportEvent } from '../../contract/index.ts';
import { isAtLeast } from '../../contract/index.ts';
import type { Described } from './described.ts';

/** Characters of one text; what names anything is shorter. */
const TEXT_MOST = 512;
/** Findings, policies. */
const LIST_MOST = 20;
const TECHNIQUES_MOST = 40;

type Head = Pick<ExportEvent, 'id' | 'seq' | 'node' | 'time' | 'kind'>;

/** The event of a head and a description, within bounds; members that are not known are left out. */
export function bounded(head: Head, described: Described): ExportEvent {
  let cut = false;
  function text<T extends string | undefined>(value: T): T {
    if (value === undefined) return value;
    const whole = value.toWellFormed();
    if (whole.length <= TEXT_MOST) return whole as T;
    cut = true;
    // A pair of surrogates is not cut in two.
    return whole.slice(0, TEXT_MOST).replace(/[\ud800-\udbff]$/, '') as T;
  }
  function few<T>(values: readonly T[], most: number): T[] {
    if (values.length > most) cut = true;
    return values.slice(0, most);
  }
  const { findings = [], policies = [], details = {}, actor, subject, ...rest } = described;
  const techniques = [...(described.techniques ?? []), ...findings.flatMap((each) => each.techniques)];
  // The worst first: what is left out is the least of it.
  const sorted = findings.toSorted((a, b) =>
    a.severity === b.severity ? 0 : isAtLeast(a.severity, b.severity) ? -1 : 1,
  );
  const event = {
    ...head,
    ...rest,
    actor: actor && { ...actor, id: text(actor.id), name: text(actor.name), tenant: text(actor.tenant) },
    subject: subject && { type: text(subject.type), id: text(subject.id) },
    correlation: text(rest.correlation),
    session: text(rest.session),
    model: text(rest.model),
    upstream: text(rest.upstream),
    reason: text(rest.reason),
    title: text(rest.title),
    findings: few(sorted, LIST_MOST).map((each) => ({
      ...each,
      rule: text(each.rule),
      techniques: few(each.techniques, LIST_MOST).map((id) => text(id)),
    })),
    policies: few(policies, LIST_MOST).map(({ id, action, reason }) => ({
      id: text(id),
      action,
      reason: text(reason),
    })),
    techniques: few([...new Set(techniques)], TECHNIQUES_MOST).map((id) => text(id)),
    details: Object.fromEntries(
      Object.entries(details)
        .filter(([, value]) => value !== undefined && value !== '')
        .map(([name, value]) => [name, typeof value === 'string' ? text(value) : value]),
    ),
  };
  return withoutUndefined({ ...event, ...((cut as boolean) ? { shortened: true } : {}) });
}

/** Members of an object, and of objects in it, that are undefined are taken out. */
function withoutUndefined(value: object): ExportEvent {
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) Reflect.deleteProperty(value, name);
    else if (name === 'actor') withoutUndefined(member as object);
  }
  return value as ExportEvent;
}

/**
 * The event with as little left out as makes `render` of it fit: findings and policies, then details, then everything that
 * has no bound of its own.
 * @returns what was rendered last: with hardly anything left it is as short as it gets
 */
export function renderWithin(event: ExportEvent, most: number, render: (event: ExportEvent) => Buffer): Buffer {
  let bytes = render(event);
  for (const step of STEPS) {
    if (bytes.length <= most) break;
    bytes = render({ ...event, ...step(event), shortened: true });
  }
  return bytes;
}

/** A beginning that names it for a person; never half a character. */
const brief = (text: string): string => text.slice(0, 40).replace(/[\ud800-\udbff]$/, '');

const STEPS: readonly ((event: ExportEvent) => Partial<ExportEvent>)[] = [
  ({ findings, policies }) => ({ findings: findings.slice(0, 5), policies: policies.slice(0, 3) }),
  ({ findings }) => ({ findings: findings.slice(0, 1), policies: [], details: {} }),
  ({ techniques, actor, subject, ...event }) => ({
    findings: [],
    policies: [],
    details: {},
    techniques: techniques.slice(0, 5),
    ...(actor && { actor: { id: brief(actor.id) } }),
    ...(subject && { subject: { type: brief(subject.type), id: brief(subject.id) } }),
    ...Object.fromEntries(
      (['correlation', 'session', 'model', 'upstream', 'reason'] as const).flatMap((name) =>
        event[name] === undefined ? [] : [[name, brief(event[name])]],
      ),
    ),
  }),
];
