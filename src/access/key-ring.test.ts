// The story of a key: made, shown once, presented, out of date, revoked.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createKeyRing,
  createMemoryKeyStore,
  createRouteTable,
  matchPattern,
  selectRoute,
  type KeyStore,
} from './index.ts';

const START = Date.parse('2026-01-01T00:00:00Z');

async function ring(store: KeyStore = createMemoryKeyStore()) {
  const time = { now: START };
  const ended: string[] = [];
  const keys = await createKeyRing({ store, clock: () => time.now });
  keys.onRevoked((id, reason) => ended.push(`${id} ${reason}`));
  return { keys, store, time, ended };
}

describe('a key', () => {
  it('is told once, kept as a digest, and known again after a restart', async () => {
    const { keys, store } = await ring();
    const { key, info } = await keys.create({ name: 'app', tenant: 'acme', kind: 'agent' });
    expect(key).toMatch(/^ancile_[0-9a-z]{46}$/);
    const kept = await store.list();
    expect(JSON.stringify(kept)).not.toContain(key.slice(7));
    expect(kept[0]?.hash).toBe(createHash('sha256').update(key).digest('hex'));
    const again = await createKeyRing({ store });
    const found = again.authenticate(key);
    expect(found.ok && found.key).toMatchObject(info);
    expect(found.ok && found.key.principal).toEqual({ id: info.id, kind: 'agent', name: 'app', tenant: 'acme' });
  });

  it('is told from a typo, and from a key that never was', async () => {
    const { keys } = await ring();
    const { key } = await keys.create({ name: 'app' });
    const reason = (token: string | undefined) => {
      const result = keys.authenticate(token);
      return result.ok ? 'ok' : result.reason;
    };
    expect([undefined, ''].map(reason)).toEqual(['missing', 'missing']);
    for (let at = 0; at < key.length; at++) {
      const typo = key.slice(0, at) + (key[at] === 'x' ? 'y' : 'x') + key.slice(at + 1);
      expect(reason(typo)).toBe('malformed');
    }
    expect([`${key} `, key.toUpperCase(), key.slice(1), 'x'.repeat(1e6)].map(reason)).toEqual(
      Array(4).fill('malformed'),
    );
    const { key: foreign } = await (await ring()).keys.create({ name: 'elsewhere' });
    expect(reason(foreign)).toBe('unknown');
    expect(reason(key)).toBe('ok');
  });

  it('ends when it is revoked: at once, for good, and every listener hears it once', async () => {
    const { keys, store, ended } = await ring();
    const { key, info } = await keys.create({ name: 'app' });
    const heard: string[] = [];
    const stop = keys.onRevoked((id) => heard.push(id));
    await keys.revoke(info.id);
    await keys.revoke(info.id);
    stop();
    expect(keys.authenticate(key)).toEqual({ ok: false, reason: 'revoked' });
    expect(ended).toEqual([`${info.id} revoked`]);
    expect(heard).toEqual([info.id]);
    expect((await createKeyRing({ store })).authenticate(key)).toEqual({ ok: false, reason: 'revoked' });
    await expect(keys.revoke('key_none')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('ends here even where the store cannot write it, and a second try writes it', async () => {
    const inner = createMemoryKeyStore();
    let broken = true;
    const store: KeyStore = {
      ...inner,
      markRevoked: (id, time) => (broken ? Promise.reject(new Error('disk')) : inner.markRevoked(id, time)),
    };
    const { keys } = await ring(store);
    const { key, info } = await keys.create({ name: 'app' });
    await expect(keys.revoke(info.id)).rejects.toThrow('disk');
    expect(keys.authenticate(key)).toEqual({ ok: false, reason: 'revoked' });
    broken = false;
    await keys.revoke(info.id);
    expect((await store.list())[0]?.info.revoked).toBeDefined();
  });

  it('ends when its time is over, which listeners hear too', async () => {
    const { keys, time, ended } = await ring();
    const { key, info } = await keys.create({ name: 'app', expires: '2026-01-02T00:00:00Z' });
    time.now = Date.parse('2026-01-01T23:59:59.999Z');
    keys.sweep();
    expect(keys.authenticate(key).ok).toBe(true);
    time.now++;
    expect(keys.authenticate(key)).toEqual({ ok: false, reason: 'expired' });
    keys.sweep();
    keys.sweep();
    expect(ended).toEqual([`${info.id} expired`]);
    keys.close();
  });

  it('is not made of a request that makes no sense', async () => {
    const { keys } = await ring();
    const refused = { code: 'request_invalid' };
    await expect(keys.create({ name: '' })).rejects.toMatchObject({ ...refused, at: 'name' });
    await expect(keys.create({ name: 'a', expires: '2025-01-01T00:00:00Z' })).rejects.toMatchObject({
      ...refused,
      at: 'expires',
    });
    const budgets = [
      { period: 'day', tokens: 1 },
      { period: 'day', requests: 1 },
    ] as const;
    await expect(keys.create({ name: 'a', budgets: [...budgets] })).rejects.toMatchObject({
      ...refused,
      at: 'budgets',
    });
    expect(keys.list()).toEqual([]);
  });
});

describe('names with *', () => {
  it('match as the plain definition does', () => {
    const naive = (pattern: string, text: string): boolean => {
      if (pattern === '') return text === '';
      if (pattern[0] !== '*') return pattern[0] === text[0] && text !== '' && naive(pattern.slice(1), text.slice(1));
      return naive(pattern.slice(1), text) || (text !== '' && naive(pattern, text.slice(1)));
    };
    const word = (letters: string) => fc.string({ unit: fc.constantFrom(...letters), maxLength: 7 });
    fc.assert(
      fc.property(word('ab*'), word('ab'), (pattern, text) => {
        expect(matchPattern(pattern, text)).toBe(naive(pattern, text));
      }),
      { numRuns: 2000 },
    );
  });
  it('do not slow down on patterns made for it', () => {
    expect(matchPattern(`${'*a'.repeat(2000)}*b`, 'a'.repeat(100_000))).toBe(false);
  });
  it('choose the exact route, then the most specific', () => {
    const models = { '*': 1, 'gpt-*': 2, 'gpt-4*': 3, 'gpt-4*-mini': 4, 'gpt-4o': 5 };
    const chosen = (model: string) => selectRoute(models, model)?.route;
    expect(['gpt-4o', 'gpt-4o-mini', 'gpt-4.1', 'gpt-5', 'claude', '__proto__', 'constructor'].map(chosen)).toEqual([
      5, 4, 3, 2, 1, 1, 1,
    ]);
    expect(selectRoute({ 'gpt-*': 1 }, 'constructor')).toBeUndefined();
  });
  it('choose only among the routes in scope', () => {
    const table = createRouteTable({ '*': 1, 'gpt-*': 2, 'gpt-4o': 3 });
    expect(table.select('gpt-4o', { routes: ['gpt-*'] })?.name).toBe('gpt-4o');
    expect(table.select('gpt-4o', { routes: ['gpt-4*'] })?.name).toBe('gpt-4o');
    expect(table.select('gpt-5', { routes: ['gpt-4o'] })).toBeUndefined();
    expect(table.select('claude', { routes: ['gpt-*'] })).toBeUndefined();
  });
});
