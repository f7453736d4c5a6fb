// A policy set as files in memory: checked, listed, made ready; and a shipped one copied out.
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { PolicyFile } from '../contract/index.ts';
import {
  checkPolicyFiles,
  checkPolicySet,
  createPoliciesOfFiles,
  exportPolicySet,
  loadPolicySet,
  shippedPolicySet,
  testPolicySet,
  viewPolicySet,
} from './index.ts';

const dir = mkdtempSync(join(tmpdir(), 'ancile-policy-files-'));
afterAll(() => rmSync(dir, { recursive: true }));

const strict = (): PolicyFile[] => viewPolicySet(shippedPolicySet('strict')).files;
const change = (files: readonly PolicyFile[], name: string, edit: (text: string) => string): PolicyFile[] =>
  files.map((file) => (file.name === name ? { name, text: edit(file.text) } : file));

it('shows a set: its files, and each policy with where it stands', () => {
  const view = viewPolicySet(shippedPolicySet('strict'));
  expect(view.files.map((file) => file.name)).toEqual([
    'policy-set.yaml',
    'findings.cedar',
    'exchange.cedar',
    'artifacts.cedar',
    'tools.cedar',
    'cases.yaml',
  ]);
  expect(view).toMatchObject({ name: 'strict', onFault: { detect: 'deny' } });
  const line = view.policies.find((policy) => policy.id === 'schema.block')!;
  expect(line).toMatchObject({ effect: 'forbid', action: 'block', reask: true, file: 'findings.cedar' });
  const text = readFileSync(join(shippedPolicySet('strict'), line.file), 'utf8').split('\n');
  expect(text[line.line - 1]).toBe('@id("schema.block")');
});

it('shows a set that does not load, so that it can be put right', () => {
  const folder = join(dir, 'broken');
  exportPolicySet('default', folder);
  const before = viewPolicySet(folder);
  writeFileSync(join(folder, 'input.cedar'), 'permit (principal');
  const view = viewPolicySet(folder);
  expect(view.files.find((file) => file.name === 'input.cedar')?.text).toBe('permit (principal');
  expect(view.policies.length).toBe(before.policies.length - 1);
  expect(view.version).not.toBe(before.version);
  writeFileSync(join(folder, 'input.cedar'), before.files.find((file) => file.name === 'input.cedar')!.text);
  expect(viewPolicySet(folder).version).toBe(loadPolicySet(folder).version);
});

it('finds files right that are right, and their cases', () => {
  const check = checkPolicyFiles(strict());
  expect(check).toMatchObject({ ok: true, problems: [] });
  expect(check.cases.length).toBe(testPolicySet(shippedPolicySet('strict')).cases.length);
  expect(check.cases.every((each) => each.ok)).toBe(true);
});

it('says of files that are wrong what, where, and what to do', () => {
  const broken = checkPolicyFiles(change(strict(), 'exchange.cedar', (text) => text.replace('forbid', 'forbit')));
  expect(broken.ok).toBe(false);
  expect(broken.problems[0]).toMatchObject({ file: 'exchange.cedar', line: expect.any(Number) });
  const missing = checkPolicyFiles(strict().filter((file) => file.name !== 'exchange.cedar'));
  expect(missing).toMatchObject({ ok: false, problems: [{ file: 'exchange.cedar' }], policies: [] });
  const double = checkPolicyFiles([...strict(), { name: 'exchange.cedar', text: '' }]);
  expect(double).toMatchObject({ ok: false, problems: [{ file: 'exchange.cedar', message: /two files/ }] });
  expect(checkPolicyFiles([{ name: 'a.cedar', text: '' }])).toMatchObject({
    ok: false,
    problems: [{ file: 'policy-set.yaml' }],
  });
  const table = checkPolicyFiles(
    change(strict(), 'cases.yaml', (text) => text.replace('action: block', 'action: stop')),
  );
  expect(table).toMatchObject({ ok: false, problems: [{ file: 'cases.yaml', line: expect.any(Number) }] });
});

it('says of a case that goes otherwise what was expected and what came', () => {
  const check = checkPolicyFiles(change(strict(), 'findings.cedar', (text) => text.replace('@reask("once")\n', '')));
  expect(check.ok).toBe(true);
  expect(check.cases.filter((each) => !each.ok)).toEqual([
    {
      name: 'a broken schema blocks the answer',
      ok: false,
      detail: 'expected block by schema.block, asked once more; got block by schema.block',
    },
  ]);
});

it('makes policies of files, or says why not', () => {
  const policies = createPoliciesOfFiles(strict());
  expect(policies.version).toMatch(/^[0-9a-f]{64}$/);
  expect(() => createPoliciesOfFiles([])).toThrow(expect.objectContaining({ code: 'policy_invalid' }));
  expect(() => createPoliciesOfFiles([...strict(), ...strict()])).toThrow(/two files/);
});

it('copies a shipped set into a new folder, and into no other', () => {
  const folder = join(dir, 'mine');
  expect(exportPolicySet('default', folder)).toEqual(readdirSync(shippedPolicySet('default')).sort());
  expect(checkPolicySet(folder).ok).toBe(true);
  expect(testPolicySet(folder).ok).toBe(true);
  expect(() => exportPolicySet('strict', folder)).toThrow(expect.objectContaining({ code: 'conflict' }));
  expect(viewPolicySet(folder).name).toBe('default');
  writeFileSync(join(dir, 'file'), '');
  expect(() => exportPolicySet('strict', join(dir, 'file'))).toThrow(expect.objectContaining({ code: 'usage' }));
});
