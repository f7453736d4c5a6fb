// One rule at work: its groups, each with what its conditions remember, within bounds.
import { createHash } from 'node:crypto';
import { canonicalJson } from '../base/index.ts';
import type { Detection, Involved } from '../contract/index.ts';
import { type Buckets } from './buckets.ts';
import { type ConditionState, type Hits, type Met, toConditionState } from './conditions/index.ts';
import { type SilentState, noteGoing } from './conditions/silent.ts';
import { type MonitorEvent, narrowInvolved, toInvolved } from './event.ts';
import { type Field, textsOf, toField } from './field.ts';
import type { MonitorRule } from './rule.ts';

/** Records that a detection names. */
const MOST_RECORDS = 50;
/** Groups that one record can count for. */
const MOST_GROUPS_OF_RECORD = 16;
const ONE_OF_ALL: readonly string[] = [''];
const SEPARATOR = '\u001f';

interface Group {
  readonly states: unknown[];
  readonly involved: Involved;
  /** Seqs and times of the last records, in pairs. */
  readonly rests: number[];
  last: number;
  /** When it was last told of; 0: never. */
  fired: number;
  /** Times it held since without being told of. */
  held: number;
}

/** What is written down of a rule at work, to go on from. */
export interface SavedRule {
  readonly groups: readonly (readonly [string, Group])[];
  readonly fired: number;
  readonly held: number;
  readonly going: Buckets | undefined;
}

export interface RuleFigures {
  groups: number;
  fired: number;
  lastFired: number | undefined;
  heldBack: number;
  /** Groups that were forgotten because there were too many. */
  forgotten: number;
  /** Records that came too late to count. */
  late: number;
}

/** What a rule is, as far as what it remembers depends on it. */
export function digestOfRule({ select, by, when, id }: MonitorRule): string {
  return createHash('sha256')
    .update(canonicalJson({ id, select, by, when: [...when] }))
    .digest('hex')
    .slice(0, 32);
}

export class RuleState {
  readonly rule: MonitorRule;
  readonly digest: string;
  readonly figures: RuleFigures = { groups: 0, fired: 0, lastFired: undefined, heldBack: 0, forgotten: 0, late: 0 };
  readonly #conditions: readonly ConditionState[];
  readonly #by: readonly Field[];
  readonly #most: number;
  readonly #horizon: number;
  readonly #cooldown: number;
  readonly #silent: { readonly state: SilentState; readonly goes: string; readonly window: number } | undefined;
  readonly #every: number | undefined;
  #groups = new Map<string, Group>();
  /** Of rules whose groups are told of once: the cooldown is the rule's own. */
  #fired = 0;
  #held = 0;
  #looked = 0;

  constructor(rule: MonitorRule, mostGroups: number) {
    this.rule = rule;
    this.digest = digestOfRule(rule);
    const conditions = rule.when.flatMap((each) => (each.type === 'drift' ? [] : [toConditionState(each)]));
    this.#conditions = conditions;
    this.#by = rule.by.map(toField);
    this.#most = mostGroups;
    this.#horizon = Math.max(0, ...conditions.map(({ horizon }) => horizon));
    const spans = rule.when.map((each) =>
      'window' in each ? each.window : 'within' in each ? each.within : 3_600_000,
    );
    this.#cooldown = rule.cooldown ?? Math.max(...spans);
    const [first] = rule.when;
    this.#silent =
      first?.type === 'silent'
        ? { state: conditions[0] as unknown as SilentState, goes: first.while, window: first.window }
        : undefined;
    this.#every = conditions[0]?.every;
  }

  /** Takes a record in. Calls back where the rule is met. */
  observe(hits: Hits, event: MonitorEvent, now: number, tell: (detection: Detection) => void): void {
    if (this.#silent !== undefined && hits.has(this.#silent.goes)) {
      noteGoing(this.#silent.state, this.#silent.window, event.time);
      if (hits.size === 1) return;
    }
    for (const key of this.#keysOf(event)) {
      const group = this.#groupOf(key, event, now);
      if (group === undefined) continue;
      let isLate = true;
      for (let i = 0; i < this.#conditions.length; i++) {
        if (this.#conditions[i]!.observe(group.states[i], hits, event, now)) isLate = false;
      }
      if (isLate) {
        this.figures.late++;
        continue;
      }
      narrowInvolved(group.involved, event.about);
      group.last = Math.max(group.last, event.time);
      group.rests.push(event.record.seq, event.time);
      // Cut seldom, for each cut moves the rest.
      if (group.rests.length > 4 * MOST_RECORDS) group.rests.splice(0, group.rests.length - 2 * MOST_RECORDS);
      if (this.#every === undefined) this.#judge(key, group, now, tell);
      else if (this.#conditions[0]!.isOver?.(group.states[0], now) === true) this.#groups.delete(key);
    }
    this.figures.groups = this.#groups.size;
  }

  /** Looks at what time alone can bring about, and forgets what is over. */
  tick(now: number, tell: (detection: Detection) => void): void {
    for (const [key, group] of this.#groups) {
      // Groups are in the order in which they were last touched.
      if (now - group.last <= this.#horizon || now - group.fired <= this.#cooldown) break;
      if (this.#every !== undefined) break;
      this.#groups.delete(key);
    }
    if (this.#every !== undefined && now - this.#looked >= this.#every) {
      this.#looked = now;
      const [condition] = this.#conditions;
      for (const [key, group] of this.#groups) {
        const isMet = this.#judge(key, group, now, tell);
        if (!isMet && condition!.ordered === true) break;
        if (now - group.last > this.#horizon || condition!.isOver?.(group.states[0], now) === true)
          this.#groups.delete(key);
      }
    }
    this.figures.groups = this.#groups.size;
  }

  save(): SavedRule {
    return { groups: [...this.#groups], fired: this.#fired, held: this.#held, going: this.#silent?.state.going };
  }

  restore({ groups, fired, held, going }: SavedRule): void {
    this.#groups = new Map(groups);
    this.#fired = fired;
    this.#held = held;
    if (going !== undefined) this.#silent?.state.restore(going);
    this.figures.groups = this.#groups.size;
  }

  /** A group for each combination of values; none where a field has no value. */
  #keysOf(event: MonitorEvent): readonly string[] {
    if (this.#by.length === 0) return ONE_OF_ALL;
    if (this.#by.length === 1) return textsOf(this.#by[0]!, event);
    let keys = [''];
    for (const field of this.#by) {
      const values = textsOf(field, event);
      keys = keys.flatMap((key) => values.map((value) => `${key}${SEPARATOR}${value}`)).slice(0, MOST_GROUPS_OF_RECORD);
    }
    return keys;
  }

  #groupOf(key: string, event: MonitorEvent, now: number): Group | undefined {
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = {
        states: this.#conditions.map((condition) => condition.begin(now)),
        involved: toInvolved(event.about),
        rests: [],
        last: event.time,
        fired: 0,
        held: 0,
      };
      for (const oldest of this.#groups.keys()) {
        if (this.#groups.size < this.#most) break;
        this.#groups.delete(oldest);
        this.figures.forgotten++;
      }
    } else if (this.#every !== undefined) {
      return group;
    } else {
      this.#groups.delete(key);
    }
    this.#groups.set(key, group);
    return group;
  }

  /** Whether the rule is met by a group; told of unless it was lately. */
  #judge(key: string, group: Group, now: number, tell: (detection: Detection) => void): boolean {
    const found: Met[] = [];
    for (const [i, condition] of this.#conditions.entries()) {
      const met = condition.met(group.states[i], now);
      if (met === undefined) return false;
      found.push(met);
    }
    const isOwn = this.#conditions[0]!.ordered !== true;
    const last = isOwn ? group.fired : this.#fired;
    if (last !== 0 && now - last < this.#cooldown) {
      if (isOwn) group.held++;
      else this.#held++;
      this.figures.heldBack++;
    } else {
      const held = isOwn ? group.held : this.#held;
      tell(this.#toDetection(key, group, found, held, now));
      group.fired = this.#fired = now;
      group.held = this.#held = 0;
      this.figures.fired++;
      this.figures.lastFired = now;
    }
    this.#conditions.forEach((condition, i) => condition.fired?.(group.states[i]));
    return true;
  }

  #toDetection(key: string, { rests, involved }: Group, found: readonly Met[], held: number, now: number): Detection {
    const oldest = now - this.#horizon;
    const pairs: { seq: number; time: number }[] = [];
    for (let at = Math.max(0, rests.length - 2 * MOST_RECORDS); at < rests.length; at += 2) {
      if (rests[at + 1]! >= oldest) pairs.push({ seq: rests[at]!, time: rests[at + 1]! });
    }
    if (pairs.length === 0) pairs.push({ seq: rests.at(-2)!, time: rests.at(-1)! });
    const times = pairs.map(({ time }) => time);
    const { id, title, severity, techniques } = this.rule;
    const basis = `${id}${SEPARATOR}${this.digest}${SEPARATOR}${key}${SEPARATOR}${rests.at(-2)}`;
    const again = held === 0 ? '' : `; and ${held} more times since it was last told`;
    return {
      detection: `det_${createHash('sha256').update(basis).digest('hex').slice(0, 26)}`,
      rule: id,
      title,
      severity,
      techniques: [...techniques],
      involved: Object.fromEntries(Object.entries(involved).filter(([, value]) => value !== undefined)),
      count: found[0]!.count,
      since: new Date(Math.min(...times)).toISOString(),
      until: new Date(Math.max(...times)).toISOString(),
      records: pairs.map(({ seq }) => seq),
      detail: `${found.map(({ detail }) => detail).join('; ')}${again}`.slice(0, 600),
    };
  }
}
