// An incident by the command line alone: opened, contained by a playbook, shown by a bundle that verifies offline, its deadlines
// and its word to others.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import type { Incident, KeyInfo, PlaybookRun } from '../../src/contract/index.ts';
import { tempFolder } from '../harness/cleanup.ts';
import { ancile, ensureBuilt } from '../harness/cli.ts';

const dir = tempFolder();
writeFileSync(join(dir, 'ancile.yaml'), 'dataDir: ./data\n');
const run = (...args: string[]) => ancile(args, { cwd: dir });
const json = async <T>(...args: string[]): Promise<T> => {
  const { stdout, stderr } = await run(...args, '--json');
  return JSON.parse(stdout === '' ? `{"stderr":${JSON.stringify(stderr)}}` : stdout) as T;
};
let incident: Incident;

beforeAll(async () => {
  await ensureBuilt();
  await run('key', 'create', '--name', 'ada');
  incident = await json<Incident>('incident', 'open', 'a key is used from many places');
}, 300_000);

it('lists and shows incidents to people', { timeout: 120_000 }, async () => {
  expect((await run('incident', 'list')).stdout).toMatch(/high +open .*a key is used from many places/);
  expect((await run('incident', 'show', incident.id)).stdout).toMatch(/incident.*\n/);
});

it('lists, checks, tries and runs playbooks', { timeout: 120_000 }, async () => {
  const { playbooks } = await json<{ playbooks: { playbook: string }[] }>('incident', 'playbook', 'list');
  expect(playbooks.length).toBe(8);
  writeFileSync(join(dir, 'bad.json'), '{"type":"playbook"}');
  const bad = await run('incident', 'playbook', 'check', 'bad.json');
  expect([bad.code, bad.stderr]).toEqual([2, expect.stringMatching(/bad\.json: spec_version/)]);
  const { keys } = await json<{ keys: KeyInfo[] }>('key', 'list');
  const options = ['--incident', incident.id, '--set', `principal=${keys[0]!.id}`];
  const dry = await run('incident', 'playbook', 'run', 'stolen-key', ...options, '--dry-run');
  expect([dry.code, dry.stdout]).toEqual([0, expect.stringMatching(/planned.*Stolen key[^]*1 key that work/)]);
  const done = await json<PlaybookRun>('incident', 'playbook', 'run', 'stolen-key', ...options);
  expect(done.state).toBe('done');
  const abuse = await json<PlaybookRun>('incident', 'playbook', 'run', 'abuse-of-capability', ...options);
  expect(abuse.state).toBe('waiting');
  const no = await run('incident', 'playbook', 'answer', abuse.run, 'no', '--as', 'ada', '--note', 'known');
  expect([no.code, no.stdout]).toEqual([0, expect.stringMatching(/refused.*ada/)]);
});

it('the bundle verifies offline, and a changed byte is named', { timeout: 120_000 }, async () => {
  const made = await run('incident', 'bundle', incident.id, '--out', 'evidence.zip');
  expect([made.code, made.stdout]).toEqual([0, expect.stringContaining('records with their proofs')]);
  expect((await run('incident', 'bundle', incident.id, '--out', 'evidence.zip')).code).toBe(2);
  const key = ['--key', 'data/keys/signing.pub.pem'];
  const good = await run('incident', 'verify', 'evidence.zip', ...key);
  expect([good.code, good.stdout]).toEqual([0, expect.stringContaining('It holds.')]);
  const bytes = readFileSync(join(dir, 'evidence.zip'));
  const at = bytes.indexOf('a key is used from many places', bytes.indexOf('records.jsonl'));
  bytes[at] = bytes[at]! ^ 1;
  writeFileSync(join(dir, 'changed.zip'), bytes);
  const bad = await run('incident', 'verify', 'changed.zip', ...key);
  expect([bad.code, bad.stdout]).toEqual([1, expect.stringContaining('records.jsonl: it was changed')]);
  expect(bytes.includes('PRIVATE KEY')).toBe(false);
});

it('facts answered once start the clocks; drafts and STIX are written', { timeout: 120_000 }, async () => {
  const facts = [
    'gdpr_controller=yes',
    'personal_data_breach=yes',
    'risk_unlikely=no',
    'aware_at=2026-01-01T10:00:00Z',
  ];
  await run('incident', 'update', incident.id, ...facts.flatMap((fact) => ['--fact', fact]));
  const clocks = await run('incident', 'clocks', incident.id);
  expect(clocks.stdout).toMatch(/gdpr-33.*2026-01-04T10:00:00\.000Z/);
  expect(clocks.stdout).toContain('No legal advice');
  const notice = await run('incident', 'notice', incident.id, 'gdpr-33');
  expect([notice.code, notice.stdout]).toEqual([0, expect.stringContaining('# Draft: notification of a personal data breach')]); // prettier-ignore
  expect((await run('incident', 'notice', incident.id, 'none')).code).toBe(2);
  const stix = await run('incident', 'stix', incident.id, '--tlp', 'red');
  const bundle = JSON.parse(stix.stdout) as { type: string; objects: { name?: string }[] };
  expect([bundle.type, bundle.objects[0]!.name]).toEqual(['bundle', 'TLP:RED']);
});

it('freeze and unfreeze say what is in force and what is not, and what to do next', { timeout: 300_000 }, async () => {
  const elsewhere = await ancile(['freeze'], { cwd: tempFolder() });
  expect([elsewhere.code, elsewhere.stderr]).toEqual([
    2,
    expect.stringMatching(/^NOTHING WAS FROZEN\.\n.*no data folder/),
  ]);
  const hold = await run('incident', 'contain', 'hold', '--tool', 'send_email');
  expect(hold.stderr).toMatch(/No server runs on this data folder: nothing was cut/);
  expect(hold.stderr).toMatch(/It meets nothing that is known/);
  const all = await run('freeze');
  expect([all.code, all.stdout]).toEqual([0, expect.stringMatching(/freeze everything/)]);
  expect(all.stderr).not.toMatch(/meets nothing/);
  const typo = await run('freeze', '--key', 'key_typo');
  expect([typo.code, typo.stderr]).toEqual([
    0,
    expect.stringMatching(/It meets nothing that is known.*Is the name right/),
  ]);
  const frozen = (await json<{ containments: { action: string }[] }>('incident', 'contained')).containments;
  const lifted = await run('unfreeze');
  expect([lifted.code, lifted.stdout.match(/^lifted/gm)?.length]).toEqual([
    0,
    frozen.filter((each) => each.action === 'freeze').length,
  ]);
  expect(lifted.stderr).toMatch(/^Still contained: .*hold con_/);
  expect((await run('unfreeze')).stderr).toMatch(/^Nothing is frozen\.\nStill contained/);
  writeFileSync(join(dir, 'two.yaml'), 'dataDir: ./data\nincidents: { twoPersons: [freeze] }\n');
  const asked = await run('freeze', '--config', 'two.yaml');
  expect([asked.code, asked.stderr]).toEqual([
    1,
    expect.stringMatching(/^NOT in force: it waits for the yes of a second/),
  ]);
});
