// Drills: the containment of playbooks holds against live practice traffic over every path; one that stops nothing is found out.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runDrill } from '../../src/app/index.ts';
import { tempFolder } from '../harness/cleanup.ts';

const PATHS = [
  'chat, Authorization',
  'messages, x-api-key',
  'Gemini, x-goog-api-key',
  'chat, a quiet key',
  'another key',
  'tool call, key',
  'tool call, OAuth token',
];

describe.each(['stolen-key', 'agent-hijack'])('%s', (playbook) => {
  it('stops every path, the stream and the call that waits, and nobody else', { timeout: 180_000 }, async () => {
    const report = await runDrill(playbook);
    expect(report.problems).toEqual([]);
    expect(report.lanes.map(({ name }) => name)).toEqual(PATHS);
    for (const { whose, before, tried, gotThrough, again } of report.lanes) {
      expect(before).toBeGreaterThan(0);
      expect(tried).toBeGreaterThanOrEqual(5);
      expect(gotThrough).toBe(whose === 'bystander' ? tried : 0);
      expect(again).toBe(true);
    }
    expect(report.underWay).toMatchObject([
      { meant: true, ended: true },
      { meant: true, ended: true },
    ]);
  });
});

it('of a provider’s outage, nothing goes to the old upstream any more', { timeout: 180_000 }, async () => {
  const report = await runDrill('provider-outage');
  expect(report.problems).toEqual([]);
  expect(report.containments.map(({ what }) => what.split(' ')[0]).sort()).toEqual(['divert', 'freeze']);
  expect(report.lanes.map(({ name }) => name)).toEqual(PATHS);
  for (const { name, meant } of report.lanes) {
    expect(meant).toBe(name.startsWith('tool') || name === 'another key' ? 'spared' : 'diverted');
  }
});

it('of an outage, a diversion to where it came from is found out', { timeout: 180_000 }, async () => {
  const shipped = resolve(import.meta.dirname, '../../content/playbooks/provider-outage.json');
  const wrong = readFileSync(shipped, 'utf8')
    .replaceAll(String.raw`\"to\": \"__fallback__:value\"`, String.raw`\"to\": \"drilled-slow\"`)
    .replaceAll(String.raw`\"upstream\": \"__upstream__:value\"`, String.raw`\"upstream\": \"none\"`);
  const file = join(tempFolder(), 'wrong-outage.json');
  writeFileSync(file, wrong);
  const report = await runDrill(file);
  expect(report.ok).toBe(false);
  expect(report.problems.join()).toMatch(/chat, Authorization: \d+ calls got through/);
});

it('of abuse, the hold is what stops a key that has not spent its cap', { timeout: 180_000 }, async () => {
  const report = await runDrill('abuse-of-capability');
  expect(report.problems).toEqual([]);
  const quiet = report.lanes.find(({ whose }) => whose === 'quiet')!;
  expect(quiet).toMatchObject({ meant: 'held', gotThrough: 0 });
  expect(quiet.refusedBy['held_for_approval']).toBeGreaterThan(0);
});

it('one that aims elsewhere is found out, path by path', { timeout: 180_000 }, async () => {
  const shipped = resolve(import.meta.dirname, '../../content/playbooks/stolen-key.json');
  // It looks right, and stops a tenant that nobody is of.
  const wrong = readFileSync(shipped, 'utf8')
    .replaceAll(String.raw`\"principal\": \"__principal__:value\"`, String.raw`\"tenant\": \"nobody\"`)
    .replaceAll(String.raw`\"action\": \"revoke\"`, String.raw`\"action\": \"hold\"`);
  const file = join(tempFolder(), 'wrong.json');
  writeFileSync(file, wrong);
  const report = await runDrill(file);
  expect(report.ok).toBe(false);
  const { lanes, problems } = report;
  for (const { name, gotThrough } of lanes.filter(({ whose }) => whose !== 'bystander')) {
    expect(gotThrough).toBeGreaterThan(0);
    expect(problems.join()).toContain(name);
  }
  expect(problems).toContain('the stream went on');
});

const quarantined = (repo: string): string => `shelf:${repo}@${createHash('sha1').update(repo).digest('hex')}`;
const PULLS = ['pull by name', 'pull by version', 'pull of a range', 'pull, HEAD alone', 'pull, a quiet key'];

it(
  'of a poisoned model, no pull of it passes, one under way ends, and its route goes elsewhere',
  { timeout: 180_000 },
  async () => {
    const report = await runDrill('poisoned-model');
    expect(report.problems).toEqual([]);
    expect(report.containments.map(({ what }) => what)).toContain(`quarantine model ${quarantined('drill/poisoned')}`);
    expect(report.lanes.map(({ name }) => name)).toEqual([...PATHS, ...PULLS, 'pull of another model']);
    for (const { name, meant, before, tried, gotThrough, refusedBy, again } of report.lanes.slice(PATHS.length)) {
      const spared = name === 'pull of another model';
      expect(meant).toBe(spared ? 'spared' : 'stopped');
      expect(before).toBeGreaterThan(0);
      expect(tried).toBeGreaterThanOrEqual(5);
      expect(gotThrough).toBe(spared ? tried : 0);
      // A head has no body to say a code in.
      const reason = name === 'pull, HEAD alone' ? 'status 403' : 'blocked_by_policy';
      expect(refusedBy).toEqual(spared ? {} : { [reason]: tried });
      expect(again).toBe(true);
    }
    expect(report.underWay.at(-1)).toMatchObject({ name: 'a pull', meant: true, ended: true });
  },
);

it('of a poisoned model, a quarantine of another is found out, pull by pull', { timeout: 180_000 }, async () => {
  const shipped = resolve(import.meta.dirname, '../../content/playbooks/poisoned-model.json');
  const wrong = readFileSync(shipped, 'utf8').replaceAll('__model__:value', quarantined('drill/clean'));
  const file = join(tempFolder(), 'wrong-model.json');
  writeFileSync(file, wrong);
  const { ok, problems } = await runDrill(file);
  expect(ok).toBe(false);
  for (const name of PULLS) expect(problems.join('\n')).toMatch(new RegExp(`^${name}: \\d+ calls got through`, 'm'));
  expect(problems.join('\n')).toMatch(/^pull of another model: \d+ calls that it is not about were refused/m);
  expect(problems).toContain('the pull under way came whole');
});

it('a playbook that there is not is named', async () => {
  await expect(runDrill('none')).rejects.toThrow(/no such playbook/);
});
