// A bundle over a real ledger: it holds as it was made, and any byte that is changed, put in or taken away is found.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openKeys } from '../../keys/index.ts';
import { openLedger, proveRecord } from '../../ledger/index.ts';
import { MANIFEST, RECORDS } from './manifest.ts';
import { verifyBundle } from './verify.ts';
import { type Bundle, type BundleContent, writeBundle } from './write.ts';
import { readZip, writeZip } from './zip.ts';

const dir = mkdtempSync(join(tmpdir(), 'ancile-bundle-'));
const keys = openKeys(dir);
let bundle: Bundle;
let content: BundleContent;
let close: () => Promise<void>;

beforeAll(async () => {
  const ledger = await openLedger({ dataDir: dir, keys, node: 'node_1' });
  close = () => ledger.close();
  for (let i = 0; i < 5; i++) await ledger.append({ kind: 'node.state', state: 'started', version: `0.${i}` });
  content = {
    incident: 'inc_1',
    node: 'node_1',
    made: '2026-01-01T00:00:00.000Z',
    by: 'ada',
    version: '0.1.0',
    policyVersion: 'p',
    seqs: [1, 3],
    gone: [],
    prove: (seq) => proveRecord(ledger, seq),
    values: { 'incident.json': { id: 'inc_1' } },
    texts: { 'policy/a.cedar': 'permit (principal, action, resource);' },
  };
  bundle = await writeBundle(content, keys);
});
afterAll(async () => {
  await close();
  rmSync(dir, { recursive: true });
});

const pem = { pem: keys.publicKeyPem, at: 'key.pem' };

it('holds, and says whose key it was', () => {
  expect(verifyBundle(bundle.zip, pem)).toMatchObject({ ok: true, records: 2, problems: [], incident: 'inc_1' });
  const alone = verifyBundle(bundle.zip);
  expect(alone.ok).toBe(true);
  expect(alone.statements.join()).toContain('compare for yourself');
});

it('finds a byte that is changed, wherever it is', () => {
  let named = 0;
  let tried = 0;
  for (let at = 0; at < bundle.zip.length; at += at < 200 ? 1 : 3) {
    tried++;
    const changed = Buffer.from(bundle.zip);
    changed[at] = changed[at]! ^ 1;
    const report = verifyBundle(changed, pem);
    if (report.ok) throw new Error(`byte ${at} was not found`);
    named += report.problems.filter(({ file }) => file !== 'the archive').length > 0 ? 1 : 0;
  }
  // Most of it is files, and a file is named.
  expect(named / tried).toBeGreaterThan(0.8);
});

it('finds what is cut off, added, put in and taken out', () => {
  const { files } = readZip(bundle.zip);
  const report = (changed: Buffer) => verifyBundle(changed, pem).problems.map(({ file }) => file);
  for (const cut of [1, 20, 500]) expect(verifyBundle(bundle.zip.subarray(0, -cut), pem).ok).toBe(false);
  expect(verifyBundle(Buffer.concat([bundle.zip, Buffer.from('x')]), pem).ok).toBe(false);
  expect(report(writeZip([...files, { name: 'more.txt', bytes: Buffer.from('x') }]))).toEqual(['more.txt']);
  expect(report(writeZip(files.filter(({ name }) => name !== 'incident.json')))).toEqual(['incident.json']);
  expect(report(writeZip(files.filter(({ name }) => name !== MANIFEST)))).toEqual([MANIFEST]);
});

it('is not believed when it was signed anew with another key', async () => {
  const elsewhere = mkdtempSync(join(tmpdir(), 'ancile-bundle-'));
  try {
    const forged = await writeBundle(content, openKeys(elsewhere));
    expect(verifyBundle(forged.zip, pem).ok).toBe(false);
    // Its checkpoints are of the ledger's key: not even by its own key does it hold.
    expect(verifyBundle(forged.zip).problems.map(({ file }) => file)).toContain('proofs.jsonl');
  } finally {
    rmSync(elsewhere, { recursive: true });
  }
});

it('says which record the ledger could not prove', async () => {
  const prove = (seq: number) => (seq === 3 ? Promise.reject(new Error('it was changed')) : content.prove(seq));
  const { zip } = await writeBundle({ ...content, prove }, keys);
  expect(verifyBundle(zip, pem).problems).toEqual([
    { file: RECORDS, message: 'record 3 could not be proven: it was changed' },
  ]);
});

it('no bytes make the reader do anything but answer or refuse', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(200), (bytes, at) => {
      const mixed = Buffer.concat([bundle.zip.subarray(0, at), Buffer.from(bytes), bundle.zip.subarray(at + 10)]);
      expect(verifyBundle(mixed, pem).ok).toBe(false);
    }),
    { numRuns: 200 },
  );
});
