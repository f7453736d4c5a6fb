// The digest cache answers for what is unchanged, and for nothing else.
import { chmodSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { digestModel, signModel, verifyModel } from './index.ts';
import { tempFolder } from '../../test/harness/cleanup.ts';
import { FILES, keyPair, modelOf } from './testing/vector.ts';

const { privateKey, publicKey } = keyPair();
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What was changed just now is not kept: the tests wait until it is old enough. */
const SETTLED = 2100;

it('reads an unchanged file once, and a changed one again', async () => {
  const model = modelOf(FILES);
  const cache = join(tempFolder(), 'cache');
  expect(await digestModel(model, { cache })).toMatchObject({ cached: 0 });
  // Too fresh: nothing was kept.
  expect(await digestModel(model, { cache })).toMatchObject({ cached: 0 });
  await pause(SETTLED);
  const { digest } = await digestModel(model, { cache });
  expect(await digestModel(model, { cache })).toMatchObject({ cached: 3, digest });
  // Digests of shards are other digests; those of files stay.
  expect(await digestModel(model, { cache, shardSize: 2 })).toMatchObject({ cached: 0 });
  expect(await digestModel(model, { cache, shardSize: 2 })).toMatchObject({ cached: 3 });
  expect(await digestModel(model, { cache })).toMatchObject({ cached: 3, digest });

  // The same size and time, as whoever hides a change would set them: the change time tells.
  const path = join(model, 'weights.bin');
  const { atime, mtime } = statSync(path);
  writeFileSync(path, 'weightz');
  utimesSync(path, atime, mtime);
  const changed = await digestModel(model, { cache });
  expect(changed).toMatchObject({ cached: 2 });
  expect(changed.digest).not.toBe(digest);
  expect((await digestModel(model)).digest).toBe(changed.digest);

  // What is gone is forgotten; what is no cache is none.
  rmSync(path);
  await digestModel(model, { cache });
  const file = join(cache, readdirSync(cache)[0]!);
  expect(readFileSync(file, 'utf8')).not.toContain('sha256 0 weights.bin');
  for (const content of ['', '{', '{"version":1,"model":"/other","entries":{}}', '[]']) {
    writeFileSync(file, content);
    expect(await digestModel(model, { cache })).toMatchObject({ cached: 0 });
  }
});

it('is what a second verification goes by', async () => {
  const model = modelOf(FILES);
  writeFileSync(join(model, 'model.sig'), (await signModel(model, { key: privateKey })).bundle);
  const cache = join(tempFolder(), 'cache');
  await pause(SETTLED);
  const options = { trust: { keys: [publicKey] }, cache };
  expect((await verifyModel(model, options)).files).toMatchObject({ intact: 3, cached: 0 });
  expect((await verifyModel(model, options)).files).toMatchObject({ intact: 3, cached: 3 });
  writeFileSync(join(model, 'config.json'), '[]');
  expect((await verifyModel(model, options)).problems).toMatchObject([{ kind: 'changed', path: 'config.json' }]);
});

it('lies outside the model, where others cannot write', async () => {
  const model = modelOf(FILES);
  for (const inside of [model, join(model, 'cache')]) {
    await expect(digestModel(model, { cache: inside })).rejects.toThrow('outside the model');
  }
  const open = join(tempFolder(), 'open');
  mkdirSync(open);
  chmodSync(open, 0o777);
  await expect(digestModel(model, { cache: open })).rejects.toThrow('others can write');
});

it('ends when it is told to, and keeps what was read', async () => {
  const model = modelOf({ a: Buffer.alloc(3_000_000), b: Buffer.alloc(3_000_000) });
  const ended = new AbortController();
  const seen: number[] = [];
  const onProgress = (done: number, total: number): void => {
    expect(total).toBe(6_000_000);
    seen.push(done);
    ended.abort();
  };
  await expect(digestModel(model, { signal: ended.signal, onProgress })).rejects.toMatchObject({
    code: 'shutting_down',
  });
  expect(seen.length).toBeLessThan(4);
});
