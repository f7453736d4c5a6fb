// One suite for every place where keys and usage are kept.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openStore } from '../store/index.ts';
import {
  advanceUsage,
  chargeAbandoned,
  createMemoryCounterStore,
  createMemoryKeyStore,
  createStoreCounterStore,
  createStoreKeyStore,
  EMPTY_USAGE,
  type CounterStore,
  type KeyStore,
  type StoredKey,
  type UsageRecord,
} from './index.ts';

interface Place {
  keys: KeyStore;
  usage: CounterStore;
  close(): Promise<void>;
}

async function sqlite(): Promise<Place> {
  const dir = mkdtempSync(join(tmpdir(), 'ancile-access-'));
  const store = await openStore({ path: join(dir, 'store.db') });
  const close = async (): Promise<void> => {
    await store.close();
    rmSync(dir, { recursive: true });
  };
  return { keys: createStoreKeyStore(store), usage: createStoreCounterStore(store), close };
}

const memory = async (): Promise<Place> => ({
  keys: createMemoryKeyStore(),
  usage: createMemoryCounterStore(),
  close: async () => undefined,
});

const key = (id: string, hash = id): StoredKey => ({
  hash,
  info: {
    id,
    name: `"${id}"`,
    tenant: 't',
    kind: 'agent',
    artifacts: [],
    artifactsPush: [],
    tools: [],
    routes: ['*'],
    created: '2026-01-01T00:00:00.000Z',
    budgets: [{ period: 'day', tokens: 5 }],
  },
});

const opened = (seq: number, id: string, time: string): UsageRecord => ({
  seq,
  kind: 'exchange.opened',
  time,
  exchange: { id, principal: { id: 'key_1' } },
  reserved: { inputTokens: 50, outputTokens: 50, costMicros: 9, estimated: true },
});
const closed = (seq: number, exchange: string): UsageRecord => ({
  seq,
  kind: 'exchange.closed',
  exchange,
  usage: { inputTokens: 1, outputTokens: 2, costMicros: 3, estimated: false },
});

describe.each([
  ['memory', memory],
  ['the store', sqlite],
])('in %s', (_, open) => {
  let place: Place;
  afterEach(() => place.close());

  it('keys come back as they were put, each id and digest once', async () => {
    place = await open();
    await place.keys.insert(key('a'));
    await place.keys.insert(key('b'));
    await expect(place.keys.insert(key('a', 'other'))).rejects.toMatchObject({ code: 'conflict' });
    await expect(place.keys.insert(key('c', 'a'))).rejects.toMatchObject({ code: 'conflict' });
    expect(await place.keys.list()).toEqual([key('a'), key('b')]);
  });

  it('of several revocations the last is written, and for a key that there is', async () => {
    place = await open();
    await place.keys.insert(key('a'));
    await place.keys.markRevoked('a', '2026-02-01T00:00:00.000Z');
    await place.keys.markRevoked('a', '2026-03-01T00:00:00.000Z');
    expect((await place.keys.list())[0]?.info.revoked).toBe('2026-03-01T00:00:00.000Z');
    await expect(place.keys.markRevoked('b', '2026-03-01T00:00:00.000Z')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('usage comes back as it was saved, what is open too, and is saved again when it grew', async () => {
    place = await open();
    expect(await place.usage.load()).toEqual(EMPTY_USAGE);
    const first = advanceUsage(EMPTY_USAGE, [
      opened(0, 'x', '2026-01-31T23:59:00.000Z'),
      opened(1, 'y', '2026-02-01T00:00:00.000Z'),
      closed(2, 'y'),
    ]);
    await place.usage.save(first);
    expect(await place.usage.load()).toEqual(first);
    const second = chargeAbandoned(
      advanceUsage(await place.usage.load(), [opened(3, 'z', '2026-02-01T00:00:00.000Z')]),
    );
    await place.usage.save(second);
    const back = await place.usage.load();
    const order = <T extends { period: string; windowStart: string }>(rows: readonly T[]): T[] =>
      [...rows].sort((a, b) => (a.period + a.windowStart < b.period + b.windowStart ? -1 : 1));
    expect(order(back.counters)).toEqual(order(second.counters));
    expect(back.open).toEqual([]);
    expect(back.counters.find((each) => each.period === 'total')?.amounts).toEqual({
      requests: 3,
      tokens: 203,
      costMicros: 21,
    });
  });
});
