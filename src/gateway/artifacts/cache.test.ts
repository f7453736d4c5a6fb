// The cache: a file has its name when it is whole, what was changed is not served, what is old is let go.
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Cache, Tampered, openCache } from './cache.ts';

let dir: string;
let cache: Cache;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ancile-cache-'));
  cache = openCache(dir);
});
afterEach(() => rmSync(dir, { recursive: true }));

async function put(text: string): Promise<string> {
  const path = cache.temporary();
  writeFileSync(path, text);
  const sha256 = createHash('sha256').update(text).digest('hex');
  await cache.quarantine(path, sha256);
  return sha256;
}

async function read(from: Cache, sha256: string): Promise<string> {
  const { handle } = await from.open(sha256);
  try {
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

it('serves what was promoted, also after a start, and nothing that is in quarantine', async () => {
  const sha256 = await put('one');
  await expect(cache.open(sha256)).rejects.toThrow('not in the cache');
  await Promise.all([cache.promote(sha256), cache.promote(sha256)]);
  expect(await read(cache, sha256)).toBe('one');
  expect(await read(openCache(dir), sha256)).toBe('one');
});

it('sweeps away what was half written', () => {
  writeFileSync(cache.temporary(), 'half');
  openCache(dir);
  expect(readdirSync(join(dir, 'artifacts/temp'))).toEqual([]);
});

it('finds a changed file before it is served: after a start, and where its look changed', async () => {
  const one = await put('one');
  const two = await put('two');
  for (const each of [one, two]) await cache.promote(each);
  expect(await read(cache, one)).toBe('one');
  writeFileSync(cache.find(one)!, 'eno');
  await expect(cache.open(one)).rejects.toThrow(Tampered);
  expect(cache.has(one)).toBe(false);
  writeFileSync(cache.find(two)!, 'owt');
  await expect(openCache(dir).open(two)).rejects.toThrow(Tampered);
});

it('a look that changed for nothing is no harm', async () => {
  const one = await put('one');
  await cache.promote(one);
  await read(cache, one);
  utimesSync(cache.find(one)!, 1, 1);
  expect(await read(cache, one)).toBe('one');
});

it('lets go of what was not used for longest, and of nothing fresh', async () => {
  const old = await put('old one');
  utimesSync(cache.find(old)!, 1, 1);
  const again = openCache(dir);
  await again.shrink(100);
  expect(again.has(old)).toBe(true);
  const path = again.find(old)!;
  await again.shrink(1);
  expect([again.has(old), existsSync(path)]).toEqual([false, false]);
  const fresh = await put('fresh');
  await cache.shrink(0);
  expect(cache.has(fresh)).toBe(true);
});
