// A private key is read by its owner alone, opened by its passphrase alone, and shown to nobody.
import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadPrivateKey } from './index.ts';

let dir: string;
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), 'ancile-key-'))));
afterEach(() => rmSync(dir, { recursive: true }));

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const write = (pem: string | Buffer, mode = 0o600): string => {
  const path = join(dir, 'key.pem');
  writeFileSync(path, pem);
  chmodSync(path, mode);
  return path;
};
const nobody = (): Promise<string> => Promise.reject(new Error('asked'));

it('reads PKCS#8 and SEC 1, and asks for a passphrase only where there is one', async () => {
  const sealed = privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'right' });
  for (const type of ['pkcs8', 'sec1'] as const) {
    const key = await loadPrivateKey(write(privateKey.export({ type, format: 'pem' })), nobody);
    expect(key.equals(privateKey)).toBe(true);
  }
  const path = write(sealed);
  expect((await loadPrivateKey(path, () => Promise.resolve('right'))).equals(privateKey)).toBe(true);
  await expect(loadPrivateKey(path, nobody)).rejects.toThrow('asked');
  await expect(loadPrivateKey(path, () => Promise.resolve('wrong'))).rejects.toThrow('does not open');
});

it('refuses what others can read and what is no private key, without quoting it', async () => {
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const body = pem.split('\n')[1]!;
  const refusal = async (path: string): Promise<unknown> =>
    loadPrivateKey(path, nobody).catch((thrown: unknown) => thrown);
  expect(await refusal(write(pem, 0o640))).toMatchObject({
    code: 'usage',
    message: expect.stringContaining('mode 640'),
  });
  const broken = await refusal(write(pem.replace(body, body.slice(9))));
  expect(broken).toMatchObject({ code: 'usage', message: expect.stringContaining('cannot be read as') });
  expect(inspect(broken, { depth: 5 })).not.toContain(body.slice(9, 40));
  expect(await refusal(write(publicKey.export({ type: 'spki', format: 'pem' })))).toMatchObject({
    message: expect.stringContaining('is no private key'),
  });
  expect(await refusal(write(Buffer.alloc(100_000)))).toMatchObject({
    message: expect.stringContaining('no key file'),
  });
  expect(await refusal(dir)).toMatchObject({ code: 'usage' });
  expect(await refusal(join(dir, 'none'))).toMatchObject({ message: expect.stringContaining('ENOENT') });
});
