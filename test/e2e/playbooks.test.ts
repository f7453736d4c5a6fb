// Playbooks against a running server: tried dry, run once, gone on with after a restart, and stopped until a person answers.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { ask, failureOf, post } from '../harness/clients.ts';
import { joinAs } from '../harness/people.ts';
import { type TestServer, startTestServer } from '../harness/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});

const open = (involved: Record<string, string>, at = server) =>
  at.admin.openIncident({ title: 'something is wrong', involved });
const status = async (key: string, at = server): Promise<number> => {
  const answer = await post({ address: at.address, key }, '/v1/chat/completions', ask('hello'));
  await answer.arrayBuffer();
  return answer.status;
};
const containments = async (incident: string, at = server) =>
  (await at.admin.listContainments({ all: true, incident })).containments;
const shipped = resolve(import.meta.dirname, '../../content/playbooks');

it('a dry run says what would be done, to whom, and does nothing', async () => {
  const { key, id } = await server.createKey({});
  expect(await status(key)).toBe(200);
  const incident = await open({ principal: id });
  const run = await server.admin.runPlaybook({ id: incident.id, playbook: 'stolen-key', dryRun: true });
  expect(run.state).toBe('planned');
  expect(run.steps.map(({ does }) => does)).toEqual(['keepEvidence', 'contain', 'contain', 'updateIncident']);
  expect(run.steps[1]!.said.join('. ')).toMatch(/freeze principal key_.*1 key that work now is covered/);
  expect(await containments(incident.id)).toEqual([]);
  expect((await server.admin.listPlaybookRuns({ id: incident.id })).runs).toEqual([]);
  expect(await status(key)).toBe(200);
});

it('a run keeps evidence, then contains, is on record, and is not done twice', async () => {
  const { key, id } = await server.createKey({});
  const incident = await open({ principal: id });
  const run = await server.admin.runPlaybook({ id: incident.id, playbook: 'stolen-key' });
  expect([run.state, ...run.steps.map((each) => each.state)]).toEqual(['done', 'done', 'done', 'done', 'done']);
  expect(await status(key)).toBe(401);
  const { incident: now, timeline } = await server.admin.getIncident({ id: incident.id });
  expect(now.state).toBe('contained');
  const words = timeline.map((record) => (record.kind === 'incident' ? (record.note ?? record.event) : record.kind));
  const evidence = words.findIndex((word) => word.startsWith('evidence kept'));
  expect(evidence).toBeGreaterThan(0);
  expect(evidence).toBeLessThan(words.indexOf('containment'));
  expect(
    readFileSync(/kept (\S+\.zip)/.exec(run.steps[0]!.said[0]!)![1]!)
      .subarray(0, 2)
      .toString(),
  ).toBe('PK');

  const before = (await containments(incident.id)).length;
  const again = await server.admin.runPlaybook({ id: incident.id, playbook: 'stolen-key' });
  expect(again).toEqual(run);
  expect(await containments(incident.id)).toHaveLength(before);
});

it('what a playbook needs and nobody says is asked for; what is unknown is no target', async () => {
  const incident = await open({});
  const wrong = server.admin.runPlaybook({ id: incident.id, playbook: 'provider-outage' });
  expect(await failureOf(wrong)).toMatchObject({ code: 'request_invalid', at: 'variables.fallback' });
  const run = await server.admin.runPlaybook({ id: incident.id, playbook: 'stolen-key' });
  expect(run.state).toBe('failed');
  expect(await containments(incident.id)).toEqual([]);
});

it('a name with a star, which callers can choose, never becomes a target', async () => {
  const { key } = await server.createKey({});
  const incident = await open({ model: '*' });
  const run = await server.admin.runPlaybook({ id: incident.id, playbook: 'model-theft' });
  expect(run.notes.join()).toMatch(/star/);
  expect(await containments(incident.id)).toEqual([]);
  expect(await status(key)).toBe(200);
});

describe('a person’s yes', () => {
  it('is waited for, is a named person’s, and is on record before anything is done by it', async () => {
    const { key, id } = await server.createKey({});
    const incident = await open({ principal: id });
    const run = await server.admin.runPlaybook({ id: incident.id, playbook: 'abuse-of-capability' });
    expect(run.state).toBe('waiting');
    expect(await failureOf(server.admin.answerPlaybook({ run: run.run, verdict: 'approve' }))).toMatchObject({
      at: 'person',
    });
    const ada = await joinAs(server, ['operator']);
    const path = `/playbook-runs/${run.run}/answer`;
    expect((await ada.ask('POST', path, { verdict: 'approve', person: 'bob' })).status).toBe(403);
    expect((await (await joinAs(server, ['auditor'])).ask('POST', path, { verdict: 'approve' })).status).toBe(403);
    const answer = await ada.ask('POST', path, { verdict: 'approve', note: 'spoke with the owner' });
    expect(await answer.json()).toMatchObject({ state: 'done' });
    expect(await status(key)).toBe(401);
    const { timeline } = await server.admin.getIncident({ id: incident.id });
    const yes = timeline.findIndex((each) => each.kind === 'incident' && each.actor === ada.name);
    const revoked = timeline.findIndex((each) => each.kind === 'containment' && each.action === 'revoke');
    expect(yes).toBeGreaterThan(0);
    expect(yes).toBeLessThan(revoked);
    expect(
      await failureOf(server.admin.answerPlaybook({ run: run.run, verdict: 'approve', person: 'x' })),
    ).toMatchObject({ code: 'conflict' });
  });

  it('a no leaves things as they are contained', async () => {
    const { id } = await server.createKey({});
    const incident = await open({ principal: id, server: 'mail', tool: 'send' });
    const run = await server.admin.runPlaybook({ id: incident.id, playbook: 'prompt-injection-campaign' });
    expect(run.state).toBe('waiting');
    const ended = await server.admin.answerPlaybook({ run: run.run, verdict: 'deny', person: 'ada' });
    expect(ended.steps.at(-1)).toMatchObject({ state: 'refused', by: 'ada, by cli (socket)' });
    const inForce = await containments(incident.id);
    expect(inForce.map(({ action }) => action).sort()).toEqual(['distrust', 'freeze', 'freeze', 'tighten']);
    expect(inForce.every(({ state }) => state === 'effective')).toBe(true);
    for (const each of await containments(incident.id)) await server.admin.liftContainment({ id: each.id });
  });
});

it('outlasts a restart: what was done is not done again, what was not is', async () => {
  const first = await startTestServer();
  const { id } = await first.createKey({});
  const incident = await open({ principal: id }, first);
  const run = await first.admin.runPlaybook({ id: incident.id, playbook: 'abuse-of-capability' });
  expect(run.state).toBe('waiting');
  await first.close();
  const second = await startTestServer({}, { dir: first.dir });
  const same = await second.admin.runPlaybook({ id: incident.id, playbook: 'abuse-of-capability' });
  expect(same.run).toBe(run.run);
  expect(await containments(incident.id, second)).toHaveLength(2);
  await second.admin.answerPlaybook({ run: run.run, verdict: 'approve', person: 'ada' });
  expect(await containments(incident.id, second)).toHaveLength(3);
});

describe('playbooks of one’s own', () => {
  const edit = (dir: string, name: string, change: (text: string) => string): void => {
    mkdirSync(join(dir, 'mine'), { recursive: true });
    writeFileSync(join(dir, 'mine', `${name}.json`), change(readFileSync(join(shipped, 'stolen-key.json'), 'utf8')));
  };

  it('are read from the folder that is named, and run', async () => {
    const first = await startTestServer();
    await first.close();
    edit(first.dir, 'mine', (text) => text.replace('"Stolen key"', '"Mine"'));
    const own = await startTestServer({ incidents: { playbooks: ['mine'] } }, { dir: first.dir });
    const { playbooks } = await own.admin.listPlaybooks({});
    expect(playbooks.filter((each) => !each.shipped)).toMatchObject([{ playbook: 'mine', name: 'Mine' }]);
    const { id } = await own.createKey({});
    const incident = await open({ principal: id }, own);
    expect((await own.admin.runPlaybook({ id: incident.id, playbook: 'mine' })).state).toBe('done');
  });

  it.each([
    [
      'a request that no playbook may make',
      '/api/v1/containments',
      '/api/v1/keys',
      /Stop the key and what.*may ask for/,
    ],
    ['a variable that is not among them', '__principal__:value', '__other__:value', /__other__ is not among/],
    ['a command of another kind', '"http-api",\n          "command"', '"bash",\n          "command"', /workflow\./],
  ])('do not start with %s: file and step are named', async (_, from, to, said) => {
    const first = await startTestServer();
    await first.close();
    edit(first.dir, 'bad', (text) => text.replace(from, to));
    await expect(startTestServer({ incidents: { playbooks: ['mine'] } }, { dir: first.dir })).rejects.toThrow(said);
    await expect(startTestServer({ incidents: { playbooks: ['mine'] } }, { dir: first.dir })).rejects.toThrow(
      'bad.json',
    );
  });
});
