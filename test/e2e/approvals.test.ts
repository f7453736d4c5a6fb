// A held request or answer waits for a person: his yes lets exactly that pass, once; without it nothing passes.
import { beforeAll, describe, expect, it } from 'vitest';
import { ask, failureOf, openaiClient, post } from '../harness/clients.ts';
import { policiesWith } from '../harness/policies.ts';
import { type TestServer, behind, eventually, startTestServer } from '../harness/server.ts';
import { type TestUpstream, sendJson, startUpstream } from '../harness/upstream.ts';
import { chat } from '../harness/wire.ts';

const ACCOUNT = 'DE89 3704 0044 0532 0130 00';
const CARD = '4111 1111 1111 1111';
const HOLDS = `
@id("test.hold")
@action("hold")
@reason("a person must see account numbers")
forbid (principal, action == Action::"finding", resource)
when { context.rule == "pii.iban" && context.score >= 500 };
`;

let upstream: TestUpstream;
let answer = 'Fine.';
let server: TestServer;
let hasty: TestServer;

beforeAll(async () => {
  upstream = await startUpstream((response) => sendJson(response, chat.whole(answer)));
  const policy = { set: policiesWith(HOLDS) };
  server = await startTestServer({ ...behind(upstream.url), policy, approvals: { wait: '20s' } });
  hasty = await startTestServer({ ...behind(upstream.url), policy, approvals: { wait: '50ms' } });
});

let serial = 0;
/** A text that was not asked about before. */
const pay = (more = ''): string => `Payment ${++serial} to ${ACCOUNT}. ${more}`;

const pending = ({ admin }: TestServer, direction: 'input' | 'output') =>
  eventually(async () =>
    (await admin.listApprovals({ state: 'pending' })).approvals.find((each) => each.direction === direction),
  );

describe('a held request', () => {
  it('gets its answer on the same connection once approved, and every step is a record', async () => {
    const before = upstream.received.length;
    const request = openaiClient(server)
      .chat.completions.create(ask(pay(`Card ${CARD}.`)) as never)
      .withResponse();
    const { id, exchange, findings, policies } = await pending(server, 'input');
    expect(upstream.received).toHaveLength(before);
    expect(findings.map((finding) => finding.rule)).toContain('pii.iban');
    expect(policies.map((policy) => policy.id)).toEqual(['test.hold']);
    const { texts } = await server.admin.readApproval({ id });
    expect(texts.map((text) => text.text).join()).toContain(ACCOUNT);
    await server.admin.decideApproval({ id, verdict: 'approve', note: 'known payee' });
    const { data } = await request;
    expect(data.choices[0]?.message.content).toBe('Fine.');
    const sent = upstream.received.at(-1)!.text;
    expect(sent).toContain(ACCOUNT);
    // What another policy redacts stays redacted: a yes is to what was held.
    expect(sent).not.toContain(CARD);
    const { opened, closed } = await server.exchange(exchange.id);
    expect(opened.decision.action).toBe('hold');
    expect(closed.outcome).toBe('completed');
    const steps = (await server.records({ kind: 'approval' })).filter(
      (record) => record.kind === 'approval' && record.approval === id,
    );
    expect(steps.map((record) => record.kind === 'approval' && record.state)).toEqual(['pending', 'approved', 'used']);
    expect(steps[2]!.seq).toBeLessThan(closed.seq);
    expect(opened.seq).toBeLessThan(steps[0]!.seq);
    // The texts are gone once it is decided.
    expect((await server.admin.readApproval({ id })).texts).toEqual([]);
  });

  it('is told how to go on when nobody answers, and passes once when sent again after a yes', async () => {
    const body = ask(pay());
    const first = await post(hasty, '/v1/chat/completions', body);
    expect(first.status).toBe(403);
    const id = first.headers.get('x-ancile-approval');
    const { error } = (await first.json()) as { error: { code: string; message: string } };
    expect(error.code).toBe('held_for_approval');
    expect(error.message).toContain(id);
    expect(error.message).toMatch(/Send the same request again/);
    await hasty.admin.decideApproval({ id: id!, verdict: 'approve' });
    const statuses = await Promise.all(
      Array.from({ length: 3 }, async () => (await post(hasty, '/v1/chat/completions', body)).status),
    );
    expect(statuses.sort()).toEqual([200, 403, 403]);
  });

  it('is bound to caller and content', async () => {
    const body = ask(pay());
    const first = await post(hasty, '/v1/chat/completions', body);
    await hasty.admin.decideApproval({ id: first.headers.get('x-ancile-approval')!, verdict: 'approve' });
    const { key } = await hasty.createKey({});
    const other = await post({ ...hasty, key }, '/v1/chat/completions', body);
    expect(other.status).toBe(403);
    const changed = { ...body, temperature: 0.5 };
    expect((await post(hasty, '/v1/chat/completions', changed)).status).toBe(403);
    expect((await post(hasty, '/v1/chat/completions', body)).status).toBe(200);
  });

  it('is denied at once by a no, and not asked about again', async () => {
    const body = ask(pay());
    const request = failureOf(openaiClient(server).chat.completions.create(body as never));
    const { id } = await pending(server, 'input');
    await server.admin.decideApproval({ id, verdict: 'deny' });
    expect(await request).toMatchObject({ status: 403, code: 'held_for_approval' });
    const again = await post(server, '/v1/chat/completions', body);
    expect(again.status).toBe(403);
    expect(again.headers.get('x-ancile-approval')).toBe(id);
  });

  it('ends when its key does, and nothing is sent', async () => {
    const { key, id } = await server.createKey({});
    const before = upstream.received.length;
    const request = failureOf(openaiClient({ ...server, key }).chat.completions.create(ask(pay()) as never));
    const approval = await pending(server, 'input');
    await server.admin.revokeKey({ id });
    expect(await request).toMatchObject({ status: 401 });
    await server.admin.decideApproval({ id: approval.id, verdict: 'approve' });
    expect(upstream.received).toHaveLength(before);
    expect((await server.exchange(approval.exchange.id)).closed.outcome).toBe('revoked');
  });
});

describe('a held answer', () => {
  it('is let out by a yes, whole', async () => {
    answer = `Pay to ${ACCOUNT}, ${++serial}.`;
    const request = openaiClient(server).chat.completions.create(ask('Where to?') as never);
    const { id } = await pending(server, 'output');
    await server.admin.decideApproval({ id, verdict: 'approve' });
    expect((await request).choices[0]?.message.content).toBe(answer);
  });

  it('stays when nobody says yes', async () => {
    answer = `Pay to ${ACCOUNT}, ${++serial}.`;
    const response = await post(hasty, '/v1/chat/completions', ask('Where to?'));
    expect(response.status).toBe(403);
    const text = await response.text();
    expect(text).toContain('held_for_approval');
    expect(text).not.toContain('3704');
  });
});
