// What finding costs: fills a store with exchanges through the index's own writer, then times the first page and a
// deep page of each kind of search, and the figures. Usage: npx tsx tools/bench/search.ts [--exchanges N] [--check]
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { newId } from '../../src/base/index.ts';
import type { Action, ExchangeFilter, Finding, StoredRecord } from '../../src/contract/index.ts';
import { readOverview, readUsageSeries, searchExchanges, searchRecords } from '../../src/ledger/index.ts';
import { IndexWriter } from '../../src/ledger/index-writer.ts';
import { openStore, type Store } from '../../src/store/index.ts';

const { values } = parseArgs({
  options: { exchanges: { type: 'string', default: '1000000' }, check: { type: 'boolean', default: false } },
});
const EXCHANGES = Number(values.exchanges);
/** Most that any search may take, milliseconds (held by --check). */
const BOUND_MS = 50;
const DAYS = 30;
const PRINCIPALS = 200;
const ROUNDS = 5;
const now = Date.now();
const begin = now - DAYS * 86_400_000;

let seed = 42;
const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;

const MODELS = [
  'gpt-4o',
  'gpt-4o-mini',
  'gpt-4.1',
  'o3',
  'claude-sonnet-4',
  'claude-opus-4',
  'gemini-2.5-pro',
  'llama3.3',
];
const RULES = Array.from({ length: 120 }, (_, i) => `${pick(['attack', 'pii', 'secrets', 'link'])}.rule-${i}`);
const CLASSES = ['injection', 'jailbreak', 'pii', 'secret'] as const;
const finding = (): Finding => ({
  rule: RULES[Math.floor(random() ** 2 * RULES.length)]!,
  class: pick(CLASSES),
  severity: 'high',
  score: 0.9,
  start: 0,
  end: 9,
  evidence: '[redacted]',
  techniques: [],
  detector: 'd',
  segment: '/messages/0/content',
  channel: 'user',
});

/** Opened and closed record of the i-th exchange. Each principal uses one of the models; the last never blocks. */
function exchange(i: number): [StoredRecord, StoredRecord] {
  const time = begin + (i * DAYS * 86_400_000) / EXCHANGES;
  const n = Math.floor(random() ** 2 * PRINCIPALS);
  const principal = {
    id: `key_${String(n).padStart(26, '0')}`,
    name: `team ${n}`,
    kind: 'service' as const,
    tenant: 't',
  };
  const found = random() < 0.08 && n !== PRINCIPALS - 1 ? [finding()] : [];
  const action: Action = found.length === 0 ? 'allow' : pick(['flag', 'redact', 'redact', 'block', 'hold'] as const);
  const denied = action === 'block' || action === 'hold';
  const id = newId('ex', time);
  const common = { node: 'node_1', time: new Date(time).toISOString() };
  const decision = { action, policies: [], stages: [], policyVersion: 'v'.repeat(64) };
  const usage = { inputTokens: 900, outputTokens: 300, costMicros: 4200, estimated: false };
  return [
    {
      ...common,
      seq: 2 * i,
      kind: 'exchange.opened',
      exchange: {
        id,
        surface: n % 3 === 0 ? 'anthropic.messages' : 'openai.chat',
        principal,
        session: `${'5e55'.repeat(7)}${Math.floor(i / 6)}`,
        route: n % 2 === 0 ? 'default' : 'fast',
        model: MODELS[n % MODELS.length]!,
        upstream: 'main',
        stream: n % 2 === 0,
      },
      inputDigest: 'd'.repeat(64),
      segments: 3,
      findings: found,
      decision,
      ...(denied ? {} : { reserved: usage }),
    },
    {
      ...common,
      seq: 2 * i + 1,
      kind: 'exchange.closed',
      exchange: id,
      principal: principal.id,
      outcome: denied ? 'denied_input' : random() < 0.001 ? 'upstream_error' : 'completed',
      status: 200,
      findings: [],
      usage,
      durationMs: 200 + random() ** 4 * 20_000,
    },
  ];
}

async function fill(store: Store): Promise<void> {
  const writer = new IndexWriter(store);
  const started = performance.now();
  let cpu = 0;
  for (let i = 0; i < EXCHANGES; i += 500) {
    const records = Array.from({ length: Math.min(500, EXCHANGES - i) }, (_, k) => exchange(i + k)).flat();
    const before = process.cpuUsage();
    await writer.save(records, { origin: 'bench', seq: 2 * (i + 500) }, now);
    const { user, system } = process.cpuUsage(before);
    cpu += user + system;
  }
  const each = (total: number): string => (total / (2 * EXCHANGES)).toFixed(1);
  const wall = (performance.now() - started) * 1000;
  console.log(`filled with ${EXCHANGES} exchanges: ${each(cpu)} us of CPU a record, ${each(wall)} us of time`);
}

const hour = (ago: number): string => new Date(now - ago * 3_600_000).toISOString();
const key = (n: number): string => `key_${String(n).padStart(26, '0')}`;
/** Searches by what makes them easy or hard for an index: common, rare, absent, two that hardly meet, two that never do. */
const SEARCHES: Readonly<Record<string, ExchangeFilter>> = {
  everything: {},
  'last hour': { from: hour(1) },
  'one hour, 20 days ago': { from: hour(480), to: hour(479) },
  'a common principal': { principal: key(0) },
  'the rarest principal': { principal: key(PRINCIPALS - 1) },
  'a model': { model: 'gpt-4o' },
  blocked: { action: 'block' },
  'failed upstream (1 in 1000)': { outcome: 'upstream_error' },
  'a class': { class: 'pii' },
  'a rule': { rule: RULES[0]! },
  'a session': { session: `${'5e55'.repeat(7)}100` },
  'principal + model, never together': { principal: key(0), model: 'gpt-4o-mini' },
  'principal + action, never together': { principal: key(PRINCIPALS - 1), action: 'block' },
  'class + action + outcome + surface': {
    class: 'pii',
    action: 'redact',
    outcome: 'upstream_error',
    surface: 'openai.chat',
  },
  'model + one hour, 20 days ago': { model: 'gpt-4o', from: hour(480), to: hour(479) },
  'word: gpt': { text: 'gpt' },
  'word: team 19 (a name)': { text: 'team' },
  'words: attack gpt, blocked': { text: 'attack gpt', action: 'block' },
  'word + principal, never together': { text: 'claude', principal: key(0) },
  'a key id as a word': { text: key(7) },
  'a word that is nowhere': { text: 'zebra' },
};

/** Median milliseconds of some rounds. */
async function time(run: () => Promise<unknown>): Promise<number> {
  const taken: number[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    const started = performance.now();
    await run();
    taken.push(performance.now() - started);
  }
  return taken.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)]!;
}

async function main(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'ancile-bench-search-'));
  const store = await openStore({ path: join(dir, 'store.db') });
  let worst = 0;
  const report = (name: string, first: number, deep?: number, found?: number): void => {
    worst = Math.max(worst, first, deep ?? 0);
    const deepText = deep === undefined ? '' : deep.toFixed(1);
    console.log(
      `${name.padEnd(40)} ${first.toFixed(1).padStart(8)} ${deepText.padStart(8)} ${String(found ?? '').padStart(6)}`,
    );
  };
  try {
    await fill(store);
    console.log(`${'search (ms)'.padEnd(40)} ${'first'.padStart(8)} ${'deep'.padStart(8)} ${'found'.padStart(6)}`);
    for (const [name, filter] of Object.entries(SEARCHES)) {
      const { exchanges } = await searchExchanges(store, { limit: 50, ...filter });
      const first = await time(() => searchExchanges(store, { limit: 50, ...filter }));
      const before = Math.floor(EXCHANGES / 5);
      const deep = await time(() => searchExchanges(store, { limit: 50, before, ...filter }));
      report(name, first, deep, exchanges.length);
    }
    for (const [name, filter] of Object.entries({
      'records: of a principal': { principal: key(3) },
      'records: blocked': { action: 'block' },
      'records: kind that is nowhere': { kind: 'session' },
      'records: of one hour, 20 days ago': { from: hour(480), to: hour(479) },
    })) {
      report(name, await time(() => searchRecords(store, { limit: 50, ...filter })));
    }
    for (const [name, ago] of Object.entries({
      'last hour': 1,
      'last day': 24,
      'last week': 168,
      'last 30 days': 720,
    })) {
      report(`figures: ${name}`, await time(() => readOverview(store, { from: hour(ago), to: hour(0) })));
    }
    report(
      'figures: 30 days of a principal',
      await time(() => readOverview(store, { from: hour(720), to: hour(0), principal: key(3) })),
    );
    report('budget of a month', await time(() => readUsageSeries(store, key(3), 'month')));
  } finally {
    await store.close();
    console.log(
      `store: ${(statSync(join(dir, 'store.db')).size / 1e6).toFixed(0)} MB; slowest: ${worst.toFixed(1)} ms`,
    );
    rmSync(dir, { recursive: true });
  }
  if (values.check && worst > BOUND_MS) {
    console.error(`slower than ${BOUND_MS} ms`);
    process.exitCode = 1;
  }
}

await main();
