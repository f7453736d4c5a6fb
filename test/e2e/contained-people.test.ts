// A person whom containment keeps out: signed out everywhere, lets in by no sign-in and no link, until it is lifted.
import { expect, it } from 'vitest';
import { failureOf } from '../harness/clients.ts';
import { joinAs, signInAs } from '../harness/people.ts';
import { startTestServer } from '../harness/server.ts';

it('is signed out everywhere and cannot come back, over a restart, until it is lifted', async () => {
  const first = await startTestServer();
  const ada = await joinAs(first, ['admin'], 'ada');
  const bob = await joinAs(first, ['operator'], 'Bob');
  const twin = await signInAs(first, 'Bob');
  const status = async (person: typeof bob): Promise<number> => (await person.ask('GET', '/incidents')).status;
  expect([await status(bob), await status(twin)]).toEqual([200, 200]);
  const target = { principal: 'user:bob' };
  const preview = await first.admin.previewContainment({ action: 'revoke', target });
  expect(preview).toMatchObject({ underWay: 2, statements: ['2 sessions of Bob would end, and none could begin'] });
  const contained = await first.admin.contain({ action: 'revoke', target, reason: 'his laptop was taken' });
  expect(contained).toMatchObject({ state: 'effective', cut: 2, effectMs: expect.any(Number) as number });
  expect([await status(bob), await status(twin), await status(ada)]).toEqual([401, 401, 200]);
  await expect(signInAs(first, 'Bob')).rejects.toThrow();
  const ended = (await first.records({ kind: 'session' })).filter((each) => each.kind === 'session');
  expect(ended.filter(({ state, reason }) => state === 'ended' && reason === 'contained')).toHaveLength(2);
  await first.close();

  const second = await startTestServer({}, { dir: first.dir });
  await expect(signInAs(second, 'Bob')).rejects.toThrow();
  await second.admin.liftContainment({ id: contained.id });
  const again = await signInAs(second, 'Bob');
  expect((await again.ask('GET', '/incidents')).status).toBe(200);
});

it('may be the last admin: the preview says so, and the machine itself goes on', async () => {
  const server = await startTestServer();
  const ada = await joinAs(server, ['admin'], 'ada');
  const target = { principal: 'user:ada' };
  const { statements } = await server.admin.previewContainment({ action: 'revoke', target });
  expect(statements.join()).toContain('no admin could sign in to the console any more');
  // By her own hand, which is the last thing she does.
  const asked = await ada.ask('POST', '/containments', { action: 'revoke', target });
  const { id } = (await asked.json()) as { id: string };
  expect((await ada.ask('GET', '/incidents')).status).toBe(401);
  // Nobody else becomes the first admin for it.
  await expect(signInAs(server, 'ada')).rejects.toThrow();
  await server.admin.liftContainment({ id });
  expect((await (await signInAs(server, 'ada')).ask('GET', '/incidents')).status).toBe(200);
});

it('is for whoever manages people, never for a playbook, and never by a star', async () => {
  const server = await startTestServer();
  const ada = await joinAs(server, ['admin'], 'ada');
  const bob = await joinAs(server, ['operator'], 'bob');
  const contain = (body: object) => bob.ask('POST', '/containments', body);
  for (const action of ['revoke', 'freeze']) {
    expect((await contain({ action, target: { principal: 'user:ada' } })).status).toBe(403);
  }
  expect(await failureOf(server.admin.contain({ action: 'revoke', target: { principal: 'user:*' } }))).toMatchObject({
    code: 'not_found',
    at: 'target.principal',
  });
  const stars = await server.admin.contain({ target: { principal: '*' } });
  const all = await server.admin.contain({});
  const kept = await server.admin.contain({ action: 'revoke', target: { principal: 'user:bob' } });
  const carol = await joinAs(server, ['operator'], 'carol');
  expect((await carol.ask('POST', `/containments/${kept.id}/lift`, {})).status).toBe(403);
  expect((await ada.ask('POST', `/containments/${kept.id}/lift`, {})).status).toBe(200);
  for (const { id } of [stars, all]) await server.admin.liftContainment({ id });
  const { id: incident } = await server.admin.openIncident({ title: 'A person', severity: 'high' });
  const variables = { principal: 'user:ada' };
  const run = await server.admin.runPlaybook({ id: incident, playbook: 'stolen-key', variables });
  expect(JSON.stringify(run)).toContain('not by a playbook');
  expect((await ada.ask('GET', '/incidents')).status).toBe(200);
});
