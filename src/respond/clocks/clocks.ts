// Legal clocks: which run for an incident, from which fact, and how much of each is left. Facts are answered once.
import { z } from 'zod';
import { AncileError } from '../../base/index.ts';
import type { Incident, LegalClock, LegalQuestion } from '../../contract/index.ts';

const Limit = z.string().regex(/^(?:P\d{1,3}D|P\d{1,2}M|PT\d{1,3}H|at once)$/, 'expected P15D, P1M, PT72H or at once');
const FactId = z.string().regex(/^[a-z][a-z0-9_]{0,49}$/);

const Clock = z.strictObject({
  id: z.string(),
  /** What a draft is called. */
  regime: z.string(),
  law: z.string(),
  notice: z.string(),
  to: z.string(),
  /** Answers that make it apply. */
  when: z.record(FactId, z.boolean()),
  from: FactId,
  limit: Limit,
  /** A second start: the earlier of both deadlines counts, unless the first start lies behind the second's deadline. */
  backstop: z.strictObject({ from: FactId, limit: Limit }).optional(),
  /** The fact that ends it. */
  done: FactId,
  note: z.string().optional(),
});
type Clock = z.infer<typeof Clock>;

const Clocks = z.strictObject({
  questions: z.array(z.strictObject({ id: FactId, kind: z.enum(['time', 'yes-no']), text: z.string() })),
  clocks: z.array(Clock),
  /** By regime: what a draft leaves a blank for. */
  drafts: z.record(z.string(), z.array(z.string())),
});
export type Clocks = z.infer<typeof Clocks>;

/** @param value - a file under `content/clocks`, parsed. @throws AncileError `rules_invalid` */
export function readClocks(value: unknown, file: string): Clocks {
  const wrong = (message: string, at: string): AncileError =>
    new AncileError('rules_invalid', `${file}: ${at}: ${message}`, { at });
  const parsed = Clocks.safeParse(value);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    throw wrong(message, path.map(String).join('.'));
  }
  const { questions, clocks, drafts } = parsed.data;
  const kinds = new Map(questions.map(({ id, kind }) => [id, kind]));
  for (const { id, when, from, done, backstop, regime } of clocks) {
    const times = [from, done, ...(backstop === undefined ? [] : [backstop.from])];
    const bad = times.find((fact) => kinds.get(fact) !== 'time') ?? Object.keys(when).find((fact) => kinds.get(fact) !== 'yes-no'); // prettier-ignore
    if (bad !== undefined) throw wrong(`no question of that kind is called ${bad}`, id);
    if (!Object.hasOwn(drafts, regime)) throw wrong(`there is no draft for ${regime}`, id);
  }
  return parsed.data;
}

/** The end of a period: hours and days as such, months by the calendar (31 January and a month is the last of February). */
export function addLimit(from: number, limit: string): number | undefined {
  const found = /^PT?(\d+)([DMH])$/.exec(limit);
  if (found === null) return undefined;
  const count = Number(found[1]);
  if (found[2] === 'H') return from + count * 3_600_000;
  if (found[2] === 'D') return from + count * 86_400_000;
  const date = new Date(from);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + count);
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, last));
  return date.getTime();
}

type Facts = Incident['facts'];

/** With zone, or it would be another moment on another machine. */
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/;

export function timeOf(facts: Facts, fact: string): number | undefined {
  const value = Object.hasOwn(facts, fact) ? facts[fact] : undefined;
  if (typeof value !== 'string' || !ISO.test(value)) return undefined;
  const time = Date.parse(value);
  return Number.isNaN(time) ? undefined : time;
}

function answerOf(facts: Facts, fact: string): boolean | undefined {
  const value = Object.hasOwn(facts, fact) ? facts[fact] : undefined;
  return typeof value === 'boolean' ? value : undefined;
}

function deadlineOf({ from, limit, backstop }: Clock, facts: Facts): number | undefined {
  const start = timeOf(facts, from);
  const own = start === undefined ? undefined : addLimit(start, limit);
  const second = backstop && timeOf(facts, backstop.from);
  const stop = backstop && second !== undefined ? addLimit(second, backstop.limit) : undefined;
  if (own === undefined || stop === undefined) return own ?? stop;
  return start! > stop ? own : Math.min(own, stop);
}

function runClock(clock: Clock, facts: Facts, now: number): LegalClock {
  const { id, regime, law, notice, to, when, from, limit, backstop, done, note } = clock;
  const said = { id, regime, law, notice, to, from, endsBy: done, limit, ...(note === undefined ? {} : { note }) };
  const answers = Object.entries(when).map(([fact, wanted]) => ({ fact, wanted, is: answerOf(facts, fact) }));
  const not = answers.find(({ is, wanted }) => is !== undefined && is !== wanted);
  if (not !== undefined) return { ...said, state: 'not_needed', missing: [], because: not.fact };
  const missing = answers.filter(({ is }) => is === undefined).map(({ fact }) => fact);
  const started = timeOf(facts, from) ?? (backstop && timeOf(facts, backstop.from));
  if (started === undefined) missing.push(from);
  if (missing.length > 0) return { ...said, state: 'unanswered', missing };
  const deadline = deadlineOf(clock, facts);
  const sent = timeOf(facts, done);
  const ends = deadline === undefined ? {} : { deadline: new Date(deadline).toISOString() };
  const base = { ...said, ...ends, started: new Date(started!).toISOString(), missing: [] };
  if (sent !== undefined) {
    const late = deadline !== undefined && sent > deadline;
    return { ...base, state: late ? 'done_late' : 'done', done: new Date(sent).toISOString() };
  }
  if (deadline === undefined) return { ...base, state: 'running' };
  return { ...base, state: now > deadline ? 'overdue' : 'running', leftMs: deadline - now };
}

export interface ClockReading {
  readonly clocks: LegalClock[];
  readonly questions: LegalQuestion[];
}

/** @param now - milliseconds since the epoch */
export function readLegalClocks({ clocks, questions }: Clocks, facts: Facts, now: number): ClockReading {
  const asked = questions.map(({ id, kind, text }): LegalQuestion => {
    const answer = Object.hasOwn(facts, id) ? facts[id] : undefined;
    const understood = kind === 'time' ? timeOf(facts, id) !== undefined : typeof answer === 'boolean';
    return { id, kind, text, ...(answer === undefined ? {} : { answer, understood }) };
  });
  return { clocks: clocks.map((clock) => runClock(clock, facts, now)), questions: asked };
}
