// ancile bom and bom diff from the command line: documents on standard output, the same for the same content, gates.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import { beforeAll, expect, it } from 'vitest';
import { tempFolder } from '../harness/cleanup.ts';
import { ancile, ensureBuilt } from '../harness/cli.ts';

beforeAll(ensureBuilt, 120_000);

const CARD = '---\nlicense: mit\npipeline_tag: text-generation\nbase_model: acme/base\n---\n# Model\n\nWrites.\n';

function model(files: Record<string, string> = {}): string {
  const cwd = tempFolder();
  const all = { 'README.md': CARD, 'config.json': '{"model_type": "llama"}', 'weights.bin': 'w', ...files };
  for (const [path, content] of Object.entries(all)) {
    mkdirSync(dirname(join(cwd, 'model', path)), { recursive: true });
    writeFileSync(join(cwd, 'model', path), content);
  }
  return cwd;
}

async function validate(text: string): Promise<Record<string, unknown>> {
  expect(await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text)).toBeNull();
  return JSON.parse(text) as Record<string, unknown>;
}

const TIME = ['--timestamp', '2026-01-31T12:00:00Z'];

it('prints a valid document, and what is to be said of it to the person', async () => {
  const cwd = model();
  const { stdout, stderr, code } = await ancile(['bom', 'model', ...TIME], { cwd });
  expect(code).toBe(0);
  expect(await validate(stdout)).toMatchObject({
    metadata: {
      timestamp: '2026-01-31T12:00:00.000Z',
      component: { name: 'model', modelCard: { modelParameters: { task: 'text-generation' } } },
    },
  });
  expect(stderr).toMatch(/licence +MIT/);
  expect(stderr).toMatch(/completeness +\d+ of 100; nobody states: name, version/);
  const again = await ancile(['bom', 'model', ...TIME, '--json'], { cwd: model() });
  expect(again).toEqual({ code: 0, stdout, stderr: '' });
});

it('takes name and version, writes files of both forms, and names what it could not read', async () => {
  const cwd = model({ 'config.json': '{"model_type": ' });
  const named = ['--name', 'Mine\u001b[2J', '--version', '7'];
  const cdx = await ancile(['bom', 'model', ...named, '-o', 'a.json', '--json'], { cwd });
  expect(cdx.code).toBe(0);
  expect(JSON.parse(cdx.stdout)).toMatchObject({
    output: 'a.json',
    completeness: {},
    unread: [{ path: 'config.json' }],
  });
  const { metadata } = (await validate(readFileSync(join(cwd, 'a.json'), 'utf8'))) as {
    metadata: { component: object };
  };
  expect(metadata.component).toMatchObject({ name: 'Mine\\x1b[2J', version: '7' });
  const spdx = await ancile(['bom', 'model', '--format', 'spdx', '--output', 'a.spdx.json'], { cwd });
  expect(spdx).toMatchObject({ code: 0, stdout: '' });
  expect(spdx.stderr).toMatch(/not read +config\.json/);
  expect(JSON.parse(readFileSync(join(cwd, 'a.spdx.json'), 'utf8'))).toHaveProperty('@graph');
});

it('compares documents and folders, and fails where it is told to', async () => {
  const cwd = model();
  await ancile(['bom', 'model', '-o', 'before.json'], { cwd });
  const same = await ancile(['bom', 'diff', 'before.json', 'model', '--fail-on', 'change'], { cwd });
  expect(same).toMatchObject({ code: 0, stdout: 'Nothing differs.\n' });
  writeFileSync(join(cwd, 'model/README.md'), CARD.replace('mit', 'apache-2.0'));
  await ancile(['bom', 'model', '-o', 'after.json'], { cwd });
  const changed = await ancile(['bom', 'diff', 'before.json', 'after.json', '--fail-on', 'licence'], { cwd });
  expect(changed.code).toBe(1);
  expect(changed.stdout).toMatch(/^\+ licence +Apache-2\.0/m);
  const json = await ancile(['bom', 'diff', 'before.json', 'after.json', '--json'], { cwd });
  expect(json.code).toBe(0);
  // With the card's digest, that of the whole has changed.
  expect(JSON.parse(json.stdout)).toMatchObject({
    failed: false,
    changes: [
      { kind: 'model', name: 'ancile:modelDigest' },
      { kind: 'licence' },
      { kind: 'licence' },
      { kind: 'file' },
    ],
  });
});

it('tells misuse as misuse', async () => {
  const cwd = model();
  expect((await ancile(['bom', 'nowhere'], { cwd })).code).toBe(2);
  expect((await ancile(['bom', 'model', '--timestamp', 'soon'], { cwd })).code).toBe(2);
  expect((await ancile(['bom', 'model', '--format', 'xml'], { cwd })).code).toBe(2);
  const none = await ancile(['bom', 'diff', 'model/config.json', 'model', '--json'], { cwd });
  expect(none.code).toBe(2);
  expect(JSON.parse(none.stdout)).toMatchObject({ error: { code: 'request_invalid' } });
});

it('gives a scan as CycloneDX, with verdicts', async () => {
  const cwd = model({ 'bad.pkl': "c__builtin__\nexec\n(S'hi'\ntR." });
  const { stdout, code } = await ancile(['scan', 'model', '--format', 'cyclonedx'], { cwd });
  expect(code).toBe(1);
  const { components } = (await validate(stdout)) as { components: object[] };
  expect(components).toContainEqual(
    expect.objectContaining({
      name: 'model/bad.pkl',
      properties: expect.arrayContaining([{ name: 'ancile:verdict', value: 'malicious' }]) as unknown,
    }),
  );
});
