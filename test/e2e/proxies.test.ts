// Behind a reverse proxy: the address that it wrote down counts where the configuration trusts it, and nobody else's word.
import { expect, it } from 'vitest';
import { ask, post } from '../harness/clients.ts';
import { connectAgent, startTools } from '../harness/mcp.ts';
import { type RecordOf, type TestServer, eventually, startTestServer } from '../harness/server.ts';

const from = (i: number): RequestInit => ({ headers: { 'x-forwarded-for': `198.51.${i}.7, 203.0.${i}.9` } });

async function networksOf(server: TestServer): Promise<(string | undefined)[]> {
  for (let i = 0; i < 8; i++) {
    const answer = await post(server, '/v1/chat/completions', ask('Hello'), from(i));
    await answer.arrayBuffer();
  }
  const opened = (await server.records({ kind: 'exchange.opened' })) as RecordOf<'exchange.opened'>[];
  return opened.map(({ network }) => network);
}

const signIns = async (server: TestServer): Promise<number[]> => {
  const statuses: number[] = [];
  for (let i = 0; i < 32; i++) {
    // Counted before it is looked at: hashing passwords is not what this measures.
    const body = '{}';
    const { headers } = from(i);
    const answer = await fetch(`${server.address}/api/v1/session`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', origin: server.address },
      body,
    });
    statuses.push(answer.status);
  }
  return statuses;
};

it('tells networks apart behind a trusted proxy: labels, the rule on shared keys, throttles', async () => {
  const tools = await startTools({});
  const server = await startTestServer({
    server: { trustedProxies: ['127.0.0.0/8'] },
    mcp: { servers: { notes: { url: tools.url, pin: 'first_use' } } },
  });
  const networks = await networksOf(server);
  expect(new Set(networks).size).toBe(8);
  await eventually(async () => (await server.admin.getDetections({ rule: 'key.many_networks' })).detections[0]);
  expect((await signIns(server)).filter((status) => status === 429)).toEqual([]);

  // Calls of tools say where they come from as well.
  const { key } = await server.createKey({ tools: ['*'] });
  const agent = await connectAgent(server, key);
  await agent.callTool({ name: 'notes__echo', arguments: { text: 'hi' } });
  const calls = ((await server.records({ kind: 'exchange.opened' })) as RecordOf<'exchange.opened'>[]).filter(
    ({ exchange }) => exchange.surface === 'mcp',
  );
  expect(calls.length).toBeGreaterThan(0);
  expect(calls.every(({ network }) => /^[0-9a-f]{32}$/.test(network ?? ''))).toBe(true);
}, 60_000);

it('believes nobody else: who makes up addresses stays one', async () => {
  const server = await startTestServer({ server: { trustedProxies: ['10.0.0.0/8'] } });
  expect(new Set(await networksOf(server)).size).toBe(1);
  expect((await signIns(server)).at(-1)).toBe(429);
}, 60_000);

it.each([['10.0.0.0/40'], ['proxy.example'], ['*'], ['']])('takes no %s for a network', async (proxy) => {
  await expect(startTestServer({ server: { trustedProxies: [proxy] } })).rejects.toMatchObject({
    code: 'config_invalid',
    at: 'server.trustedProxies[0]',
  });
});
