// The incidents of a data folder. What happens to one is a record first, then its row: the row is what the records leave it
// as, and no more. Detections that belong together become one incident.
import { AncileError, type Clock, newId, systemClock } from '../base/index.ts';
import { parseJson } from '../codec/index.ts';
import {
  type Detection,
  Incident,
  type IncidentEvent,
  type IncidentState,
  type Involved,
  type RecordBody,
  type Severity,
  isAtLeast,
} from '../contract/index.ts';
import { type Store, inStore } from '../store/index.ts';
import { belongsTo } from './grouping.ts';

type IncidentRecord = Extract<RecordBody, { kind: 'incident' }>;

/** Each kept of one incident, the first of them. */
const MOST_INVOLVED = 50;
/** Records kept of one incident, the last of them. */
const MOST_RECORDS = 500;
const MOST_RECORDS_SAID = 50;
/** Incidents that a detection is held against. */
const MOST_OPEN = 200;

export interface IncidentSettings {
  /** Detections at least so bad open an incident; others join one, or stay by themselves. */
  readonly openAt: Severity;
  /** For how long after its last change an incident takes in what belongs to it, milliseconds. */
  readonly groupWithin: number;
}

export interface IncidentOpening {
  readonly title: string;
  readonly severity: Severity;
  readonly involved?: Involved | undefined;
  readonly records?: readonly number[] | undefined;
  readonly note?: string | undefined;
}

export interface IncidentChange {
  readonly state?: IncidentState | undefined;
  readonly severity?: Severity | undefined;
  readonly owner?: string | undefined;
  readonly note?: string | undefined;
  readonly facts?: Incident['facts'] | undefined;
}

export interface IncidentBook {
  /** Those that changed last come first. */
  list(query: { readonly state?: IncidentState | undefined; readonly limit: number }): Promise<Incident[]>;
  /** @throws AncileError `not_found` */
  get(id: string): Promise<Incident>;
  /** Takes in a detection. @returns the incident it belongs to; undefined where it opened none */
  take(detection: Detection): Promise<Incident | undefined>;
  open(opening: IncidentOpening, actor: string): Promise<Incident>;
  /** @throws AncileError `not_found`, `request_invalid` where it is closed without a word of what was learnt */
  update(id: string, change: IncidentChange, actor: string): Promise<Incident>;
  /** A word on what a playbook did, on record. */
  note(id: string, event: Extract<IncidentEvent, 'note' | 'playbook'>, note: string, actor: string): Promise<Incident>;
  /** @param listener - told of each change. Returns the function that unsubscribes. */
  onChange(listener: IncidentListener): () => void;
}

/** The detection that a change is of. */
export type Met = Pick<Detection, 'rule' | 'involved'>;

type IncidentListener = (incident: Incident, event: IncidentEvent, met?: Met) => void;

export interface IncidentParts {
  readonly store: Store;
  /** Resolves when the record is durable. */
  readonly append: (body: RecordBody) => Promise<unknown>;
  readonly settings: () => IncidentSettings;
  readonly clock?: Clock;
  readonly onFault?: (fault: unknown) => void;
}

const toIncident = ({ info }: { readonly info: string }): Incident =>
  Incident.parse(parseJson(info, { code: 'store_fault', what: 'an incident of the store', maxBytes: 4_000_000 }));

const isSame = (a: Involved, b: Involved): boolean => JSON.stringify(a) === JSON.stringify(b);

const union = <T>(a: readonly T[], b: readonly T[]): T[] => [...new Set([...a, ...b])];

/** An incident with a detection in it. */
function joined(incident: Incident, detection: Detection): Incident {
  const { rule, severity, techniques, involved, records } = detection;
  const known = incident.involved.some((each) => isSame(each, involved));
  return {
    ...incident,
    severity: isAtLeast(incident.severity, severity) ? incident.severity : severity,
    techniques: union(incident.techniques, techniques),
    involved: known ? incident.involved : [...incident.involved, involved].slice(0, MOST_INVOLVED),
    rules: { ...incident.rules, [rule]: (Object.hasOwn(incident.rules, rule) ? incident.rules[rule]! : 0) + 1 },
    detections: incident.detections + 1,
    records: union(incident.records, records)
      .sort((a, b) => a - b)
      .slice(-MOST_RECORDS),
  };
}

export function createIncidentBook(parts: IncidentParts): IncidentBook {
  const { store, append, settings, clock = systemClock, onFault } = parts;
  const { db } = store;
  const listeners = new Set<IncidentListener>();
  let last: Promise<unknown> = Promise.resolve();
  /** One change at a time: of two detections that belong together, the second finds the incident of the first. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = last.then(work, work);
    last = done.catch(() => undefined);
    return done;
  }

  async function get(id: string): Promise<Incident> {
    const row = await inStore('reading the incidents', () =>
      db.selectFrom('incidents').select('info').where('id', '=', id).executeTakeFirst(),
    );
    if (row !== undefined) return toIncident(row);
    throw new AncileError('not_found', 'there is no such incident', { at: id, hint: 'List those there are.' });
  }

  async function put(
    incident: Incident,
    said: Partial<IncidentRecord> & Pick<IncidentRecord, 'event' | 'actor'>,
    met?: Met,
  ) {
    const { id, title, severity, state } = incident;
    const changed = { ...incident, changed: new Date(clock()).toISOString() };
    await append({ kind: 'incident', incident: id, title, severity, state, ...said });
    const row = { state, changed: Date.parse(changed.changed), info: JSON.stringify(changed) };
    await inStore('writing an incident', () =>
      db
        .insertInto('incidents')
        .values({ id, ...row })
        .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
        .execute(),
    );
    for (const listener of listeners) {
      try {
        listener(changed, said.event, met);
      } catch (thrown) {
        onFault?.(thrown);
      }
    }
    return changed;
  }

  function fresh(title: string, severity: Severity, openedBy: string): Incident {
    const now = new Date(clock()).toISOString();
    return {
      id: newId('inc', clock()),
      title,
      severity,
      state: 'open',
      opened: now,
      changed: now,
      openedBy,
      techniques: [],
      involved: [],
      rules: {},
      detections: 0,
      records: [],
      facts: {},
    };
  }

  async function live(): Promise<Incident[]> {
    const since = clock() - settings().groupWithin;
    const rows = await inStore('reading the incidents', () =>
      db
        .selectFrom('incidents')
        .select('info')
        .where('state', '!=', 'closed')
        .where('changed', '>=', since)
        .orderBy('changed', 'desc')
        .limit(MOST_OPEN)
        .execute(),
    );
    return rows.map(toIncident);
  }

  async function take(detection: Detection): Promise<Incident | undefined> {
    const { rule, title, severity, techniques, involved, records } = detection;
    const home = (await live()).find((incident) => belongsTo(detection, incident));
    if (home === undefined && !isAtLeast(severity, settings().openAt)) return undefined;
    const actor = `rule:${rule}`;
    const before = home ?? fresh(title, severity, actor);
    const said = {
      event: home === undefined ? ('opened' as const) : ('joined' as const),
      actor,
      detection: detection.detection,
      involved,
      techniques,
      records: records.slice(-MOST_RECORDS_SAID),
    };
    return put(joined(before, detection), said, { rule, involved });
  }

  async function update(id: string, change: IncidentChange, actor: string): Promise<Incident> {
    let incident = await get(id);
    const { state, severity, owner, note, facts } = change;
    if (state === 'closed' && (note === undefined || note.trim() === '')) {
      throw new AncileError('request_invalid', 'an incident is closed with a word of what was learnt', { at: 'note' });
    }
    if (facts !== undefined) {
      incident = await put(
        { ...incident, facts: { ...incident.facts, ...facts } },
        {
          event: 'facts',
          actor,
          note: JSON.stringify(facts).slice(0, 4000),
        },
      );
    }
    if (owner !== undefined) incident = await put({ ...incident, owner }, { event: 'owner', actor, owner });
    if (severity !== undefined && severity !== incident.severity) {
      incident = await put({ ...incident, severity }, { event: 'severity', actor });
    }
    const said = note === undefined ? {} : { note };
    if (state !== undefined && state !== incident.state) {
      const { closed: _, review, ...rest } = incident;
      const ended = state === 'closed' ? { closed: new Date(clock()).toISOString(), review: note! } : {};
      const kept = state === 'closed' || review === undefined ? {} : { review };
      return put({ ...rest, ...kept, ...ended, state }, { event: 'state', actor, ...said });
    }
    return note === undefined ? incident : put(incident, { event: 'note', actor, note });
  }

  return {
    get,
    async list({ state, limit }) {
      const rows = await inStore('reading the incidents', () => {
        const query = db.selectFrom('incidents').select('info').orderBy('changed', 'desc').orderBy('id', 'desc');
        return (state === undefined ? query : query.where('state', '=', state)).limit(limit).execute();
      });
      return rows.map(toIncident);
    },
    take: (detection) => inTurn(() => take(detection)),
    open: ({ title, severity, involved, records = [], note }, actor) =>
      inTurn(() => {
        const incident = fresh(title, severity, actor);
        const about = involved === undefined || Object.keys(involved).length === 0 ? [] : [involved];
        return put(
          { ...incident, involved: about, records: [...records] },
          {
            event: 'opened',
            actor,
            ...(about[0] === undefined ? {} : { involved: about[0] }),
            ...(records.length === 0 ? {} : { records: [...records] }),
            ...(note === undefined ? {} : { note }),
          },
        );
      }),
    update: (id, change, actor) => inTurn(() => update(id, change, actor)),
    note: (id, event, note, actor) =>
      inTurn(async () => put(await get(id), { event, actor, note: note.slice(0, 4000) })),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
