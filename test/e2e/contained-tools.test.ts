// Tools and sources that are frozen: a model's call of a frozen tool never reaches the agent, whole or streamed, and a frozen source
// of models is asked for nothing.
import { beforeAll, expect, it } from 'vitest';
import { ask, post } from '../harness/clients.ts';
import { startFileUpstream } from '../harness/file-upstream.ts';
import { type TestServer, behind, startTestServer } from '../harness/server.ts';
import { beginStream, sendJson, startUpstream } from '../harness/upstream.ts';
import { chat } from '../harness/wire.ts';

const call = (id: string, name: string) => ({ id, type: 'function', function: { name, arguments: '{"to":"ada"}' } });
const CALLS = [call('c1', 'mail__send'), call('c2', 'mail__read')];
let server: TestServer;
let key: string;

beforeAll(async () => {
  const upstream = await startUpstream((response, { body }) => {
    const message = { role: 'assistant', content: null, tool_calls: CALLS };
    if (body['stream'] !== true) {
      return sendJson(response, {
        ...(JSON.parse(JSON.stringify(chat.whole(''))) as object),
        choices: [{ index: 0, message, finish_reason: 'tool_calls' }],
      });
    }
    const write = beginStream(response);
    const chunk = (delta: object, finish: string | null = null) =>
      write(
        `data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`,
      );
    for (const [index, each] of CALLS.entries()) chunk({ tool_calls: [{ index, ...each }] });
    chunk({}, 'tool_calls');
    response.end(chat.done);
    return undefined;
  });
  server = await startTestServer(behind(upstream.url));
  ({ key } = await server.createKey({}));
});

const answer = async (stream: boolean) =>
  (await post({ address: server.address, key }, '/v1/chat/completions', ask('hello', { stream }))).text();

it.each([false, true])(
  'a call of a frozen tool is taken out of an answer (streamed: %s), others are not',
  async (stream) => {
    expect(await answer(stream)).toContain('mail__send');
    const frozen = await server.admin.contain({ action: 'freeze', target: { server: 'mail', tool: 'send' } });
    const during = await answer(stream);
    expect(during).not.toContain('"name":"mail__send"');
    expect(during).toContain('"name":"mail__read"');
    expect(during).toContain('Ancile blocked the call of mail__send');
    await server.admin.liftContainment({ id: frozen.id });
    expect(await answer(stream)).toContain('"name":"mail__send"');
  },
);

it.each([
  { tool: 'send', model: 'practice-echo' },
  { tool: 'send', upstream: 'main' },
  { tool: 'send', upstream: 'mail' },
])('a freeze of a tool and of what asks for it is seen on the model’s wire: %j', async (target) => {
  const { id } = await server.admin.contain({ action: 'freeze', target });
  expect(await answer(true)).not.toContain('"name":"mail__send"');
  await server.admin.liftContainment({ id });
  const other = await server.admin.contain({ action: 'freeze', target: { ...target, model: 'another' } });
  expect(await answer(true)).toContain('"name":"mail__send"');
  await server.admin.liftContainment({ id: other.id });
});

it.each([false, true])('a call that was taken out is on record, and is counted (streamed: %s)', async (stream) => {
  const before = await server.admin.previewContainment({ action: 'freeze', target: { tool: 'send' } });
  const { id } = await server.admin.contain({ action: 'freeze', target: { tool: 'send' } });
  const sent = await post({ address: server.address, key }, '/v1/chat/completions', ask('hello', { stream }));
  await sent.text();
  const { closed } = await server.exchange(sent.headers.get('x-ancile-exchange')!);
  expect(closed.calls).toMatchObject([
    { tool: 'mail__send', call: 'c1', action: 'block', policies: [{ id: `containment.${id}`, action: 'block' }] },
  ]);
  await server.admin.liftContainment({ id });
  const counted = (radius: { statements: readonly string[] }): number =>
    Number(/and (\d+) calls? on record/.exec(radius.statements.join())?.[1]);
  const after = await server.admin.previewContainment({ action: 'freeze', target: { tool: 'send' } });
  expect(counted(after)).toBe(counted(before) + 1);
  const elsewhere = { tool: 'send', tenant: 'another' };
  expect(counted(await server.admin.previewContainment({ action: 'freeze', target: elsewhere }))).toBe(0);
});

it('egress can be cut to all upstreams but those named', async () => {
  const upstream = await startUpstream((response) => sendJson(response, chat.whole('an answer')));
  const own = await startTestServer({
    upstreams: { main: { kind: 'openai', baseUrl: upstream.url }, other: { kind: 'openai', baseUrl: upstream.url } },
    models: { a: { upstream: 'main' }, b: { upstream: 'other' } },
  });
  const status = async (model: string) => (await post(own, '/v1/chat/completions', ask('hello', { model }))).status;
  await expect(own.admin.contain({ target: {}, with: { except: 'main' } })).rejects.toThrow(/left open/);
  const { id } = await own.admin.contain({ target: { upstream: '*' }, with: { except: 'main' } });
  expect([await status('a'), await status('b')]).toEqual([200, 403]);
  await own.admin.liftContainment({ id });
  expect([await status('a'), await status('b')]).toEqual([200, 200]);
});

it('a frozen source of models is asked for nothing, and its files in the cache are not given either', async () => {
  const files = await startFileUpstream({ 'one/config.json': Buffer.from('{}'), 'one/other.json': Buffer.from('[]') });
  const own = await startTestServer({
    artifacts: { sources: { web: { kind: 'http', baseUrl: files.url } } },
  });
  const pull = await own.createKey({ artifacts: ['web:*'] });
  const status = async (path: string) =>
    (await fetch(`${own.address}/files/web/${path}`, { headers: { authorization: `Bearer ${pull.key}` } })).status;
  await status('one/config.json');
  const { id } = await own.admin.contain({ target: { upstream: 'web' } });
  const asked = files.asked.length;
  expect([await status('one/config.json'), await status('one/other.json')]).toEqual([403, 403]);
  expect(files.asked.length).toBe(asked);
  await own.admin.liftContainment({ id });
  expect(await status('one/other.json')).not.toBe(403);
  expect(files.asked.length).toBeGreaterThan(asked);
});
