// Each kind of upstream as a server on loopback sees it: address, headers, credentials, body.
import { createHash, createHmac } from 'node:crypto';
import { expect, it } from 'vitest';
import {
  type LlmSurface,
  anthropicCountTokens,
  anthropicMessages,
  geminiGenerate,
  openaiChat,
} from '../../codec/index.ts';
import type { Upstream } from '../../contract/index.ts';
import { atEnd } from '../../../test/harness/cleanup.ts';
import { type Received, type TestUpstream, sendJson, startUpstream } from '../../../test/harness/upstream.ts';
import { type DoorSecrets, type OpenDoor, openDoor } from './open-door.ts';

const TIMEOUTS = { connections: 2, connectTimeout: 1000, headersTimeout: 1000, idleTimeout: 1000 };
const CALLER = {
  'anthropic-version': '2024-01-01',
  'anthropic-beta': 'one-2025, two ,"bad"',
  'openai-beta': 'assistants=v2',
};
const CHAT = { model: 'x', messages: [{ role: 'user', content: 'hi' }] };
const MESSAGE = { model: 'x', max_tokens: 9, messages: [{ role: 'user', content: 'hi' }] };
const CONTENTS = { contents: [{ parts: [{ text: 'hi' }] }] };

interface Asked {
  readonly door: OpenDoor;
  readonly server: TestUpstream;
  ask(surface: LlmSurface, body: object, options?: { model?: string; stream?: boolean }): Promise<Received>;
}

/** A door of a kind to a server that keeps what it is sent. */
async function open(upstream: object, secrets: DoorSecrets = {}, clock?: () => number): Promise<Asked> {
  const server = await startUpstream((response) => sendJson(response, {}));
  const baseUrl = new URL(server.url).origin + ((upstream as { baseUrl?: string }).baseUrl ?? '');
  const door = openDoor({
    name: 'main',
    upstream: { ...upstream, baseUrl } as Upstream,
    secrets,
    timeouts: TIMEOUTS,
    ...(clock !== undefined && { clock }),
  });
  atEnd(() => door.close());
  return {
    door,
    server,
    async ask(surface, body, { model = 'the-model', stream = false } = {}) {
      const request = await door.prepare({ surface, body: structuredClone(body), model, stream, headers: CALLER });
      expect((await door.outlet.collect(request, 1000)).status).toBe(200);
      return server.received.at(-1)!;
    },
  };
}

it.each(['openai', 'vllm', 'ollama', 'openrouter'])('asks %s with a bearer key', async (kind) => {
  const { ask, door } = await open({ kind, baseUrl: '/v1' }, { apiKey: 'key-1' });
  const got = await ask(openaiChat, { ...CHAT, stream: true }, { stream: true });
  expect(got.path).toBe('/v1/chat/completions');
  expect(got.headers).toMatchObject({
    authorization: 'Bearer key-1',
    'content-type': 'application/json',
    accept: 'text/event-stream',
    'accept-encoding': 'identity',
    'openai-beta': 'assistants=v2',
  });
  expect(got.headers['anthropic-version']).toBeUndefined();
  expect(got.body).toMatchObject({ model: 'the-model', stream_options: { include_usage: true } });
  expect(door.keys).toEqual(['key-1']);
  expect(door.confidential).toEqual(expect.arrayContaining(['key-1', '127.0.0.1']));
  expect(door.streams('text/event-stream; charset=utf-8')).toBe(true);
  expect(door.streams('application/json')).toBe(false);
});

it('asks Anthropic with its own headers, the version of the caller where he names one', async () => {
  const { ask, door, server } = await open({ kind: 'anthropic', baseUrl: '/v1' }, { apiKey: 'key-2' });
  const got = await ask(anthropicMessages, MESSAGE);
  expect(got.path).toBe('/v1/messages');
  expect(got.headers).toMatchObject({
    'x-api-key': 'key-2',
    'anthropic-version': '2024-01-01',
    accept: 'application/json',
  });
  expect(got.headers.authorization).toBeUndefined();
  expect((await ask(anthropicCountTokens, MESSAGE)).path).toBe('/v1/messages/count_tokens');
  const bare = await door.prepare({
    surface: anthropicMessages,
    body: { ...MESSAGE },
    model: 'm',
    stream: false,
    headers: {},
  });
  expect(bare.headers['anthropic-version']).toBe('2023-06-01');
  server.behave((response) => sendJson(response, { data: [{ id: 'claude-x' }, { id: 7 }, 'x'] }));
  expect(await door.listModels()).toEqual(['claude-x']);
  expect(server.received.at(-1)).toMatchObject({ method: 'GET', headers: { 'x-api-key': 'key-2' } });
});

it('asks Gemini with the key in a header, never in the address', async () => {
  const { ask, door, server } = await open({ kind: 'gemini', baseUrl: '/v1beta' }, { apiKey: 'key-3' });
  const got = await ask(geminiGenerate, { ...CONTENTS, model: 'models/x' }, { stream: true });
  expect(got.path).toBe('/v1beta/models/the-model:streamGenerateContent?alt=sse');
  expect(got.headers['x-goog-api-key']).toBe('key-3');
  expect(got.headers['anthropic-version'] ?? got.headers['openai-beta']).toBeUndefined();
  expect(got.body).toEqual({ ...CONTENTS, model: 'models/the-model' });
  server.behave((response) => sendJson(response, { models: [{ name: 'models/gemini-x' }] }));
  expect(await door.listModels()).toEqual(['gemini-x']);
  server.behave((response) => sendJson(response, { error: {} }, 403));
  expect(await door.listModels()).toEqual([]);
});

it.each([
  ['', undefined, '/openai/v1/chat/completions'],
  ['/openai/v1/', undefined, '/openai/v1/chat/completions'],
  ['', 'preview', '/openai/v1/chat/completions?api-version=preview'],
  ['', '2024-10-21', '/openai/deployments/my%2Fdep/chat/completions?api-version=2024-10-21'],
])('asks Azure at its own addresses: %j %s', async (baseUrl, apiVersion, path) => {
  const { ask, door } = await open({ kind: 'azure', baseUrl, ...(apiVersion && { apiVersion }) }, { apiKey: 'key-4' });
  const got = await ask(openaiChat, CHAT, { model: 'my/dep' });
  expect(got.path).toBe(path);
  expect(got.headers['api-key']).toBe('key-4');
  expect(got.headers.authorization).toBeUndefined();
  expect(got.body['model']).toBe('my/dep');
  const responses = { ...openaiChat, id: 'openai.responses', upstreamPath: () => '/responses' } as const;
  const { path: at } = await ask(responses, CHAT);
  if (apiVersion === '2024-10-21') expect(at).toBe('/openai/responses?api-version=2024-10-21');
  expect(await door.listModels()).toEqual([]);
});

const BEDROCK = { kind: 'bedrock', region: 'eu-central-1' };
const AWS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'aws-secret', sessionToken: 'session-1' };
const MODEL = 'anthropic.claude-x-v1:0';

/** The signature anew, from what arrived, by the steps of AWS's documents and with none of our code. */
function expectedSignature({ method, path, headers, text }: Received, secret: string): string {
  const signed = /SignedHeaders=([^,]+)/.exec(headers.authorization!)![1]!;
  const sha = (data: string): string => createHash('sha256').update(data).digest('hex');
  const mac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest();
  const lines = signed.split(';').map((name) => `${name}:${String(headers[name])}\n`);
  const twice = path.replaceAll('%', '%25');
  const canonical = `${method}\n${twice}\n\n${lines.join('')}\n${signed}\n${sha(text)}`;
  const time = String(headers['x-amz-date']);
  const scope = `${time.slice(0, 8)}/eu-central-1/bedrock/aws4_request`;
  const key = mac(mac(mac(mac(`AWS4${secret}`, time.slice(0, 8)), 'eu-central-1'), 'bedrock'), 'aws4_request');
  return mac(key, `AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha(canonical)}`).toString('hex');
}

it('asks Bedrock with a signature over what is sent', async () => {
  let now = Date.parse('2026-01-02T03:04:05Z');
  const { ask, door } = await open({ ...BEDROCK, baseUrl: '/prefix' }, AWS, () => now);
  const body = { ...MESSAGE, stream: true, anthropic_version: 'mine', anthropic_beta: ['mine'] };
  const got = await ask(anthropicMessages, body, { model: MODEL, stream: true });
  expect(got.path).toBe('/prefix/model/anthropic.claude-x-v1%3A0/invoke-with-response-stream');
  expect(got.body).toEqual({
    anthropic_version: 'bedrock-2023-05-31',
    anthropic_beta: ['one-2025', 'two'],
    max_tokens: 9,
    messages: MESSAGE.messages,
  });
  expect(got.headers).toMatchObject({ 'x-amz-date': '20260102T030405Z', 'x-amz-security-token': 'session-1' });
  expect(got.headers.authorization).toContain('SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, ');
  expect(got.headers.authorization).toMatch(new RegExp(`Signature=${expectedSignature(got, AWS.secretAccessKey)}$`));
  expect(got.headers['anthropic-beta'] ?? got.headers['anthropic-version']).toBeUndefined();
  now += 60_000;
  const again = await ask(anthropicMessages, MESSAGE, { model: MODEL });
  expect(again.path).toBe('/prefix/model/anthropic.claude-x-v1%3A0/invoke');
  expect(again.headers['x-amz-date']).toBe('20260102T030505Z');
  expect(again.headers.authorization).toMatch(
    new RegExp(`Signature=${expectedSignature(again, AWS.secretAccessKey)}$`),
  );
  expect([...door.keys].sort()).toEqual(Object.values(AWS).sort());
  expect(door.streams('application/vnd.amazon.eventstream')).toBe(true);
  expect(door.streams('text/event-stream')).toBe(false);
  expect(await door.listModels()).toEqual([]);
});

it('asks Bedrock with its own key', async () => {
  const { ask } = await open(BEDROCK, { apiKey: 'bedrock-key' });
  const got = await ask(anthropicMessages, MESSAGE, { model: 'arn:aws:bedrock:eu:1:profile/p' });
  expect(got.path).toBe('/model/arn%3Aaws%3Abedrock%3Aeu%3A1%3Aprofile%2Fp/invoke');
  expect(got.headers.authorization).toBe('Bearer bedrock-key');
  expect(got.headers['x-amz-date']).toBeUndefined();
});

it.each([
  [{}, 'upstreams.main.accessKeyId'],
  [{ accessKeyId: 'a' }, 'upstreams.main.secretAccessKey'],
  [{ sessionToken: 'a' }, 'upstreams.main.accessKeyId'],
  [{ ...AWS, apiKey: 'a' }, 'upstreams.main.apiKey'],
])('wants of Bedrock one way to be known: %j', (secrets, at) => {
  const upstream = { ...BEDROCK, baseUrl: 'http://127.0.0.1:9' } as Upstream;
  expect(() => openDoor({ name: 'main', upstream, secrets, timeouts: TIMEOUTS })).toThrow(
    expect.objectContaining({ code: 'config_invalid', at }) as Error,
  );
});

it('keeps the words of one kind out of the next', async () => {
  const body = { ...MESSAGE, stream: true };
  const clouds = await open(BEDROCK, AWS);
  const direct = await open({ kind: 'anthropic', baseUrl: '/v1' }, { apiKey: 'k' });
  const ask = { surface: anthropicMessages, body, stream: true, headers: CALLER };
  await clouds.door.prepare({ ...ask, model: MODEL });
  const { body: sent } = await direct.door.prepare({ ...ask, model: 'claude-y' });
  expect(JSON.parse(String(sent))).toEqual({ ...MESSAGE, model: 'claude-y', stream: true });
});

it('refuses surfaces that an upstream does not have, in a sentence without its name', async () => {
  const doors = await Promise.all([
    open({ kind: 'anthropic', baseUrl: '/v1' }),
    open(BEDROCK, AWS),
    open({ kind: 'ollama', baseUrl: '/v1' }),
  ]);
  const [anthropic, bedrock, ollama] = doors.map(({ door }) => door);
  expect(anthropic!.refuses(anthropicCountTokens)).toBeUndefined();
  expect(bedrock!.refuses(anthropicCountTokens)).toBe(
    "The model's upstream does not serve anthropic.count_tokens; it can be asked by anthropic.messages.",
  );
  expect(anthropic!.refuses(openaiChat)).toMatch(/does not speak this dialect; it can be asked by anthropic\.messages/);
  expect(ollama!.refuses({ ...openaiChat, id: 'openai.images' })).toMatch(/does not serve openai\.images/);
  expect(ollama!.refuses(openaiChat)).toBeUndefined();
});

it('encodes what is no JSON as the surface says, and cannot be led astray by a name', async () => {
  const { ask, door } = await open({ kind: 'openai', baseUrl: '/v1' });
  const form = {
    ...openaiChat,
    encodeBody: () => ({ contentType: 'multipart/form-data; boundary=b', bytes: Buffer.from('{"form":true}') }),
    parseAnswer: () => undefined,
  };
  const got = await ask(form, CHAT);
  expect(got.headers).toMatchObject({ 'content-type': 'multipart/form-data; boundary=b', accept: '*/*' });
  expect(got.text).toBe('{"form":true}');
  expect(got.headers.authorization).toBeUndefined();
  expect(door.keys).toEqual([]);
  const bedrock = await open(BEDROCK, AWS);
  const lead = { surface: anthropicMessages, body: { ...MESSAGE }, stream: false, headers: {} };
  await expect((async () => bedrock.door.prepare({ ...lead, model: '..' }))()).rejects.toMatchObject({
    code: 'request_invalid',
  });
  const { path } = await bedrock.door.prepare({ ...lead, model: '../../x?y#z' });
  expect(path).toBe('/model/..%2F..%2Fx%3Fy%23z/invoke');
});
