// Uploads: whole under the name that they earn, their key's alone, bounded in number, room and time, gone with the process.
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Uploads, openUploads } from './uploads.ts';

const MINE = { key: 'key_1', repo: 'reg:org/model' };
const LIMITS = { uploads: { atOnce: 3, perKey: 2, bytes: 100, expires: 1000 }, fileBytes: 60, files: 4 };
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

let dir: string;
let now: number;
let uploads: Uploads;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ancile-uploads-'));
  now = 1_000_000;
  uploads = openUploads({ dataDir: dir, limits: () => LIMITS, clock: () => now });
});
afterEach(async () => {
  await uploads.close();
  rmSync(dir, { recursive: true });
});

const files = (): string[] => readdirSync(join(dir, 'artifacts/uploads'));
async function send(text: string, place = MINE): Promise<void> {
  const { id } = await uploads.begin(place);
  await uploads.add(place, id, undefined, Readable.from([Buffer.from(text)]));
  await uploads.finish(place, id, sha256(text));
}

it('takes pieces in, in order, and gives the whole to whom it belongs', async () => {
  const { id } = await uploads.begin(MINE);
  await uploads.add(MINE, id, 0, Readable.from([Buffer.from('ab'), Buffer.from('c')]));
  const gap = uploads.add(MINE, id, 7, Readable.from([Buffer.from('x')]));
  await expect(gap).rejects.toMatchObject({ code: 'request_invalid', at: 'range' });
  await uploads.add(MINE, id, 3, Readable.from([Buffer.from('d')]));
  expect(uploads.find(MINE, id).size).toBe(4);
  for (const other of [
    { ...MINE, key: 'key_2' },
    { ...MINE, repo: 'reg:org/other' },
  ]) {
    expect(() => uploads.find(other, id)).toThrow(expect.objectContaining({ code: 'not_found' }));
  }
  await uploads.finish(MINE, id, sha256('abcd'));
  expect(uploads.has(MINE, sha256('abcd'))).toBe(4);
  expect(readFileSync(uploads.path(MINE, sha256('abcd'))!, 'utf8')).toBe('abcd');
  expect(uploads.has({ ...MINE, key: 'key_2' }, sha256('abcd'))).toBeUndefined();
  expect(uploads.path({ ...MINE, repo: 'reg:org/other' }, sha256('abcd'))).toBeUndefined();
});

it('keeps nothing that is not what it is called', async () => {
  const { id } = await uploads.begin(MINE);
  await uploads.add(MINE, id, undefined, Readable.from([Buffer.from('abc')]));
  await expect(uploads.finish(MINE, id, sha256('abd'))).rejects.toMatchObject({ at: 'digest' });
  expect(files()).toEqual([]);
  await expect(uploads.finish(MINE, id, sha256('abc'))).rejects.toMatchObject({ code: 'not_found' });
});

it('takes nothing more into what is being ended', async () => {
  const { id } = await uploads.begin(MINE);
  await uploads.add(MINE, id, undefined, Readable.from([Buffer.from('abc')]));
  const ended = uploads.finish(MINE, id, sha256('abc'));
  const late = uploads.add(MINE, id, undefined, Readable.from([Buffer.from('evil')]));
  await expect(late).rejects.toMatchObject({ code: 'conflict' });
  await expect(uploads.finish(MINE, id, sha256('abc'))).rejects.toMatchObject({ code: 'conflict' });
  await ended;
  expect(readFileSync(uploads.path(MINE, sha256('abc'))!, 'utf8')).toBe('abc');
  expect(uploads.has(MINE, sha256('abc'))).toBe(3);
});

it('keeps no more of one key than one version may have', async () => {
  for (const text of ['a', 'b', 'c', 'd', 'd']) await send(text);
  await expect(send('e')).rejects.toMatchObject({ code: 'overloaded' });
  await send('e', { ...MINE, key: 'key_2' });
  expect(files()).toHaveLength(5);
});

it('keeps what came before a body broke off', async () => {
  const { id } = await uploads.begin(MINE);
  const broken = new Readable({ read: () => undefined });
  broken.push('abc');
  const added = uploads.add(MINE, id, undefined, broken);
  const second = uploads.add(MINE, id, undefined, Readable.from([Buffer.from('x')]));
  await expect(second).rejects.toMatchObject({ code: 'conflict' });
  setImmediate(() => broken.destroy(new Error('gone')));
  await expect(added).rejects.toThrow('gone');
  const { size } = uploads.find(MINE, id);
  await uploads.add(MINE, id, size, Readable.from([Buffer.from('abcdef'.slice(size))]));
  await uploads.finish(MINE, id, sha256('abcdef'));
});

it('has bounds on number, size and room', async () => {
  const { id } = await uploads.begin(MINE);
  await uploads.begin(MINE);
  await expect(uploads.begin(MINE)).rejects.toMatchObject({ code: 'overloaded' });
  await uploads.begin({ ...MINE, key: 'key_2' });
  await expect(uploads.begin({ ...MINE, key: 'key_3' })).rejects.toMatchObject({ code: 'overloaded' });
  const large = uploads.add(MINE, id, undefined, Readable.from([Buffer.alloc(50), Buffer.alloc(11)]));
  await expect(large).rejects.toMatchObject({ code: 'body_too_large' });
  await uploads.cancel(MINE, id);
  await send('a'.repeat(60));
  await expect(send('b'.repeat(41))).rejects.toMatchObject({ code: 'overloaded' });
  // The same again takes no more room.
  expect(uploads.has(MINE, sha256('a'.repeat(60)))).toBe(60);
});

it('lets go of what is not ended, and of what is used for nothing', async () => {
  await send('whole');
  const { id } = await uploads.begin(MINE);
  now += 1001;
  await uploads.begin(MINE);
  expect(files()).toHaveLength(1);
  expect(uploads.has(MINE, sha256('whole'))).toBeUndefined();
  expect(() => uploads.find(MINE, id)).toThrow('no such upload');
});

it('leaves nothing to the next process', async () => {
  await send('whole');
  await uploads.begin(MINE);
  const next = openUploads({ dataDir: dir, limits: () => LIMITS, clock: () => now });
  expect(files()).toEqual([]);
  await next.close();
  expect(existsSync(join(dir, 'artifacts/uploads'))).toBe(false);
});
