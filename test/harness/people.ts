// People who have signed in to a server under test, by cookie and token as a browser would have them.
import type { Role, Session } from '../../src/contract/index.ts';
import type { TestServer } from './server.ts';

export const PASSWORD = 'grey herons wade at dusk';

export interface TestPerson {
  readonly name: string;
  readonly session: Session;
  /** `ancile=...` */
  readonly cookie: string;
  /** Headers that the console sends with what changes something. */
  readonly headers: Readonly<Record<string, string>>;
  /** A request as the console makes it; `body` goes as JSON. */
  ask(method: string, path: string, body?: unknown): Promise<Response>;
}

/** What a sign-in answers with, as someone who has signed in. */
export async function toPerson(address: string, answer: Response): Promise<TestPerson> {
  if (answer.status !== 200) throw new Error(`${answer.status}: ${await answer.text()}`);
  const session = (await answer.json()) as Session;
  const cookie = answer.headers.getSetCookie()[0]!.split(';', 1)[0]!;
  const headers = { cookie, 'x-ancile-csrf': session.csrf, 'content-type': 'application/json' };
  return {
    name: session.user.name,
    session,
    cookie,
    headers,
    ask: (method, path, body) =>
      fetch(`${address}/api/v1${path}`, {
        method,
        headers: body === undefined ? { cookie, 'x-ancile-csrf': session.csrf } : headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
  };
}

let count = 0;

/** Invites a user of these roles and accepts for him. */
export async function joinAs(server: TestServer, roles: readonly Role[], name?: string): Promise<TestPerson> {
  const request = { name: name ?? `${roles.join('.')}.${++count}`, roles: [...roles] };
  const { token } = await server.admin.inviteUser(request);
  const answer = await fetch(`${server.address}/api/v1/invite`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token, password: PASSWORD }),
  });
  return toPerson(server.address, answer);
}

/** Signs somebody in who has joined. @throws Error where he is refused */
export async function signInAs(server: TestServer, name: string): Promise<TestPerson> {
  const answer = await fetch(`${server.address}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name, password: PASSWORD }),
  });
  return toPerson(server.address, answer);
}
