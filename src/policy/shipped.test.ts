// The policy sets that are shipped, and the two questions that a policy set's author asks: is it right, does it do what I expect.
import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { checkPolicySet, loadPolicySet, SHIPPED_POLICY_SETS, shippedPolicySet, testPolicySet } from './index.ts';

const dir = mkdtempSync(join(tmpdir(), 'ancile-policies-'));
afterAll(() => rmSync(dir, { recursive: true }));

let copies = 0;
/** A copy of the default set with one file changed. */
function changed(file: string, change: (text: string) => string): string {
  const folder = join(dir, `set-${++copies}`);
  cpSync(shippedPolicySet('default'), folder, { recursive: true });
  writeFileSync(join(folder, file), change(readFileSync(join(folder, file), 'utf8')));
  return folder;
}

describe.each(SHIPPED_POLICY_SETS)('the set %s', (name) => {
  it('is right, and every policy of it is tested by a case that goes as expected', () => {
    const check = checkPolicySet(shippedPolicySet(name));
    expect(check.problems).toEqual([]);
    expect(check.summary?.name).toBe(name);
    const report = testPolicySet(shippedPolicySet(name));
    expect(report.cases.filter((each) => !each.ok)).toEqual([]);
    expect(report.untested).toEqual([]);
    expect(report.cases.length).toBeGreaterThan(5);
  });
});

it('the check says what each class of finding meets', () => {
  const findings = checkPolicySet(shippedPolicySet('default')).summary?.findings ?? [];
  const met = (channel: string, name: string) =>
    findings.find((row) => row.channel === channel && row.class === name)?.actions;
  expect(met('user', 'injection')).toEqual(['allow', 'flag', 'block']);
  expect(met('output', 'secret')).toEqual(['allow', 'redact']);
  expect(met('output', 'schema')).toEqual(['allow', 'flag']);
});

it('a case that goes otherwise fails, with what was expected and what was', () => {
  const report = testPolicySet(changed('input.cedar', (text) => text.replace('score >= 800', 'score >= 950')));
  expect(report.ok).toBe(false);
  expect(report.cases.find((each) => !each.ok)).toMatchObject({
    expected: { action: 'block', policies: ['injection.block'] },
    actual: { action: 'flag', policies: ['finding.flagged'], faults: [] },
  });
});

it('a policy that no case reaches is named', () => {
  const extra =
    '\n@id("new") @action("flag") permit (principal == Principal::"key_x", action == Action::"finding", resource);\n';
  expect(testPolicySet(changed('input.cedar', (text) => text + extra)).untested).toEqual(['new']);
});

describe('a folder is refused', () => {
  it.each([
    ['a missing onFault', 'policy-set.yaml', (text: string) => text.replace('  ledger: deny\n', ''), /onFault/],
    ['an unknown setting', 'policy-set.yaml', (text: string) => `${text}extra: 1\n`, /extra/],
    [
      'a way out of the folder',
      'policy-set.yaml',
      (text: string) => text.replace('input.cedar', '../input.cedar'),
      /plain name/,
    ],
    [
      'a file that is not there',
      'policy-set.yaml',
      (text: string) => text.replace('input.cedar', 'inputs.cedar'),
      /no such file/,
    ],
    [
      'an alias',
      'policy-set.yaml',
      (text: string) => text.replace('name: default', 'name: &a default').replace("'1'", '*a'),
      /alias/,
    ],
    ['a key given twice', 'policy-set.yaml', (text: string) => `${text}name: again\n`, /unique/],
    ['brackets without end', 'policy-set.yaml', () => '['.repeat(200_000), /too deep/],
    ['dashes without end', 'policy-set.yaml', () => '- '.repeat(100_000), /too deep/],
    ['a broken policy', 'output.cedar', (text: string) => text.replace('forbid', 'forbit'), /forbit|effect/],
  ])('for %s', (_, file, change, message) => {
    const folder = changed(file, change);
    expect(() => loadPolicySet(folder)).toThrow(expect.objectContaining({ code: 'policy_invalid' }));
    const { ok, problems } = checkPolicySet(folder);
    expect(ok).toBe(false);
    expect(problems.map((problem) => problem.message).join('\n')).toMatch(message);
    expect(problems[0]?.at).toMatch(/^set-\d+\/[\w.-]+(:\d+:\d+)?$/);
  });
  it('for a file without bound, or bytes that are no text', () => {
    const folder = changed('input.cedar', (text) => text);
    truncateSync(join(folder, 'input.cedar'), 2_000_000);
    expect(() => loadPolicySet(folder)).toThrow(/over \d+ bytes/);
    writeFileSync(join(folder, 'input.cedar'), Buffer.from([0xff, 0xfe, 0x00]));
    expect(() => loadPolicySet(folder)).toThrow(/not UTF-8/);
    expect(() => loadPolicySet(join(dir, 'nowhere'))).toThrow(
      expect.objectContaining({ at: 'nowhere/policy-set.yaml' }),
    );
  });
  it('for a table of cases that is no table', () => {
    expect(() =>
      testPolicySet(changed('cases.yaml', (text) => text.replace('class: injection', 'class: injektion'))),
    ).toThrow(expect.objectContaining({ code: 'policy_invalid', at: expect.stringMatching(/cases\.yaml:\d+:\d+$/) }));
  });
});

it('the version says what rules: any change of a policy or the manifest changes it', () => {
  const version = loadPolicySet(shippedPolicySet('default')).version;
  expect(loadPolicySet(shippedPolicySet('default')).version).toBe(version);
  expect(version).toMatch(/^[0-9a-f]{64}$/);
  const manifest = changed('policy-set.yaml', (text) => text.replace('detect: deny', 'detect: flag'));
  const policies = changed('input.cedar', (text) => text.replace('800', '850'));
  const shadowed = loadPolicySet(shippedPolicySet('default'), { shadow: shippedPolicySet('strict') });
  const versions = [loadPolicySet(manifest).version, loadPolicySet(policies).version, shadowed.version, version];
  expect(new Set(versions).size).toBe(4);
});
