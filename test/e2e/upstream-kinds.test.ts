// Anthropic's clients in front of the clouds that resell its models.
import Anthropic from '@anthropic-ai/sdk';
import { expect, it } from 'vitest';
import { encodeBedrockEvent, encodeMessage } from '../harness/aws-messages.ts';
import { anthropicClient, failureOf, openaiClient } from '../harness/clients.ts';
import { type TestServer, startTestServer } from '../harness/server.ts';
import { type TestUpstream, sendJson, startUpstream } from '../harness/upstream.ts';
import { eventsOf, messages } from '../harness/wire.ts';

const ANSWER = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude',
  content: [{ type: 'text', text: 'Hello.' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 3, output_tokens: 2 },
};
const ASK = { model: 'any', max_tokens: 50, messages: [{ role: 'user' as const, content: 'hi' }] };

process.env['AWS_TEST_ID'] = 'AKIDEXAMPLE';
process.env['AWS_TEST_SECRET'] = 'aws-secret-of-the-test';
process.env['VERTEX_TEST_TOKEN'] = 'vertex-token-of-the-test';

async function serve(kind: object, model: string): Promise<{ upstream: TestUpstream; server: TestServer }> {
  const upstream = await startUpstream((response) => sendJson(response, ANSWER));
  const baseUrl = new URL(upstream.url).origin;
  const server = await startTestServer({
    upstreams: { main: { baseUrl, ...kind } },
    models: { '*': { upstream: 'main', model } },
  });
  return { upstream, server };
}

const BEDROCK = {
  kind: 'bedrock',
  region: 'eu-central-1',
  accessKeyId: { env: 'AWS_TEST_ID' },
  secretAccessKey: { env: 'AWS_TEST_SECRET' },
};

it('serves Anthropic’s client from Bedrock, whole and streamed, redacted over its frames', async () => {
  const { upstream, server } = await serve(BEDROCK, 'anthropic.claude-v1:0');
  const client = anthropicClient(server, { 'anthropic-beta': 'feature-1' });
  const whole = await client.messages.create(ASK);
  expect(whole.content).toMatchObject([{ type: 'text', text: 'Hello.' }]);
  const got = upstream.received.at(-1)!;
  expect(got.path).toBe('/model/anthropic.claude-v1%3A0/invoke');
  expect(got.headers.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/bedrock\//);
  expect(got.body).toMatchObject({ anthropic_version: 'bedrock-2023-05-31', anthropic_beta: ['feature-1'] });
  expect(got.body['model']).toBeUndefined();

  const events = eventsOf(
    messages.start + messages.block('text', ['The card is 4111 11', '11 1111', ' 1111.']) + messages.finish(),
  );
  upstream.behave((response) => {
    response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' });
    const bytes = Buffer.concat(events.map(encodeBedrockEvent));
    for (let at = 0; at < bytes.length; at += 100) response.write(bytes.subarray(at, at + 100));
    response.end();
  });
  const streamed = await client.messages.stream(ASK).finalMessage();
  expect(streamed.stop_reason).toBe('end_turn');
  expect(JSON.stringify(streamed.content)).toContain('The card is');
  expect(JSON.stringify(streamed.content)).not.toMatch(/4111|1111/);
  expect(upstream.received.at(-1)!.path).toBe('/model/anthropic.claude-v1%3A0/invoke-with-response-stream');
});

it('tells a stream that Bedrock breaks off, and one whose frames are damaged', async () => {
  const { upstream, server } = await serve(BEDROCK, 'anthropic.claude-v1:0');
  const client = anthropicClient(server);
  const [start] = eventsOf(messages.start).map(encodeBedrockEvent);
  const exception = encodeMessage(
    { ':message-type': 'exception', ':exception-type': 'throttlingException' },
    Buffer.from('{"message":"Too many tokens, wait"}'),
  );
  const damaged = Buffer.from(start!);
  damaged[40]! ^= 1;
  for (const frame of [exception, damaged]) {
    upstream.behave((response) => {
      response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' });
      response.end(Buffer.concat([start!, frame]));
    });
    const failure = await failureOf(client.messages.stream(ASK).finalMessage());
    expect(failure).toBeInstanceOf(Anthropic.APIError);
    if (frame === exception) expect(failure.message).toContain('Too many tokens');
  }
});

it('serves Anthropic’s client from Vertex, tokens counted too', async () => {
  const kind = { kind: 'vertex', project: 'project-one', location: 'global', apiKey: { env: 'VERTEX_TEST_TOKEN' } };
  const { upstream, server } = await serve(kind, 'claude-x@1');
  const client = anthropicClient(server);
  expect((await client.messages.create(ASK)).content).toHaveLength(1);
  const got = upstream.received.at(-1)!;
  expect(got.path).toBe('/projects/project-one/locations/global/publishers/anthropic/models/claude-x@1:rawPredict');
  expect(got.headers.authorization).toBe('Bearer vertex-token-of-the-test');
  expect(got.body['anthropic_version']).toBe('vertex-2023-10-16');
  upstream.behave((response) => sendJson(response, { input_tokens: 7 }));
  const { max_tokens: _, ...count } = ASK;
  expect(await client.messages.countTokens(count)).toEqual({ input_tokens: 7 });
  // What names the project or holds the token stays with us.
  upstream.behave((response) =>
    sendJson(response, { error: { code: 404, message: 'projects/project-one: vertex-token-of-the-test' } }, 404),
  );
  const failure = await failureOf(client.messages.create(ASK));
  expect(failure.message).not.toMatch(/project-one|vertex-token/);
});

it('refuses surfaces that the upstream of a model does not have', async () => {
  const { server } = await serve(BEDROCK, 'anthropic.claude-v1:0');
  const chat = await failureOf(openaiClient(server).chat.completions.create(ASK));
  expect(chat['status']).toBe(400);
  expect(chat.message).toContain('anthropic.messages');
  const { max_tokens: _, ...count } = ASK;
  const counted = await failureOf(anthropicClient(server).messages.countTokens(count));
  expect(counted['status']).toBe(400);
  expect(counted.message).not.toMatch(/bedrock/i);
});

it('does not start where a secret is missing, and names the field', async () => {
  const upstreams = {
    main: { ...BEDROCK, baseUrl: 'http://127.0.0.1:9', secretAccessKey: { env: 'NO_SUCH_VARIABLE' } },
  };
  const failure = await failureOf(startTestServer({ upstreams, models: { '*': { upstream: 'main' } } }));
  expect(failure).toMatchObject({ code: 'config_invalid', at: 'upstreams.main.secretAccessKey' });
});
