// Who may do what over HTTP: every operation of the table by every role, by nobody, and with what a browser would lack.
import { beforeAll, describe, expect, it } from 'vitest';
import { API, API_BASE, type Endpoint, ROLE_PERMISSIONS, Role } from '../../src/contract/index.ts';
import { type TestPerson, joinAs } from '../harness/people.ts';
import { type TestServer, startTestServer } from '../harness/server.ts';

let server: TestServer;
const people = new Map<Role, TestPerson>();

beforeAll(async () => {
  server = await startTestServer();
  for (const role of Role.options) people.set(role, await joinAs(server, [role]));
}, 60_000);

/** All but the one that ends the session. */
const OPERATIONS = (Object.entries(API) as [string, Endpoint][]).filter(([name]) => name !== 'signOut');

/** A request that gets as far as its input, and there no further than it must. */
const pathOf = ({ path }: Endpoint): string => path.replaceAll(':seq', '0').replaceAll(/:\w+/g, 'none');

interface Failure {
  readonly error?: { readonly code: string };
}

describe.each(OPERATIONS)('%s', (_, endpoint) => {
  const { method, needs } = endpoint;

  it.each(Role.options)('by a person whose role is %s', async (role) => {
    const answer = await people.get(role)!.ask(method, pathOf(endpoint));
    const { error } = (await answer.json()) as Failure;
    const may = needs === 'public' || needs === 'session' || ROLE_PERMISSIONS[role].includes(needs);
    if (may) expect([401, 403, 500]).not.toContain(answer.status);
    else expect([answer.status, error?.code]).toEqual([403, 'forbidden']);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('by nobody', async () => {
    const answer = await fetch(server.address + API_BASE + pathOf(endpoint), { method });
    const { error } = (await answer.json()) as Failure;
    if (needs === 'public') expect([answer.status, error?.code]).toEqual([400, 'request_invalid']);
    else expect([answer.status, error?.code]).toEqual([401, 'unauthenticated']);
  });

  if (method === 'GET' || needs === 'public') return;
  it('without the token that only the console knows', async () => {
    const { cookie, session } = people.get('admin')!;
    for (const proof of [undefined, '', 'x', session.csrf.slice(1), people.get('operator')!.session.csrf]) {
      const headers = { cookie, ...(proof === undefined ? {} : { 'x-ancile-csrf': proof }) };
      const answer = await fetch(server.address + API_BASE + pathOf(endpoint), { method, headers });
      expect([answer.status, ((await answer.json()) as Failure).error?.code]).toEqual([403, 'forbidden']);
    }
  });
});

it('puts refused attempts of those who have signed in on record', async () => {
  await people.get('auditor')!.ask('POST', '/keys', { name: 'mine' });
  await server.close();
  const again = await startTestServer({}, { dir: server.dir });
  const refused = await again.records({ kind: 'access.refused' });
  expect(refused.some((record) => record.kind === 'access.refused' && record.reason === 'forbidden')).toBe(true);
});
