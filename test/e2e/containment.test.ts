// Containment takes effect: what is under way ends, what waits for a person ends, what is new is refused, over every way of
// saying who one is; and lifting it lets all go on.
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ContainmentTarget } from '../../src/contract/index.ts';
import { connectAgent, localTools, saidBy } from '../harness/mcp.ts';
import { ask, failureOf, post } from '../harness/clients.ts';
import { joinAs } from '../harness/people.ts';
import { policiesWith } from '../harness/policies.ts';
import { type TestServer, behind, eventually, startTestServer } from '../harness/server.ts';
import { type TestUpstream, beginStream, sendJson, startUpstream } from '../harness/upstream.ts';
import { chat } from '../harness/wire.ts';

const HOLD = `
@id("test.hold")
@action("hold")
@reason("somebody should see this")
forbid (principal, action == Action::"finding", resource)
when { context.rule == "pii.iban" && context.direction == "input" };
`;
const IBAN = 'Pay to DE89 3704 0044 0532 0130 00 please.';

let upstream: TestUpstream;
let server: TestServer;
/** Streams that have begun and are not ended. */
let open: (() => void)[] = [];

beforeAll(async () => {
  upstream = await startUpstream((response, { body }) => {
    if (body['stream'] !== true) return sendJson(response, chat.whole('the whole answer'));
    beginStream(response)(chat.text('the beginning of it. '.repeat(200)));
    open.push(() => response.end(chat.done));
    return undefined;
  });
  server = await startTestServer({
    ...behind(upstream.url),
    models: { '*': { upstream: 'main' }, other: { upstream: 'main', model: 'the-other' } },
    policy: { set: policiesWith(HOLD) },
    approvals: { wait: '20s' },
    mcp: { servers: { local: localTools({ pin: 'first_use' }) } },
  });
});

beforeEach(async () => {
  for (const end of open) end();
  open = [];
  for (const { id } of (await server.admin.listContainments({})).containments) {
    await server.admin.liftContainment({ id });
  }
});

const freeze = (target: ContainmentTarget = {}) => server.admin.contain({ action: 'freeze', target });

async function chatStatus(key: string, headers: Record<string, string> = {}, model = 'm'): Promise<number> {
  const answer = await post({ address: server.address, key }, '/v1/chat/completions', ask('hello', { model }), {
    headers,
  });
  await answer.arrayBuffer();
  return answer.status;
}

describe('freezing everything', () => {
  it('needs no word but the order, ends streams, what waits and what is new, and is on record with the time it took', async () => {
    const { key } = await server.createKey({});
    const stream = await post({ address: server.address, key }, '/v1/chat/completions', ask('hello', { stream: true }));
    const reader = stream.body!.getReader();
    expect(Buffer.from((await reader.read()).value!).toString()).toContain('the beginning');
    const waiting = post({ address: server.address, key }, '/v1/chat/completions', ask(IBAN));
    await eventually(async () => (await server.admin.listApprovals({ state: 'pending' })).approvals[0]);

    const preview = await server.admin.previewContainment({});
    expect(preview).toMatchObject({ underWay: expect.any(Number) as number, needsSecond: false });
    expect(preview.underWay).toBeGreaterThanOrEqual(2);
    const frozen = await server.admin.contain({});
    expect(frozen).toMatchObject({ action: 'freeze', target: {}, state: 'effective', actor: 'cli (socket)' });
    expect(frozen.cut).toBeGreaterThanOrEqual(2);

    let rest = '';
    for (let part = await reader.read(); !part.done; part = await reader.read())
      rest += Buffer.from(part.value).toString();
    expect(rest).toContain('"frozen"');
    expect(rest).not.toContain('[DONE]');
    expect((await waiting).status).toBe(403);
    const seen = upstream.received.length;
    expect(await chatStatus(key)).toBe(403);
    // However one says who one is.
    for (const name of ['x-api-key', 'x-goog-api-key']) {
      const body = JSON.stringify(ask('hello'));
      const headers = { [name]: key, 'content-type': 'application/json' };
      const answer = await fetch(`${server.address}/v1/chat/completions`, { method: 'POST', headers, body });
      expect(answer.status).toBe(403);
    }
    const models = await fetch(`${server.address}/v1/models`, { headers: { authorization: `Bearer ${key}` } });
    expect(models.status).toBe(403);
    expect(upstream.received).toHaveLength(seen);

    const [record] = await server.records({ kind: 'containment', limit: 1 });
    expect(record).toMatchObject({ outcome: 'effective', action: 'freeze', containment: frozen.id, cut: frozen.cut });
    await server.admin.liftContainment({ id: frozen.id });
    expect(await chatStatus(key)).toBe(200);
    const log = (await server.records({ kind: 'containment' })).filter((each) => each.kind === 'containment');
    expect(log.filter((each) => each.containment === frozen.id).map((each) => each.outcome)).toEqual([
      'effective',
      'lifted',
    ]);
  });

  it('ends the sessions and calls of agents', async () => {
    const { key } = await server.createKey({ tools: ['*'] });
    const agent = await connectAgent(server, key);
    expect(saidBy(await agent.callTool({ name: 'local__echo', arguments: { text: 'hi' } }))).toBe('hi');
    const { id } = await freeze();
    await failureOf(agent.callTool({ name: 'local__echo', arguments: { text: 'hi' } }));
    await expect(connectAgent(server, key)).rejects.toThrow(/stopped while an incident/);
    await server.admin.liftContainment({ id });
    const again = await connectAgent(server, key);
    expect(saidBy(await again.callTool({ name: 'local__echo', arguments: { text: 'hi' } }))).toBe('hi');
  });

  it('outlasts a restart', async () => {
    const first = await startTestServer(behind(upstream.url));
    const { id } = await first.admin.contain({});
    await first.close();
    const second = await startTestServer(behind(upstream.url), { dir: first.dir });
    const answer = await post({ address: second.address, key: first.key }, '/v1/chat/completions', ask('hello'));
    expect(answer.status).toBe(403);
    await second.admin.liftContainment({ id });
    expect((await post({ address: second.address, key: first.key }, '/v1/chat/completions', ask('hello'))).status).toBe(
      200,
    );
  });
});

describe('what a containment aims at', () => {
  it('is what it covers, and nothing else: a key, a tenant, a route, an upstream', async () => {
    const one = await server.createKey({ tenant: 'one' });
    const two = await server.createKey({ tenant: 'two' });
    const both = async (): Promise<number[]> => [await chatStatus(one.key), await chatStatus(two.key)];
    const during = async (target: ContainmentTarget, look: () => Promise<unknown>): Promise<unknown> => {
      const { id } = await freeze(target);
      const seen = await look();
      await server.admin.liftContainment({ id });
      return seen;
    };
    expect(await during({ principal: one.id }, both)).toEqual([403, 200]);
    expect(await during({ tenant: 'two' }, both)).toEqual([200, 403]);
    expect(
      await during({ route: 'other' }, async () => [await chatStatus(one.key, {}, 'other'), await chatStatus(one.key)]),
    ).toEqual([403, 200]);
    expect(await during({ route: 'other', principal: two.id }, () => chatStatus(one.key, {}, 'other'))).toBe(200);
    expect(await during({ upstream: 'main' }, both)).toEqual([403, 403]);
  });

  it('a tool, and another of the same server goes on', async () => {
    const { key } = await server.createKey({ tools: ['*'] });
    const agent = await connectAgent(server, key);
    await freeze({ server: 'local', tool: 'echo' });
    const refused = await agent.callTool({ name: 'local__echo', arguments: { text: 'hi' } });
    expect(refused.isError).toBe(true);
    expect(saidBy(refused)).toMatch(/stopped while an incident/);
    expect((await agent.callTool({ name: 'local__other_text', arguments: {} })).isError).not.toBe(true);
  });
});

describe('what is reported cut', () => {
  it('counts a call that waits for a person once', async () => {
    const { key, id } = await server.createKey({});
    const waiting = post({ address: server.address, key }, '/v1/chat/completions', ask(IBAN));
    await eventually(async () =>
      (await server.admin.listApprovals({ state: 'pending' })).approvals.find(
        (each) => each.exchange.principal.id === id,
      ),
    );
    expect((await server.admin.previewContainment({ target: { principal: id } })).underWay).toBe(1);
    expect((await freeze({ principal: id })).cut).toBe(1);
    expect((await waiting).status).toBe(403);
  });

  it('counts what ending a key cuts', async () => {
    const { key, id } = await server.createKey({});
    const stream = await post({ address: server.address, key }, '/v1/chat/completions', ask('hello', { stream: true }));
    const reader = stream.body!.getReader();
    await reader.read();
    const revoked = await server.admin.contain({ action: 'revoke', target: { principal: id } });
    expect(revoked).toMatchObject({ state: 'effective', cut: 1 });
    for (let part = await reader.read(); !part.done;) part = await reader.read();
    const [record] = await server.records({ kind: 'containment', limit: 1 });
    expect(record).toMatchObject({ action: 'revoke', cut: 1 });
  });
});

describe('milder than a freeze', () => {
  it('a hold lets nothing of a key pass without a yes, and what has one passes', async () => {
    const { key, id } = await server.createKey({});
    await server.admin.contain({ action: 'hold', target: { principal: id }, reason: 'under suspicion' });
    const waiting = post({ address: server.address, key }, '/v1/chat/completions', ask('good day'));
    const approval = await eventually(async () =>
      (await server.admin.listApprovals({ state: 'pending' })).approvals.find(
        (each) => each.exchange.principal.id === id,
      ),
    );
    expect(approval.policies[0]?.id).toMatch(/^containment\.con_/);
    await server.admin.decideApproval({ id: approval.id, verdict: 'approve' });
    expect((await waiting).status).toBe(200);
  });

  it('a cap counts what was used already', async () => {
    const { key, id } = await server.createKey({});
    expect(await chatStatus(key)).toBe(200);
    await server.admin.contain({ action: 'cap', target: { principal: id }, with: { period: 'day', requests: 2 } });
    expect(await chatStatus(key)).toBe(200);
    expect(await chatStatus(key)).toBe(429);
    await expect(
      server.admin.contain({ action: 'cap', target: { principal: id }, with: { period: 'week' } }),
    ).rejects.toThrow(/budget/);
  });

  it('a diversion sends a route to the upstreams of another, under its own policies', async () => {
    const { key } = await server.createKey({});
    await server.admin.contain({ action: 'divert', target: { route: '*' }, with: { to: 'other' } });
    expect(await chatStatus(key, {}, 'anything')).toBe(200);
    expect(upstream.received.at(-1)!.body['model']).toBe('the-other');
    await expect(
      server.admin.contain({ action: 'divert', target: { route: '*' }, with: { to: 'nowhere' } }),
    ).rejects.toThrow(/another route/);
  });

  it('a revoked key works again when the containment is lifted', async () => {
    const { key, id } = await server.createKey({});
    const contained = await server.admin.contain({ action: 'revoke', target: { principal: id } });
    expect(await chatStatus(key)).toBe(401);
    await expect(server.admin.contain({ action: 'revoke', target: { principal: id } })).rejects.toThrow(/already/);
    await server.admin.liftContainment({ id: contained.id });
    expect(await chatStatus(key)).toBe(200);
  });

  it('ends by itself at its time', async () => {
    const { key, id } = await server.createKey({});
    const expires = new Date(Date.now() + 600).toISOString();
    const contained = await server.admin.contain({ action: 'freeze', target: { principal: id }, expires });
    expect(await chatStatus(key)).toBe(403);
    await eventually(async () => ((await chatStatus(key)) === 200 ? true : undefined));
    await eventually(async () => {
      const { containments } = await server.admin.listContainments({ all: true });
      return containments.find((each) => each.id === contained.id && each.state === 'expired');
    });
  });
});

describe('what cannot be done', () => {
  it.each([
    [{ action: 'revoke', target: {} }, 'target.principal'],
    [{ action: 'revoke', target: { principal: 'key_none' } }, 'target.principal'],
    [{ action: 'quarantine', target: { model: 'hub:none@1' } }, 'target.model'],
    [{ action: 'quarantine', target: { model: 'hub:none@1', tenant: 't' } }, 'target.tenant'],
    [{ action: 'freeze', target: {}, expires: '2020-01-01T00:00:00Z' }, 'expires'],
    [{ action: 'freeze', target: {}, incident: 'inc_none' }, 'inc_none'],
  ] as const)('is said with its place: %j', async (asked, at) => {
    expect(await failureOf(server.admin.contain(asked as never))).toMatchObject({ at });
    expect((await server.admin.listContainments({})).containments).toEqual([]);
  });
});

it('what two persons must want waits for the second, who is not the first', async () => {
  const strict = await startTestServer({ ...behind(upstream.url), incidents: { twoPersons: ['freeze'] } });
  const asked = await strict.admin.contain({});
  expect(asked.state).toBe('asked');
  expect((await post(strict, '/v1/chat/completions', ask('hello'))).status).toBe(200);
  expect(await failureOf(strict.admin.confirmContainment({ id: asked.id }))).toMatchObject({ code: 'forbidden' });
  const [ada, bob] = [await joinAs(strict, ['operator']), await joinAs(strict, ['operator'])];
  const confirm = (person: typeof ada, id: string) => person.ask('POST', `/containments/${id}/confirm`, {});
  expect((await (await joinAs(strict, ['auditor'])).ask('POST', `/containments/${asked.id}/confirm`, {})).status).toBe(
    403,
  );
  const own = (await (await ada.ask('POST', '/containments', {})).json()) as { id: string; state: string };
  expect(own.state).toBe('asked');
  expect((await confirm(ada, own.id)).status).toBe(403);
  expect(await (await confirm(bob, own.id)).json()).toMatchObject({
    actor: ada.name,
    second: bob.name,
    state: 'effective',
  });
  expect((await post(strict, '/v1/chat/completions', ask('hello'))).status).toBe(403);
});
