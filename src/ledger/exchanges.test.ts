// Search and figures against a plain reading of the same records: whatever is asked, both say the same.
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closed, LedgerFolder, opened } from '../../test/ledger-fixture.ts';
import { newId } from '../base/index.ts';
import { ACTIONS, type ExchangeFilter, type ExchangeRow, type Finding, Severity, stricter } from '../contract/index.ts';
import { openStore, type Store } from '../store/index.ts';
import { getExchangeRow, indexRecords, type Ledger, readOverview, readUsageSeries, searchExchanges } from './index.ts';
import type { RecordIndex } from './record-index.ts';

const START = Date.parse('2026-03-30T23:00:00Z');
const MODELS = ['gpt-4o', 'gpt-4o-mini', 'GPT-5', 'claude', 'a\0b'];
const NAMES = ['Billing', 'billing test', 'Shop', 'gpt-keeper'];
const RULES = ['pii.card', 'secret.aws', 'attack.override'];
const CLASSES = ['pii', 'secret', 'injection'] as const;
const OUTCOMES = ['completed', 'denied_output', 'upstream_error', 'client_gone'] as const;

let seed = 7;
const random = (below: number): number => {
  seed = (seed * 48_271) % 2_147_483_647;
  return seed % below;
};
const pick = <T>(from: readonly T[]): T => from[random(from.length)]!;
const finding = (i: number): Finding => ({
  rule: RULES[i]!,
  class: CLASSES[i]!,
  severity: 'high',
  score: 1,
  start: 0,
  end: 1,
  evidence: '[redacted]',
  techniques: [],
  detector: 'd',
  segment: '',
  channel: 'user',
});
const decision = (action: ExchangeRow['action']) => ({ action, policies: [], stages: [], policyVersion: 'v' });

/** What the index should say, kept by the test itself. */
type Known = ExchangeRow & { reserved: boolean };

let folder: LedgerFolder;
let store: Store;
let ledger: Ledger;
let index: RecordIndex;
let now = START;
const known: Known[] = [];
const refused: { time: number; count: number }[] = [];
const detected: { time: number; principal: string; severity: Severity }[] = [];

async function open(): Promise<Known> {
  const n = random(NAMES.length);
  const found = random(3) === 0 ? [finding(random(3)), finding(random(3))] : [];
  const action = found.length > 0 ? pick(ACTIONS) : 'allow';
  const exchange = {
    id: newId('ex', now),
    surface: pick(['openai.chat', 'anthropic.messages'] as const),
    principal: { id: `key_${n}`, kind: 'service' as const, name: NAMES[n]!, tenant: 'default' },
    session: `session ${random(40)}`,
    route: pick(['*', 'fast']),
    model: pick(MODELS),
    upstream: 'main',
    stream: random(2) === 0,
  };
  const reserved = action === 'block' || action === 'hold' ? undefined : { inputTokens: 50, outputTokens: 50 };
  const { seq } = await ledger.append(
    opened(exchange.id, {
      exchange,
      findings: found,
      decision: decision(action),
      ...(reserved === undefined ? {} : { reserved: { ...reserved, costMicros: 9, estimated: true } }),
    }),
  );
  const row: Known = {
    id: exchange.id,
    seq,
    time: new Date(now).toISOString(),
    principal: exchange.principal.id,
    principalName: exchange.principal.name,
    tenant: 'default',
    route: exchange.route,
    model: exchange.model,
    upstream: 'main',
    surface: exchange.surface,
    stream: exchange.stream,
    session: exchange.session,
    action,
    outcome: null,
    status: null,
    classes: [...new Set(found.map((each) => each.class))],
    rules: [...new Set(found.map((each) => each.rule))],
    inputTokens: 0,
    outputTokens: 0,
    costMicros: 0,
    durationMs: null,
    reserved: reserved !== undefined,
  };
  known.push(row);
  return row;
}

async function close(row: Known): Promise<void> {
  const denied = row.action === 'block' || row.action === 'hold';
  const findings = !denied && random(4) === 0 ? [finding(random(3))] : [];
  const action = findings.length > 0 ? pick(ACTIONS) : undefined;
  row.outcome = denied ? 'denied_input' : pick(OUTCOMES);
  row.status = 200 + random(300);
  row.inputTokens = random(100);
  row.outputTokens = random(100);
  row.costMicros = random(1000);
  row.durationMs = random(5000);
  row.classes = [...new Set([...row.classes, ...findings.map((each) => each.class)])];
  row.rules = [...new Set([...row.rules, ...findings.map((each) => each.rule)])];
  if (action !== undefined) row.action = stricter(row.action, action);
  await ledger.append(
    closed(row.id, {
      principal: row.principal,
      outcome: row.outcome,
      status: row.status,
      findings,
      ...(action === undefined ? {} : { decision: decision(action) }),
      usage: {
        inputTokens: row.inputTokens,
        outputTokens: row.outputTokens,
        costMicros: row.costMicros,
        estimated: false,
      },
      durationMs: row.durationMs,
    }),
  );
}

/** Some hours of traffic, across midnight and the end of a month, with a clock that is set back twice. */
async function live(): Promise<void> {
  const running: Known[] = [];
  for (let i = 0; i < 2600; i++) {
    now += random(6000);
    if (i === 700 || i === 1500) now -= 20 * 60_000;
    if (i === 1200) {
      // The process dies; what it had opened never closes.
      await ledger.append({ kind: 'node.state', state: 'started', version: '0' });
      for (const row of running.splice(0)) row.outcome = 'fault';
    }
    if (random(50) === 0) {
      refused.push({ time: now, count: 3 });
      await ledger.append({ kind: 'access.refused', reason: 'unauthenticated', count: 3, since: '' });
    }
    if (random(60) === 0) {
      const severity = Severity.options[random(Severity.options.length)]!;
      const principal = `key_${random(NAMES.length)}`;
      detected.push({ time: now, principal, severity });
      await ledger.append({
        kind: 'detection',
        detection: newId('det', now),
        rule: 'injection.burst',
        title: 'A burst',
        severity,
        techniques: [],
        involved: { principal },
        count: 5,
        since: new Date(now).toISOString(),
        until: new Date(now).toISOString(),
        records: [],
      });
    }
    if (running.length < 5 || random(2) === 0) running.push(await open());
    else await close(running.splice(random(running.length), 1)[0]!);
    // The index comes after records one by one, in batches, and with exchanges half-way.
    if (random(100) === 0) await index.caughtUp();
  }
  await index.caughtUp();
}

beforeAll(async () => {
  folder = new LedgerFolder();
  store = await openStore({ path: join(folder.dataDir, 'store.db') });
  ledger = await folder.open({ clock: () => now, segmentSize: 1024 });
  index = indexRecords(store, ledger, { interval: 1_000_000, clock: () => now });
  await live();
}, 60_000);
afterAll(async () => {
  await index.stop();
  await ledger.close();
  await store.close();
  folder.dispose();
});

const toRow = ({ reserved: _, ...row }: Known): ExchangeRow => row;

function likes(row: Known, filter: ExchangeFilter): boolean {
  for (const name of ['principal', 'route', 'model', 'surface', 'action', 'outcome', 'session'] as const) {
    if (filter[name] !== undefined && row[name] !== filter[name]) return false;
  }
  if (filter.class !== undefined && !row.classes.includes(filter.class)) return false;
  if (filter.rule !== undefined && !row.rules.includes(filter.rule)) return false;
  if (filter.from !== undefined && row.time < filter.from) return false;
  if (filter.to !== undefined && row.time >= filter.to) return false;
  const names = [row.principalName, row.model, row.route, ...row.rules].map((name) => name.toLowerCase());
  return (filter.text ?? '')
    .split(' ')
    .every(
      (word) =>
        word === '' ||
        word === row.id ||
        word === row.principal ||
        names.some((name) => name.startsWith(word.toLowerCase())),
    );
}

/** All pages of a search. */
async function allPages(filter: ExchangeFilter, limit: number): Promise<ExchangeRow[]> {
  const rows: ExchangeRow[] = [];
  for (let before: number | undefined; ;) {
    const page = await searchExchanges(store, { ...filter, limit, ...(before === undefined ? {} : { before }) });
    expect(page.exchanges.length).toBeLessThanOrEqual(limit);
    rows.push(...page.exchanges);
    if (page.next === undefined) return rows;
    before = page.next;
  }
}

const maybe = <T>(from: readonly T[]) => fc.option(fc.constantFrom(...from), { nil: undefined, freq: 2 });
const times = Array.from({ length: 30 }, (_, i) => new Date(START + i * 7 * 60_000 + 1234).toISOString());
const words = [
  '',
  'bill',
  'GPT',
  'gpt-4o',
  'pii.',
  'fast',
  'key_2',
  'nothing',
  'gpt billing',
  'a\ufffd',
  '*',
  'Shop pii',
];
const filters: fc.Arbitrary<ExchangeFilter> = fc
  .record({
    from: maybe(times),
    to: maybe(times),
    principal: maybe(['key_0', 'key_1', "' or 1=1 --"]),
    route: maybe(['fast']),
    model: maybe(MODELS),
    surface: maybe(['openai.chat'] as const),
    action: maybe(ACTIONS),
    outcome: maybe([...OUTCOMES, 'denied_input', 'fault'] as const),
    class: maybe(CLASSES),
    rule: maybe(RULES),
    session: maybe(['session 3', 'session 39', 'none']),
    text: maybe(words),
  })
  .map((drawn) => Object.fromEntries(Object.entries(drawn).filter(([, value]) => value !== undefined)));

describe('search', () => {
  it('finds, page by page, what a reading of all records finds', async () => {
    await fc.assert(
      fc.asyncProperty(filters, fc.constantFrom(1, 7, 100, 1000), async (filter, limit) => {
        const wanted = known.filter((row) => likes(row, filter) || hasNul(row, filter));
        const expected = wanted.toReversed().map(toRow);
        // A page of one of a thousand asks the index a thousand times: the first pages tell.
        if (expected.length / limit > 40) {
          const { exchanges } = await searchExchanges(store, { ...filter, limit });
          expect(exchanges).toEqual(expected.slice(0, limit));
        } else expect(await allPages(filter, limit)).toEqual(expected);
      }),
      { numRuns: 250, seed: 11 },
    );
  });

  it('finds an exchange by its id, also as a word', async () => {
    const row = known[777]!;
    expect(await getExchangeRow(store, row.id)).toEqual(toRow(row));
    expect(await getExchangeRow(store, 'ex_none')).toBeUndefined();
    expect((await searchExchanges(store, { text: row.id })).exchanges).toEqual([toRow(row)]);
    expect((await searchExchanges(store, { text: `${row.id} nothing` })).exchanges).toEqual([]);
  });
});

/** A NUL in a name is found by the sign that stands for it: no database keeps it in a text. */
function hasNul(row: Known, filter: ExchangeFilter): boolean {
  return row.model.includes('\0') && likes({ ...row, model: row.model.replace('\0', '\ufffd') }, filter);
}

const sum = <T>(rows: readonly T[], of: (row: T) => number): number => rows.reduce((all, row) => all + of(row), 0);

/** The least value that a share of all do not exceed. */
function quantile(rows: readonly Known[], q: number): number | null {
  const values = rows.flatMap((row) => row.durationMs ?? []).sort((a, b) => a - b);
  return values.length === 0 ? null : values[Math.ceil(q * values.length) - 1]!;
}

describe('figures', () => {
  const ranges = [
    [START, START + 3 * 3_600_000],
    [START + 30 * 60_000, START + 100 * 60_000],
    [START - 3 * 86_400_000, START + 86_400_000],
    [START - 120 * 86_400_000, START + 86_400_000],
  ] as const;
  for (const [from, to] of ranges) {
    for (const principal of [undefined, 'key_1']) {
      it(`are sums over the exchanges, ${(to - from) / 60_000} minutes of ${principal ?? 'all'}`, async () => {
        const times = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
        const overview = await readOverview(
          store,
          { ...times, ...(principal === undefined ? {} : { principal }) },
          now,
        );
        expect(overview.series.length).toBeLessThanOrEqual(200);
        expect(overview.from <= times.from && overview.to >= times.to).toBe(true);
        const rows = known.filter(
          (row) =>
            row.time >= overview.from &&
            row.time < overview.to &&
            (principal === undefined || row.principal === principal),
        );
        expect(rows.length).toBeGreaterThan(50);
        const { totals, series } = overview;
        expect(totals).toMatchObject({
          exchanges: rows.length,
          inputTokens: sum(rows, (row) => row.inputTokens),
          outputTokens: sum(rows, (row) => row.outputTokens),
          costMicros: sum(rows, (row) => row.costMicros),
        });
        for (const action of ACTIONS) {
          expect(totals.actions[action]).toBe(rows.filter((row) => row.action === action).length);
          expect(series.reduce((all, point) => all + point.actions[action], 0)).toBe(totals.actions[action]);
        }
        for (const [outcome, count] of Object.entries(totals.outcomes)) {
          expect(count).toBe(rows.filter((row) => row.outcome === outcome).length);
        }
        for (const [at, q] of [
          ['latencyP50', 0.5],
          ['latencyP95', 0.95],
        ] as const) {
          expect(totals[at]!).toBeGreaterThanOrEqual(quantile(rows, q)!);
          expect(totals[at]!).toBeLessThanOrEqual(quantile(rows, q)! * 1.1 + 1);
        }
        expect(series.reduce((all, point) => all + point.exchanges, 0)).toBe(rows.length);
        for (const { name, count } of overview.rules) {
          expect(count).toBe(rows.filter((row) => row.rules.includes(name)).length);
        }
        for (const { name, actions } of overview.classes) {
          expect(actions.allow).toBe(0);
          const redacted = rows.filter((row) => row.action === 'redact' && row.classes.includes(name));
          expect(actions.redact).toBe(redacted.length);
        }
        for (const { name, exchanges, tokens } of overview.models) {
          const of = rows.filter((row) => row.model === name);
          expect([exchanges, tokens]).toEqual([of.length, sum(of, (row) => row.inputTokens + row.outputTokens)]);
        }
        expect(overview.principals.length).toBe(principal === undefined ? NAMES.length : 1);
        for (const { id, name, exchanges, denied } of overview.principals) {
          const of = rows.filter((row) => row.principal === id);
          expect([name, exchanges]).toEqual([of[0]!.principalName, of.length]);
          expect(denied).toBe(of.filter((row) => row.outcome?.startsWith('denied')).length);
        }
        const met = detected.filter(({ time, ...of }) => {
          const iso = new Date(time).toISOString();
          return iso >= overview.from && iso < overview.to && (principal ?? of.principal) === of.principal;
        });
        for (const severity of Severity.options) {
          const count = met.filter((each) => each.severity === severity).length;
          expect(totals.detections[severity]).toBe(count);
          expect(sum(overview.series, ({ detections }) => detections[severity])).toBe(count);
        }
        if (principal === undefined) {
          const within = refused.filter(({ time }) => {
            const iso = new Date(time).toISOString();
            return iso >= overview.from && iso < overview.to;
          });
          expect(totals.refused).toBe(within.reduce((all, { count }) => all + count, 0));
        }
      });
    }
  }

  it('of a budget run up to what it was charged', async () => {
    for (const [period, begin] of [
      ['day', '2026-03-31T00:00:00.000Z'],
      ['month', '2026-03-01T00:00:00.000Z'],
      ['total', ''],
    ] as const) {
      const series = await readUsageSeries(store, 'key_0', period, now);
      const charged = known.filter(
        (row) => row.principal === 'key_0' && row.reserved && row.outcome !== null && row.time >= begin,
      );
      // What a process left open is charged what was set aside.
      const lost = charged.filter((row) => row.outcome === 'fault');
      expect(series.at(-1)).toEqual({
        time: new Date(now).toISOString(),
        requests: charged.length,
        tokens: sum(charged, (row) => row.inputTokens + row.outputTokens) + lost.length * 100,
        costMicros: sum(charged, (row) => row.costMicros) + lost.length * 9,
      });
      for (const [i, point] of series.entries()) {
        expect(point.requests).toBeGreaterThanOrEqual(series[i - 1]?.requests ?? 0);
      }
    }
  });
});

it('is made again from the ledger, the same to the last figure', async () => {
  const tables = ['records', 'exchanges', 'figures', 'spans'] as const;
  const dump = (): Promise<unknown> =>
    Promise.all(tables.map((table) => store.db.selectFrom(table).selectAll().execute()));
  const canonical = (found: unknown): unknown =>
    // The order within a figure's lists is that of first counting.
    JSON.parse(JSON.stringify(found), (key, value: unknown) =>
      key === 'detail' ? [...(value as string)].sort().join('') : value,
    );
  const before = canonical(await dump());
  await index.stop();
  await store.db.deleteFrom('meta').execute();
  index = indexRecords(store, ledger, { interval: 1_000_000, clock: () => now });
  await index.caughtUp();
  expect(index.lag()).toBe(0);
  expect(canonical(await dump())).toEqual(before);
});

it('keeps the figures of what is pruned, and forgets the rest', async () => {
  const all = { from: new Date(START - 3_600_000).toISOString(), to: new Date(now + 3_600_000).toISOString() };
  const before = await readOverview(store, all, now);
  const { firstSeq } = await ledger.prune(2000);
  expect(firstSeq).toBe(1024);
  await index.caughtUp();
  expect(await readOverview(store, all, now)).toEqual(before);
  const left = known.filter((row) => row.seq >= firstSeq);
  expect(await allPages({}, 1000)).toEqual(left.toReversed().map(toRow));
  expect(await allPages({ action: 'block' }, 1000)).toEqual(
    left
      .filter((row) => row.action === 'block')
      .toReversed()
      .map(toRow),
  );
});
