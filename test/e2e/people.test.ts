// People over the whole program: invited at the machine, signed in over HTTP by a browser's means, locked, let in again.
import { beforeAll, expect, it } from 'vitest';
import { ancile, ensureBuilt, serve } from '../harness/cli.ts';
import { startTestServer, testConfig } from '../harness/server.ts';

const PASSWORD = 'plum kettle 9 orbit';

beforeAll(ensureBuilt, 120_000);

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown> & { error?: { code: string }; csrf?: string; user?: Record<string, unknown> };
  readonly cookies: string[];
}

/** A browser's tab: it keeps cookies, names its origin, and sends the CSRF token once it has one. */
function openBrowser(address: string) {
  const jar = new Map<string, string>();
  let csrf: string | undefined;
  return {
    jar,
    async send(method: string, path: string, body?: unknown, at = address): Promise<Answer> {
      const response = await fetch(`${at}/api/v1${path}`, {
        method,
        headers: {
          origin: at,
          'sec-fetch-site': 'same-origin',
          cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; '),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(csrf === undefined ? {} : { 'x-ancile-csrf': csrf }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const cookies = response.headers.getSetCookie();
      for (const cookie of cookies) {
        const [name, value] = cookie.split(';', 1)[0]!.split('=', 2) as [string, string];
        if (value === '') jar.delete(name);
        else jar.set(name, value);
      }
      const answer = (await response.json()) as Answer['body'];
      if (answer.csrf !== undefined) csrf = answer.csrf;
      return { status: response.status, body: answer, cookies };
    },
  };
}

const tokenOf = (link: string): string => /#\/invite\/([\w-]{43})$/.exec(link.trim())![1]!;

it('lets in whom its owner invited, as he invited them', async () => {
  const server = await startTestServer();
  const cwd = { cwd: server.dir };
  const anna = openBrowser(server.address);
  const { token } = await server.admin.inviteUser({ name: 'anna', roles: ['admin'] });
  expect((await anna.send('POST', '/invite/read', { token })).body).toMatchObject({ name: 'anna' });
  expect((await anna.send('POST', '/invite', { token, password: 'Password1234' })).body).toMatchObject({
    error: { code: 'request_invalid', at: 'password' },
  });
  const joined = await anna.send('POST', '/invite', { token, password: PASSWORD });
  expect(joined.body.user).toMatchObject({ name: 'anna', roles: ['admin'] });
  expect(joined.cookies.map((cookie) => /; HttpOnly; SameSite=Strict/.test(cookie))).toEqual([true, true]);

  const invited = await ancile(['user', 'invite', 'otto', '--role', 'auditor', '--role', 'approver', '--json'], cwd);
  const { link, user } = JSON.parse(invited.stdout) as { link: string; user: { id: string } };
  expect(link).toMatch(new RegExp(`^${server.address}/console/#/invite/[\\w-]{43}$`));
  const otto = openBrowser(server.address);
  await otto.send('POST', '/invite', { token: tokenOf(link), password: PASSWORD });
  expect((await otto.send('GET', '/users')).body.error!.code).toBe('forbidden');
  expect((await anna.send('GET', '/users')).body['users']).toHaveLength(2);

  expect((await ancile(['user', 'roles', 'OTTO', 'operator'], cwd)).stdout).toBe('otto is operator.\n');
  expect((await otto.send('GET', '/session')).status).toBe(401);
  expect((await anna.send('PUT', `/users/${user.id}`, { disabled: true })).body).toMatchObject({ disabled: true });
  expect((await otto.send('POST', '/session', { name: 'otto', password: PASSWORD })).status).toBe(401);
  const listed = await ancile(['user', 'list'], cwd);
  expect(listed.stdout).toMatch(/^anna +admin +active +no /m);
  expect(listed.stdout).toMatch(/^otto +operator +disabled +no /m);
  const last = await ancile(['user', 'disable', 'anna', '--json'], cwd);
  expect([last.code, JSON.parse(last.stdout)]).toMatchObject([2, { error: { code: 'conflict' } }]);
  await server.close();

  // And without the server, on the same folder.
  const reset = await ancile(['user', 'reset', 'anna'], cwd);
  expect([reset.code, reset.stderr]).toEqual([0, expect.stringContaining('anna (admin)')]);
  const again = await startTestServer({}, { dir: server.dir });
  expect((await anna.send('GET', '/session', undefined, again.address)).status).toBe(401);
  const changes = (await again.records({ kind: 'admin.change' })).filter((record) => record.kind === 'admin.change');
  expect(changes.filter(({ target }) => target === 'anna').at(-1)).toMatchObject({
    action: 'user.reset',
    actor: 'cli (offline)',
  });
}, 60_000);

it('keeps a flood of guesses from locking out who signed in before', async () => {
  const { dir } = testConfig();
  const server = await serve(['--json'], dir);
  const { signInLink } = JSON.parse(server.stdout()) as { signInLink: string };
  const admin = openBrowser(server.address);
  expect((await admin.send('POST', '/invite', { token: tokenOf(signInLink), password: PASSWORD })).status).toBe(200);
  await admin.send('DELETE', '/session');
  expect([...admin.jar.keys()]).toEqual(['ancile-device']);
  const stranger = openBrowser(server.address);
  const guess = { name: 'admin', password: 'is it this one?' };
  const codes = [];
  for (let i = 0; i < 6; i++) codes.push((await stranger.send('POST', '/session', guess)).status);
  expect(codes).toEqual([401, 401, 401, 401, 401, 429]);
  // The right password does not help the stranger, from the very same address; the browser that is known gets in.
  const right = { name: 'admin', password: PASSWORD };
  expect((await stranger.send('POST', '/session', right)).status).toBe(429);
  expect((await admin.send('POST', '/session', right)).status).toBe(200);
  expect((await ancile(['user', 'enable', 'admin'], { cwd: dir })).code).toBe(0);
  expect((await stranger.send('POST', '/session', right)).status).toBe(200);
  await server.end();
}, 60_000);
