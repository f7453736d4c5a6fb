// The live view over HTTP: what passes is told as it passes, for as long as the session lasts and the reader keeps up.
import { get } from 'node:http';
import { connect } from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import { API_BASE, ExchangeRow } from '../../src/contract/index.ts';
import { atEnd } from '../harness/cleanup.ts';
import { ask, post } from '../harness/clients.ts';
import { type TestPerson, joinAs } from '../harness/people.ts';
import { type TestServer, eventually, startTestServer } from '../harness/server.ts';

let server: TestServer;
let person: TestPerson;

beforeAll(async () => {
  server = await startTestServer();
  person = await joinAs(server, ['auditor']);
}, 60_000);

interface View {
  readonly status: number;
  readonly type: string;
  rows(): ExchangeRow[];
  ended(): true | undefined;
  end(): void;
}

/** Opens a live view and collects what it tells. */
function watch(cookie: string, { read = true } = {}): Promise<View> {
  return new Promise((resolve, reject) => {
    const request = get(`${server.address}${API_BASE}/live`, { headers: { cookie }, agent: false }, (response) => {
      let text = '';
      let over = false;
      response.on('close', () => (over = true));
      response.on('error', () => undefined);
      if (read) response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      resolve({
        status: response.statusCode!,
        type: response.headers['content-type']!,
        rows: () => [...text.matchAll(/^data: (\{"id".*)$/gm)].map((match) => ExchangeRow.parse(JSON.parse(match[1]!))),
        ended: () => over || undefined,
        end: () => void request.destroy(),
      });
    });
    request.on('error', reject);
    atEnd(() => request.destroy());
  });
}

describe('a live view', () => {
  it('tells of an exchange while it runs and when it ends', async () => {
    const view = await watch(person.cookie);
    expect([view.status, view.type]).toEqual([200, 'text/event-stream']);
    const slow = { model: 'practice-slow', stream: true };
    const answer = await post(server, '/v1/chat/completions', ask('Take your time.', slow));
    const id = answer.headers.get('x-ancile-exchange');
    await eventually(() => view.rows().find((row) => row.id === id && row.outcome === null));
    await answer.text();
    const last = await eventually(() => view.rows().find((row) => row.id === id && row.outcome !== null));
    expect(last).toMatchObject({ outcome: 'completed', status: 200, action: 'allow', stream: true });
    // The same row as the search finds.
    const { exchanges } = await server.admin.searchExchanges({ text: id! });
    expect(exchanges).toEqual([last]);
  });

  it('ends with its session', async () => {
    const other = await joinAs(server, ['operator']);
    const [own, others] = [await watch(other.cookie), await watch(person.cookie)];
    await other.ask('DELETE', '/session');
    await eventually(() => own.ended());
    expect(others.ended()).toBeUndefined();
  });

  it('is for those who have signed in', async () => {
    const answer = await fetch(`${server.address}${API_BASE}/live`);
    expect([answer.status, await answer.json()]).toMatchObject([401, { error: { code: 'unauthenticated' } }]);
    const foreign = { cookie: person.cookie, 'sec-fetch-site': 'cross-site' };
    const { status } = await new Promise<{ status: number }>((resolve, reject) =>
      get(`${server.address}${API_BASE}/live`, { headers: foreign }, (response) => {
        response.resume();
        resolve({ status: response.statusCode! });
      }).on('error', reject),
    );
    expect(status).toBe(403);
  });

  it('is one of a few for each session', async () => {
    const greedy = await joinAs(server, ['auditor']);
    const views = await Promise.all(Array.from({ length: 10 }, () => watch(greedy.cookie)));
    expect(views.map((view) => view.status).sort()).toEqual([...Array<number>(8).fill(200), 503, 503]);
  });

  it('gives its place back with its connection, also where it waited behind another on it', async () => {
    const greedy = await joinAs(server, ['auditor']);
    const { host, hostname, port } = new URL(server.address);
    const socket = connect(Number(port), hostname);
    atEnd(() => socket.destroy());
    const asked = `GET ${API_BASE}/live HTTP/1.1\r\nhost: ${host}\r\ncookie: ${greedy.cookie}\r\n\r\n`;
    let heard = false;
    socket.on('data', () => (heard = true));
    socket.write(asked.repeat(8));
    await eventually(() => heard || undefined);
    expect((await watch(greedy.cookie)).status).toBe(503);
    socket.destroy();
    const free = await eventually(async () => {
      const views = await Promise.all(Array.from({ length: 8 }, () => watch(greedy.cookie)));
      for (const view of views) view.end();
      return views.every(({ status }) => status === 200) || undefined;
    });
    expect(free).toBe(true);
  });
});

it('does not keep a server from stopping', async () => {
  const view = await watch(person.cookie);
  await server.close();
  await eventually(() => view.ended());
});
