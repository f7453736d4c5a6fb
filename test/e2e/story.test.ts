// The whole story: an attacker's burst, a rule that is met, an incident, a freeze that stops what is new, what waits and what
// streams, the word of it in rsyslog and in a receiver of OCSF, a bundle that verifies offline, and going on.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { verifyBundle } from '../../src/respond/index.ts';
import { ask, post } from '../harness/clients.ts';
import { requireRsyslog } from '../harness/siem-programs.ts';
import { beginBoth, burst, expectTold, setStage } from '../harness/story.ts';

it('from the burst to going on', { timeout: 120_000 }, async (context) => {
  requireRsyslog(context);
  const stage = await setStage();
  const { server, upstream } = stage;

  // A rule is met, and opens an incident about the key.
  const incident = await burst(stage);
  const principal = incident.involved[0]!.principal!;
  expect(incident).toMatchObject({ state: 'open', openedBy: 'rule:injection.burst' });

  // One stream and one held call are under way when everything is frozen.
  const { rest, waiting } = await beginBoth(stage);
  const frozen = await server.admin.contain({ incident: incident.id });
  expect(frozen).toMatchObject({ state: 'effective', effectMs: expect.any(Number) as number });
  expect(await rest).toContain('"frozen"');
  expect((await waiting).status).toBe(403);
  const asked = upstream.received.length;
  expect((await post(server, '/v1/chat/completions', ask('hello'))).status).toBe(403);
  expect(upstream.received).toHaveLength(asked);

  // The rest of the security team has it.
  await expectTold(stage);

  // The timeline tells it in order, and its bundle verifies with the key alone.
  const { timeline } = await server.admin.getIncident({ id: incident.id });
  const order = timeline
    .map(({ kind }) => kind)
    .filter((kind) => ['detection', 'incident', 'containment'].includes(kind));
  expect(order.at(-1)).toBe('containment');
  expect(timeline.filter(({ kind }) => kind === 'exchange.opened').length).toBeGreaterThanOrEqual(10);
  const { zip } = await server.admin.bundleIncident({ id: incident.id });
  const pem = readFileSync(join(server.dataDir, 'keys', 'signing.pub.pem'), 'utf8');
  expect(verifyBundle(Buffer.from(zip, 'base64'), { pem, at: 'signing.pub.pem' })).toMatchObject({ ok: true });

  // The attacker's key stays out; the others go on.
  await server.admin.contain({ action: 'freeze', target: { principal }, incident: incident.id });
  await server.admin.liftContainment({ id: frozen.id });
  const other = await server.createKey({});
  expect((await post(server, '/v1/chat/completions', ask('hello'))).status).toBe(403);
  expect((await post({ ...server, key: other.key }, '/v1/chat/completions', ask('hello'))).status).toBe(200);
});
