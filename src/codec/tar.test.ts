// Archives: what tar reads of ours, and what is refused of others'.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { requireOrSkip } from '../../test/skips.ts';
import { readTar, tarEnd, tarHeader, tarPadding } from './index.ts';

let dir: string;
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), 'ancile-tar-'))));
afterEach(() => rmSync(dir, { recursive: true }));

const archive = (files: Readonly<Record<string, Buffer>>): Buffer =>
  Buffer.concat([
    ...Object.entries(files).flatMap(([name, bytes]) => [
      tarHeader(name, bytes.length, 1e9),
      bytes,
      tarPadding(bytes.length),
    ]),
    tarEnd(),
  ]);

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function unpack(bytes: Buffer, size = 1000): Promise<Record<string, Buffer>> {
  const files: Record<string, Buffer> = {};
  let name = '';
  for await (const piece of readTar(pieces(bytes, size))) {
    if ('name' in piece) files[(name = piece.name)] = Buffer.alloc(0);
    else files[name] = Buffer.concat([files[name]!, piece.bytes]);
  }
  return files;
}

const FILES = {
  'a.txt': Buffer.from('hello'),
  'b/empty': Buffer.alloc(0),
  'b/block': Buffer.alloc(512, 7),
  c: Buffer.alloc(5000, 1),
};

it('is read by tar, and reads what tar writes', async (context) => {
  requireOrSkip(context, spawnSync('tar', ['--version']).status === 0, 'tar is not here');
  const path = join(dir, 'ours.tar');
  writeFileSync(path, archive(FILES));
  execFileSync('tar', ['xf', path], { cwd: dir });
  for (const [name, bytes] of Object.entries(FILES)) expect(readFileSync(join(dir, name)).equals(bytes)).toBe(true);
  execFileSync('tar', ['cf', 'theirs.tar', '--format=ustar', 'a.txt', 'b/empty', 'b/block', 'c'], { cwd: dir });
  expect(await unpack(readFileSync(join(dir, 'theirs.tar')))).toEqual(FILES);
  // Links and folders are no plain files.
  symlinkSync('/etc/passwd', join(dir, 'link'));
  execFileSync('tar', ['cf', 'link.tar', '--format=ustar', 'link'], { cwd: dir });
  execFileSync('tar', ['cf', 'folder.tar', '--format=ustar', 'b'], { cwd: dir });
  for (const name of ['link.tar', 'folder.tar']) {
    await expect(unpack(readFileSync(join(dir, name)))).rejects.toMatchObject({ code: 'request_invalid' });
  }
});

it('comes back as it was, in pieces of any size', async () => {
  const bytes = archive(FILES);
  for (const size of [1, 511, 512, 513, 100_000]) expect(await unpack(bytes, size)).toEqual(FILES);
});

it('tells sizes beyond 8 GB', async () => {
  const size = 9 * 2 ** 30;
  const begun = readTar(pieces(Buffer.concat([tarHeader('big', size, 0), Buffer.alloc(512)]), 512));
  expect((await begun.next()).value).toEqual({ name: 'big', size });
  await begun.return(undefined);
});

it('refuses names that do not fit rather than cut them', () => {
  expect(() => tarHeader('x'.repeat(101), 0, 0)).toThrow(RangeError);
});

it('is refused where it is cut short or goes on after its end', async () => {
  const bytes = archive(FILES);
  for (const length of [0, 1, 511, 512, 514, 1024, 3000, bytes.length - 1024, bytes.length - 513]) {
    await expect(unpack(bytes.subarray(0, length)), String(length)).rejects.toMatchObject({ code: 'request_invalid' });
  }
  await expect(unpack(Buffer.concat([bytes, Buffer.from('x')]))).rejects.toMatchObject({ code: 'request_invalid' });
});

it('either comes out or is refused, whatever is in it', async () => {
  const bytes = archive(FILES);
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length - 1), fc.uint8Array({ minLength: 1, maxLength: 40 }), async (at, noise) => {
      const changed = Buffer.from(bytes);
      changed.set(noise.subarray(0, changed.length - at), at);
      const outcome = await unpack(changed).catch((thrown: unknown) => thrown);
      if (outcome instanceof Error) expect(outcome).toMatchObject({ code: 'request_invalid' });
    }),
    { numRuns: 300 },
  );
});
