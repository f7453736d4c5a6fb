// ancile sign, verify and attest from the command line: exit codes, JSON by its schema, what is said to a person.
import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { ModelVerification } from '../../src/contract/index.ts';
import { tempFolder } from '../harness/cleanup.ts';
import { ancile, ensureBuilt } from '../harness/cli.ts';

beforeAll(ensureBuilt, 120_000);

/** An empty list, as Python pickles it. */
const HARMLESS = Buffer.from('80045d942e', 'hex');

/** A folder with a model in it, and keys beside it. */
function project(): string {
  const dir = tempFolder();
  mkdirSync(join(dir, 'model/sub'), { recursive: true });
  writeFileSync(join(dir, 'model/config.json'), '{}');
  writeFileSync(join(dir, 'model/sub/list.pkl'), HARMLESS);
  for (const name of ['signer', 'boss']) {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    writeFileSync(join(dir, `${name}.pem`), privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
    writeFileSync(join(dir, `${name}.pub`), publicKey.export({ type: 'spki', format: 'pem' }));
  }
  return dir;
}

it('signs, verifies, and says what was tampered with', async () => {
  const cwd = project();
  const signed = await ancile(['sign', 'model', '--key', 'signer.pem'], { cwd });
  expect(signed).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/Signed model {2}2 files[^]*digest +sha256:/),
  });
  const good = await ancile(['verify', 'model', '--key', 'boss.pub', '--key', 'signer.pub'], { cwd });
  expect(good).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Verified model {2}2 files as signed/) });

  writeFileSync(join(cwd, 'model/config.json'), '{"auto_map":{}}');
  writeFileSync(join(cwd, 'model/new\u001b[31m.py'), 'x');
  rmSync(join(cwd, 'model/sub/list.pkl'));
  const bad = await ancile(['verify', 'model', '--key', 'signer.pub'], { cwd });
  expect(bad.code).toBe(1);
  expect(bad.stdout).toMatch(/NOT verified/);
  expect(bad.stdout).toMatch(/changed {2}config\.json/);
  expect(bad.stdout).toMatch(/missing {2}sub\/list\.pkl/);
  expect(bad.stdout).toContain('added  new\\u001b[31m.py');
  const json = await ancile(['verify', 'model', '--key', 'signer.pub', '--json'], { cwd });
  expect(json.code).toBe(1);
  const { problems } = ModelVerification.parse(JSON.parse(json.stdout));
  expect(problems.map(({ kind }) => kind).sort()).toEqual(['added', 'changed', 'missing']);
});

it('requires what is attested, of a scan from its own report', async () => {
  const cwd = project();
  await ancile(['sign', 'model', '--key', 'signer.pem', '--shard-size', '4'], { cwd });
  await ancile(['scan', 'model', '--json', '-o', 'report.json'], { cwd });
  const scan = [
    'attest',
    'model',
    '--scan',
    'report.json',
    '--key',
    'boss.pem',
    '--shard-size',
    '4',
    '-o',
    'scan.json',
  ];
  expect((await ancile(scan, { cwd })).code).toBe(0);
  writeFileSync(
    join(cwd, 'approval.json'),
    JSON.stringify({ approvedBy: 'Ann', time: '2026-01-01T00:00:00Z', reason: 'reviewed' }),
  );
  const approval = ['attest', 'model', '--predicate-type', 'approval', '--predicate', 'approval.json'];
  const made = await ancile([...approval, '--key', 'boss.pem', '--shard-size', '4', '-o', 'model/ok.json', '--json'], {
    cwd,
  });
  expect(JSON.parse(made.stdout)).toMatchObject({ kind: 'approval', output: 'model/ok.json' });

  const verify = ['verify', 'model', '--key', 'signer.pub', '--require', 'scan,approval', '--attester', 'boss.pub'];
  const both = await ancile([...verify, '--attestation', 'scan.json', '--attestation', 'model/ok.json'], { cwd });
  expect(both).toMatchObject({ code: 0, stdout: expect.stringMatching(/scan {2}scan\.json, by key/) });
  rmSync(join(cwd, 'model/ok.json'));
  const one = await ancile([...verify, '--attestation', 'scan.json'], { cwd });
  expect(one).toMatchObject({ code: 1, stdout: expect.stringMatching(/attestation-missing[^]*approval/) });
  writeFileSync(join(cwd, 'model/config.json'), '[]');
  const stale = await ancile(scan, { cwd });
  expect(stale).toMatchObject({ code: 2, stderr: expect.stringContaining('did not see config.json') });
});

it('opens a sealed key by its passphrase, and never shows it', async () => {
  const cwd = project();
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const passphrase = 'correct horse battery';
  const sealed = privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase });
  writeFileSync(join(cwd, 'sealed.pem'), sealed, { mode: 0o600 });
  writeFileSync(join(cwd, 'pass'), `${passphrase}\n`);
  writeFileSync(join(cwd, 'wrong'), 'another\n');
  const sign = ['sign', 'model', '--key', 'sealed.pem'];
  expect((await ancile([...sign, '--passphrase-file', 'pass'], { cwd })).code).toBe(0);
  for (const [args, said] of [
    [['--passphrase-file', 'wrong'], 'does not open'],
    [['--passphrase-env', 'ANCILE_TEST_UNSET'], 'ANCILE_TEST_UNSET is not set'],
    [[], 'nobody to ask'],
  ] as const) {
    const { code, stdout, stderr } = await ancile([...sign, ...args], { cwd });
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining(said) });
    expect(stdout + stderr).not.toContain('another');
  }
});

it('says what is wrong with how it was called, and fails where there is no signature', async () => {
  const cwd = project();
  chmodSync(join(cwd, 'boss.pem'), 0o644);
  const wrong: [args: string[], code: number, said: RegExp][] = [
    [['sign', 'model'], 2, /--key/],
    [['sign', 'nowhere', '--key', 'signer.pem'], 2, /nowhere is not there/],
    [['sign', 'model', '--key', 'signer.pub'], 2, /is no private key/],
    [['sign', 'model', '--key', 'boss.pem'], 2, /mode 644: others can reach it[^]*chmod 600/],
    [['sign', 'model', '--key', 'signer.pem', '--shard-size', '0'], 2, /number of bytes/],
    [['verify', 'model'], 2, /whom shall be trusted/],
    [['verify', 'model', '--key', 'signer.pub', '--require', 'sbom'], 2, /expected some of scan/],
    [['verify', 'model', '--trusted-root', 'x'], 2, /name him/],
    [['verify', 'model', '--key', 'model/config.json'], 2, /no public key/],
    [['attest', 'model', '--key', 'signer.pem', '-o', 'x'], 2, /either --predicate or --scan/],
    [['attest', 'model', '--key', 'signer.pem', '-o', 'x', '--predicate', 'y'], 2, /needs --predicate-type/],
  ];
  const runs = await Promise.all(wrong.map(([args]) => ancile(args, { cwd })));
  for (const [i, [args, code, said]] of wrong.entries()) {
    expect(runs[i]!.stderr, args.join(' ')).toMatch(said);
    expect(runs[i]!.code, args.join(' ')).toBe(code);
  }
  const unsigned = await ancile(['verify', 'model', '--key', 'signer.pub'], { cwd });
  expect(unsigned).toMatchObject({ code: 1, stdout: expect.stringMatching(/unsigned {2}model\/model\.sig/) });
});

it('ends on Ctrl-C without leaving half a signature', async () => {
  const cwd = project();
  // Reads long, and takes no room.
  writeFileSync(join(cwd, 'model/large.bin'), '');
  truncateSync(join(cwd, 'model/large.bin'), 60e9);
  const main = resolve(import.meta.dirname, '../../dist/bin/ancile.js');
  const child = spawn(process.execPath, [main, 'sign', 'model', '--key', 'signer.pem'], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (bytes: Buffer) => (said += bytes.toString()));
  setTimeout(() => child.kill('SIGINT'), 8000);
  const [code] = (await once(child, 'close')) as [number];
  expect({ code, said }).toMatchObject({ code: 3, said: expect.stringContaining('stopped before') });
  expect(existsSync(join(cwd, 'model/model.sig'))).toBe(false);
  expect(readFileSync(join(cwd, 'model/config.json'), 'utf8')).toBe('{}');
});
