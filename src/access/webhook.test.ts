// The approval webhook, both ways: signed, retried, and answered once by who holds the secret.
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterEach, expect, it } from 'vitest';
import { AncileError } from '../base/index.ts';
import type { Approval } from '../contract/index.ts';
import { createApprovalWebhook, createWebhookAnswers, signWebhook, verifyWebhook } from './index.ts';

const SECRET = 'a secret of enough characters';
const NOW = 1_700_000_000_000;
const approval: Approval = {
  id: 'ap_1',
  state: 'pending',
  direction: 'input',
  exchange: {
    id: 'ex_1',
    surface: 'openai.chat',
    principal: { id: 'key_1', kind: 'service', name: 'app', tenant: 'acme' },
    route: '*',
    model: 'm',
    upstream: 'main',
    stream: false,
  },
  digest: 'd',
  findings: [],
  policies: [{ id: 'payment.hold', action: 'hold', reason: 'payments wait' }],
  requested: new Date().toISOString(),
  expires: new Date(Date.now() + 900_000).toISOString(),
};

const signed = (body: string, secret = SECRET, now = NOW) => ({ 'x-ancile-signature': signWebhook(body, secret, now) });

it('verifies what was signed, and no byte, time or secret besides', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(), fc.integer({ min: 1, max: 255 }), (body, at, flip) => {
      const headers = { 'x-ancile-signature': signWebhook(body, SECRET, NOW) };
      expect(verifyWebhook(headers, body, SECRET, NOW)).toMatchObject({ ok: true });
      expect(verifyWebhook(headers, body, `${SECRET}.`, NOW)).toEqual({ ok: false, reason: 'mismatch' });
      const longer = Uint8Array.from([...body, flip]);
      expect(verifyWebhook(headers, longer, SECRET, NOW)).toEqual({ ok: false, reason: 'mismatch' });
      if (body.length === 0) return;
      const changed = Uint8Array.from(body);
      changed[at % body.length]! ^= flip;
      expect(verifyWebhook(headers, changed, SECRET, NOW)).toEqual({ ok: false, reason: 'mismatch' });
    }),
  );
});

it('holds for five minutes either way, and its time cannot be moved', () => {
  const headers = signed('{}');
  for (const skew of [-300_000, 0, 300_000]) expect(verifyWebhook(headers, '{}', SECRET, NOW + skew).ok).toBe(true);
  for (const skew of [-301_000, 301_000]) {
    expect(verifyWebhook(headers, '{}', SECRET, NOW + skew)).toEqual({ ok: false, reason: 'too_old' });
  }
  const later = headers['x-ancile-signature'].replace(/t=\d+/, `t=${(NOW + 300_000) / 1000}`);
  expect(verifyWebhook({ 'x-ancile-signature': later }, '{}', SECRET, NOW + 400_000).ok).toBe(false);
});

it('refuses headers of any other form', () => {
  const good = signWebhook('{}', SECRET, NOW);
  expect(verifyWebhook({}, '{}', SECRET, NOW)).toEqual({ ok: false, reason: 'missing' });
  const forms = [
    `${good},v1=${'0'.repeat(64)}`,
    good.toUpperCase(),
    ` ${good}`,
    good.slice(0, -1),
    `${good}\n`,
    good.replace('t=', 't=-'),
    '',
  ];
  for (const form of forms) {
    expect(verifyWebhook({ 'x-ancile-signature': form }, '{}', SECRET, NOW)).toEqual({
      ok: false,
      reason: 'malformed',
    });
  }
  expect(verifyWebhook({ 'x-ancile-signature': [good, good] }, '{}', SECRET, NOW).ok).toBe(false);
});

function answers() {
  const taken: unknown[][] = [];
  let fault: AncileError | undefined;
  const take = createWebhookAnswers({
    secret: SECRET,
    clock: () => NOW,
    decide: async (...args) => {
      if (fault !== undefined) throw fault;
      taken.push(args);
      return { ...approval, state: 'approved' };
    },
  });
  return { taken, take, fail: (next: AncileError | undefined) => (fault = next) };
}
const yes = (id = 'ap_1', more: object = {}) => JSON.stringify({ approval: id, verdict: 'approve', ...more });

it('takes a signed answer once', async () => {
  const { taken, take } = answers();
  const body = yes('ap_1', { note: 'by the duty officer' });
  await take('ap_1', signed(body), Buffer.from(body));
  expect(taken).toEqual([['ap_1', 'approve', 'approval webhook', 'by the duty officer']]);
  await expect(take('ap_1', signed(body), Buffer.from(body))).rejects.toMatchObject({ code: 'conflict' });
  expect(taken.length).toBe(1);
});

it('takes no answer that is unsigned, for another approval, of another form, or our own message sent back', async () => {
  const { taken, take } = answers();
  const refuse = async (id: string, body: string, headers: object, code: string): Promise<void> => {
    await expect(take(id, headers as Record<string, string>, Buffer.from(body))).rejects.toMatchObject({ code });
  };
  await refuse('ap_1', yes(), {}, 'unauthenticated');
  await refuse('ap_1', yes(), signed(yes(), 'another secret, as long'), 'unauthenticated');
  await refuse('ap_1', yes(), signed(yes(), SECRET, NOW - 600_000), 'unauthenticated');
  await refuse('ap_2', yes(), signed(yes()), 'request_invalid');
  const strange = yes('ap_1', { actor: 'alice' });
  await refuse('ap_1', strange, signed(strange), 'request_invalid');
  const ours = JSON.stringify({ event: 'approval.pending', approval });
  await refuse('ap_1', ours, signed(ours), 'request_invalid');
  await refuse('ap_1', 'yes', signed('yes'), 'request_invalid');
  expect(taken).toEqual([]);
});

it('may be sent the same again after a fault of ours, not after a decision', async () => {
  const { take, fail } = answers();
  const send = (): Promise<Approval> => take('ap_1', signed(yes()), Buffer.from(yes()));
  fail(new AncileError('ledger_fault', 'full'));
  await expect(send()).rejects.toMatchObject({ code: 'ledger_fault' });
  fail(undefined);
  expect(await send()).toMatchObject({ state: 'approved' });
  await expect(send()).rejects.toMatchObject({ code: 'conflict' });
});

interface Received {
  headers: IncomingHttpHeaders;
  body: string;
  url: string | undefined;
}
const servers: Server[] = [];
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
  for (const server of servers.splice(0)) server.close();
});

/** A service that answers with the given statuses in turn; 0 breaks the connection. */
async function service(
  statuses: number[],
): Promise<{ url: string; received: Received[]; until(n: number): Promise<void> }> {
  const received: Received[] = [];
  const waiting: (() => void)[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push({ headers: request.headers, body: Buffer.concat(chunks).toString(), url: request.url });
      const status = statuses[received.length - 1] ?? 200;
      if (status === 0) request.socket.destroy();
      else response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end();
      for (const wake of waiting) wake();
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/ancile?team=a`,
    received,
    until: (n) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (received.length >= n) resolve();
        };
        waiting.push(look);
        look();
      }),
  };
}

function webhook(url: string, faults: unknown[] = []) {
  const made = createApprovalWebhook({ url, secret: SECRET, onFault: (fault) => faults.push(fault), firstPause: 1 });
  closers.push(() => made.close());
  return made;
}

it('sends the approval signed, and again until it is taken', async () => {
  const { url, received, until } = await service([0, 503, 429, 204]);
  webhook(url).notify(approval);
  await until(4);
  for (const { headers, body, url: path } of received) {
    expect(path).toBe('/hooks/ancile?team=a');
    expect(verifyWebhook(headers, body, SECRET, Date.now())).toMatchObject({ ok: true });
    expect(JSON.parse(body)).toEqual({ event: 'approval.pending', approval });
  }
});

it('is idle once everything was delivered, or when it is closed', async () => {
  const { url, received } = await service([503, 503, 204]);
  const hook = webhook(url);
  await hook.idle();
  hook.notify(approval);
  await hook.idle();
  expect(received).toHaveLength(3);
  const patient = createApprovalWebhook({ url: 'http://127.0.0.1:1', secret: SECRET, onFault: () => undefined });
  patient.notify(approval);
  const idle = patient.idle();
  await patient.close();
  await idle;
});

it('gives up where trying again would not help, follows no redirect, and says so', async () => {
  const faults: unknown[] = [];
  const { url, received, until } = await service([302, 400, 200]);
  const hook = webhook(url, faults);
  hook.notify(approval);
  await until(1);
  hook.notify(approval);
  await until(2);
  hook.notify(approval);
  await until(3);
  expect(received.length).toBe(3);
  expect(faults).toMatchObject([{ code: 'upstream_refused' }, { code: 'upstream_refused' }]);
});

it('does not go on past the approval’s time, nor after it is closed', async () => {
  const faults: unknown[] = [];
  const { url, received, until } = await service([503, 503, 503]);
  const hook = webhook(url, faults);
  hook.notify({ ...approval, expires: new Date(Date.now() - 1).toISOString() });
  await until(1);
  await expect.poll(() => faults.length).toBe(1);
  hook.notify(approval);
  await until(2);
  await hook.close();
  const before = received.length;
  hook.notify(approval);
  webhook(url).notify({ ...approval, id: 'ap_2' });
  await until(before + 1);
  expect(received.slice(before).every(({ body }) => body.includes('ap_2'))).toBe(true);
});

it('wants a secret that nobody guesses', () => {
  expect(() => createApprovalWebhook({ url: 'http://127.0.0.1:1', secret: 'short', onFault: () => undefined })).toThrow(
    expect.objectContaining({ code: 'config_invalid' }),
  );
});
