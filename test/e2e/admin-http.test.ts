// The admin interface as browsers and programs meet it: sign-in, cookies, forged requests, bounds, errors.
import { request } from 'node:http';
import { beforeAll, describe, expect, it } from 'vitest';
import { connectApi } from '../../src/client.ts';
import { API_BASE } from '../../src/contract/index.ts';
import { atEnd } from '../harness/cleanup.ts';
import { ask, post } from '../harness/clients.ts';
import { PASSWORD, type TestPerson, joinAs, toPerson } from '../harness/people.ts';
import { type TestServer, eventually, startTestServer } from '../harness/server.ts';

let server: TestServer;
let admin: TestPerson;

beforeAll(async () => {
  server = await startTestServer({ capture: { enabled: true } });
  admin = await joinAs(server, ['admin'], 'ada');
}, 60_000);

interface Failure {
  readonly error: { readonly code: string; readonly message: string; readonly at?: string; readonly hint?: string };
}

const failureOf = async (answer: Response): Promise<Failure['error']> => ((await answer.json()) as Failure).error;

/** A request with headers that `fetch` would not let pass. */
function raw(
  path: string,
  { method = 'GET', headers = {}, body }: { method?: string; headers?: Record<string, string>; body?: string },
): Promise<{ status: number; text: string; headers: NodeJS.Dict<string | string[]> }> {
  const { hostname, port } = new URL(server.address);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, method, headers, setHost: false }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode!, text, headers: response.headers }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

describe('the first start', () => {
  it('has a link by which the first admin chooses his password, once', async () => {
    const fresh = await startTestServer();
    expect(fresh.signInLink).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/console\/#\/invite\/[\w-]{40,}$/);
    const token = fresh.signInLink!.split('/invite/')[1]!;
    const send = (path: string, body: object): Promise<Response> =>
      fetch(fresh.address + API_BASE + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    expect(await (await send('/invite/read', { token })).json()).toMatchObject({ name: 'admin' });
    const weak = await send('/invite', { token, password: 'short' });
    expect([weak.status, (await failureOf(weak)).at]).toEqual([400, 'password']);
    const first = await toPerson(fresh.address, await send('/invite', { token, password: PASSWORD }));
    expect(first.session.permissions).toContain('people.manage');
    expect((await send('/invite', { token, password: PASSWORD })).status).toBe(404);
    await fresh.close();
    const again = await startTestServer({}, { dir: fresh.dir });
    expect(again.signInLink).toBeUndefined();
    // The session outlives the restart.
    const answer = await fetch(`${again.address}${API_BASE}/session`, { headers: { cookie: first.cookie } });
    expect(answer.status).toBe(200);
  });
});

describe('a session', () => {
  it('is in a cookie that scripts and other sites do not get, and ends when it is ended', async () => {
    const answer = await fetch(`${server.address}${API_BASE}/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'ada', password: PASSWORD }),
    });
    for (const cookie of answer.headers.getSetCookie()) {
      expect(cookie).toMatch(/^ancile(-device)?=[\w.-]+; Path=\/; HttpOnly; SameSite=Strict(; Max-Age=\d+)?$/);
    }
    const person = await toPerson(server.address, answer);
    expect(JSON.stringify(person.session)).not.toContain(person.cookie.split('=')[1]!);
    expect(await (await person.ask('GET', '/session')).json()).toMatchObject({ csrf: person.session.csrf });
    const out = await person.ask('DELETE', '/session');
    expect([out.status, out.headers.getSetCookie()]).toEqual([200, [expect.stringContaining('Max-Age=0')]]);
    expect((await person.ask('GET', '/session')).status).toBe(401);
  });

  it('does not begin with a wrong password, and what it says of that is the same for every name', async () => {
    const attempt = async (name: string) => {
      const answer = await fetch(`${server.address}${API_BASE}/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ name, password: 'not the password' }),
      });
      return [answer.status, answer.headers.get('set-cookie'), await answer.json()];
    };
    const known = await attempt('ada');
    expect(known).toEqual(await attempt('nobody.at.all'));
    expect(known[0]).toBe(401);
  });

  it('serves a program as well', async () => {
    const client = connectApi({ address: server.address });
    atEnd(() => client.close());
    await expect(client.getSession({})).rejects.toMatchObject({ code: 'unauthenticated', status: 401 });
    await client.signIn({ name: 'ada', password: PASSWORD });
    const { info } = await client.createKey({ name: 'by a program', budgets: [{ period: 'day', tokens: 1000 }] });
    expect((await client.listKeys({})).keys.map((key) => key.id)).toContain(info.id);
    expect(await client.getKeyUsage({ id: info.id })).toMatchObject({
      budgets: [{ charged: { requests: 0 }, series: expect.any(Array) }],
    });
    await expect(client.createBackup({ file: '/tmp/x' })).rejects.toMatchObject({ code: 'forbidden' });
    await client.signOut({});
    await expect(client.listKeys({})).rejects.toMatchObject({ code: 'unauthenticated' });
    const changes = await server.records({ kind: 'admin.change' });
    expect(changes.find((each) => 'target' in each && each.target === info.id)).toMatchObject({ actor: 'ada' });
  });
});

describe('a request that another site began', () => {
  const session = `${API_BASE}/session`;
  it.each([
    ['by its origin', { origin: 'https://evil.example' }],
    ['from a frame without an origin', { origin: 'null' }],
    ['from another port of this machine', { origin: 'http://127.0.0.1:1' }],
    ['by the browser’s own word', { 'sec-fetch-site': 'cross-site' }],
  ])('is refused: %s', async (_, headers) => {
    const host = new URL(server.address).host;
    for (const method of ['GET', 'POST']) {
      const own = { host, cookie: admin.cookie, 'x-ancile-csrf': admin.session.csrf };
      const answer = await raw(session, { method, headers: { ...own, ...(headers as Record<string, string>) } });
      expect([answer.status, JSON.parse(answer.text)]).toMatchObject([403, { error: { code: 'forbidden' } }]);
    }
  });

  it('is refused where it names us by a name that is not ours', async () => {
    for (const host of ['evil.example', `evil.example:${new URL(server.address).port}`]) {
      const answer = await raw(session, { headers: { host, cookie: admin.cookie } });
      expect([answer.status, JSON.parse(answer.text)]).toMatchObject([403, { error: { at: 'host' } }]);
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    }
  });
});

describe('what cannot be read', () => {
  it.each([
    ['no JSON', '{"name":', 'application/json', 400, 'request_invalid'],
    ['a member that there is not', '{"name":"x","admin":true}', 'application/json', 400, 'request_invalid'],
    ['a list', '[]', 'application/json', 400, 'request_invalid'],
    ['a form, as another site could send', 'name=x', 'application/x-www-form-urlencoded', 400, 'request_invalid'],
    ['text, as another site could send', '{"name":"x"}', 'text/plain', 400, 'request_invalid'],
    ['too much', JSON.stringify({ name: 'x'.repeat(70_000) }), 'application/json', 413, 'body_too_large'],
    ['a prototype', '{"__proto__":{"name":"x"}}', 'application/json', 400, 'request_invalid'],
  ])('is refused: %s', async (_, body, type, status, code) => {
    const headers = { ...admin.headers, 'content-type': type };
    const answer = await fetch(`${server.address}${API_BASE}/keys`, { method: 'POST', headers, body });
    const error = await failureOf(answer);
    expect([answer.status, error.code]).toEqual([status, code]);
    expect(error.message).not.toContain('xxx');
  });

  it('names the member that is wrong', async () => {
    const answer = await admin.ask('POST', '/keys', { name: 'x', budgets: [{ period: 'day', tokens: -1 }] });
    expect(await failureOf(answer)).toMatchObject({ code: 'request_invalid', at: 'budgets.0.tokens' });
    const unknown = await admin.ask('GET', '/exchanges?limit=5&limit=6');
    expect(await failureOf(unknown)).toMatchObject({ at: 'limit' });
  });

  it('is said in our own form, whatever is wrong with the address', async () => {
    const host = new URL(server.address).host;
    for (const path of [
      '/api/v1/none',
      '/api/%ff',
      '/api/v1/keys/%zz/usage',
      `/api/v1/keys/${'x'.repeat(500)}/usage`,
    ]) {
      const answer = await raw(path, { headers: { host, cookie: admin.cookie } });
      expect([400, 404]).toContain(answer.status);
      expect(JSON.parse(answer.text)).toMatchObject({ error: { code: expect.any(String) } });
    }
  });
});

describe('looking into what passed', () => {
  it('an exchange, its proof, and its text, the reading of which is on record', async () => {
    const answer = await post(server, '/v1/chat/completions', ask('A word to be found again'));
    const id = answer.headers.get('x-ancile-exchange')!;
    await answer.text();
    const found = await eventually(async () => {
      const page = (await (await admin.ask('GET', `/exchanges?text=${id}`)).json()) as { exchanges: { id: string }[] };
      return page.exchanges.length === 1 ? page : undefined;
    });
    expect(found.exchanges[0]).toMatchObject({ id, outcome: 'completed', status: 200, principalName: 'first key' });
    const whole = (await (await admin.ask('GET', `/exchanges/${id}`)).json()) as { records: { seq: number }[] };
    expect(whole).toMatchObject({ row: { id }, captured: true, approvals: [] });
    expect(whole.records).toHaveLength(2);
    const proof = await (await admin.ask('GET', `/records/${whole.records[0]!.seq}/proof`)).json();
    expect(proof).toMatchObject({ seq: whole.records[0]!.seq, checkpoint: expect.stringContaining('ancile/') });
    const texts = (await (await admin.ask('POST', `/exchanges/${id}/evidence`)).json()) as { input: string };
    expect(texts.input).toContain('A word to be found again');
    const reads = await server.records({ kind: 'admin.change' });
    expect(reads.at(-1)).toMatchObject({ actor: 'ada', action: 'evidence.read', target: id });
    expect((await admin.ask('GET', '/exchanges/none')).status).toBe(404);
    expect((await admin.ask('GET', '/records/999999/proof')).status).toBe(404);
  });

  it('the state of it all', async () => {
    const status = (await (await admin.ask('GET', '/status')).json()) as object;
    expect(status).toMatchObject({
      address: server.address,
      ledger: { records: expect.any(Number), anchored: false },
      upstreams: [{ name: 'practice', state: 'ok' }],
      pendingApprovals: 0,
    });
    const report = (await (await admin.ask('POST', '/ledger/verify')).json()) as object;
    expect(report).toMatchObject({ ok: true, problems: [] });
    const now = Date.now();
    const span = `from=${new Date(now - 3_600_000).toISOString()}&to=${new Date(now + 60_000).toISOString()}`;
    expect((await admin.ask('GET', `/overview?${span}`)).status).toBe(200);
    expect((await admin.ask('GET', '/overview?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z')).status).toBe(400);
  });
});

it('turns away who asks too often without a session', async () => {
  const fresh = await startTestServer();
  const read = (): Promise<Response> =>
    fetch(`${fresh.address}${API_BASE}/invite/read`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token: 'x'.repeat(43) }),
    });
  const statuses = await Promise.all(Array.from({ length: 40 }, async () => (await read()).status));
  expect(statuses.filter((status) => status === 404)).toHaveLength(30);
  expect(statuses.filter((status) => status === 429)).toHaveLength(10);
});

it('lets in who signed in from his browser before, whatever strangers of the same address ask', async () => {
  const fresh = await startTestServer();
  const name = 'behind.proxy';
  const { token } = await fresh.admin.inviteUser({ name, roles: ['auditor'] });
  const send = (path: string, body: object, cookie?: string): Promise<Response> =>
    fetch(fresh.address + API_BASE + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(cookie === undefined ? {} : { cookie }) },
      body: JSON.stringify(body),
    });
  const accepted = await send('/invite', { token, password: PASSWORD });
  const device = accepted.headers.getSetCookie().find((line) => line.startsWith('ancile-device='));
  for (let i = 0; i < 30; i++) await send('/session', {});
  expect((await send('/session', { name, password: PASSWORD })).status).toBe(429);
  expect((await send('/session', { name, password: PASSWORD }, device!.split(';', 1)[0])).status).toBe(200);
});

it('switched off, answers nobody but the owner', async () => {
  const quiet = await startTestServer({ console: { enabled: false } });
  expect(quiet.signInLink).toBeUndefined();
  for (const path of ['/', '/console/', `${API_BASE}/session`, `${API_BASE}/openapi.json`]) {
    expect([path, (await fetch(quiet.address + path)).status]).toEqual([path, 404]);
  }
  expect((await quiet.admin.listKeys({})).keys).toHaveLength(1);
});
