// The practice model against the official clients, as the gateway's tests and the examples use it.
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startPracticeModel, type PracticeModel } from './practice-model.ts';

let model: PracticeModel;
let openai: OpenAI;
let anthropic: Anthropic;
const received: unknown[] = [];

beforeAll(async () => {
  model = await startPracticeModel({ onRequest: (_path, body) => void received.push(body) });
  openai = new OpenAI({ baseURL: model.url, apiKey: 'none', maxRetries: 0, logLevel: 'off' });
  anthropic = new Anthropic({ baseURL: model.url.replace(/\/v1$/, ''), apiKey: 'none', maxRetries: 0 });
});
afterAll(() => model.close());

const user = (content: string) => [{ role: 'user' as const, content }];
const SCHEMA = {
  type: 'object',
  properties: { city: { type: 'string' }, days: { type: 'integer', minimum: 2 }, unit: { enum: ['C', 'F'] } },
};

async function streamChat(body: Omit<OpenAI.ChatCompletionCreateParamsStreaming, 'stream'>) {
  const chunks: OpenAI.ChatCompletionChunk[] = [];
  for await (const chunk of await openai.chat.completions.create({ ...body, stream: true })) chunks.push(chunk);
  const text = (index: number): string =>
    chunks
      .flatMap((chunk) => chunk.choices.filter((each) => each.index === index))
      .map((each) => each.delta.content ?? '')
      .join('');
  return { chunks, text };
}

it('echoes the last message in both dialects, streamed and whole alike', async () => {
  const body = { model: 'practice-echo', messages: user('hello there') };
  const whole = await openai.chat.completions.create(body);
  expect(whole.choices[0]!.message.content).toBe('This is the practice model. You said: hello there');
  expect(whole.choices[0]!.finish_reason).toBe('stop');
  expect((await streamChat(body)).text(0)).toBe(whole.choices[0]!.message.content);
  const message = await anthropic.messages.create({ ...body, max_tokens: 100 });
  expect(message.content).toMatchObject([{ type: 'text', text: whole.choices[0]!.message.content }]);
  const final = await anthropic.messages.stream({ ...body, max_tokens: 100 }).finalMessage();
  expect(final).toMatchObject({ content: [{ text: whole.choices[0]!.message.content }], usage: message.usage });
  expect(received.at(-1)).toMatchObject({ model: 'practice-echo', stream: true });
});

it('says what it is told, in pieces of the size it is told', async () => {
  const { chunks, text } = await streamChat({ model: 'x', messages: user('CHUNK: 3\nSAY: a\u{1f600}bcde\nf ') });
  expect(text(0)).toBe('a\u{1f600}bcde\nf ');
  const pieces = chunks.map((chunk) => chunk.choices[0]?.delta.content).filter((piece) => piece);
  expect(pieces).toEqual(['a\u{1f600}b', 'cde', '\nf ']);
});

it('leaks, parrots and answers in JSON by its name', async () => {
  const leak = await streamChat({ model: 'practice-leak', messages: user('hi') });
  expect(leak.text(0)).toContain('4111 1111 1111 1111');
  expect(leak.chunks.some((chunk) => chunk.choices[0]?.delta.content?.includes('4111 1'))).toBe(false);
  const parrot = await anthropic.messages.create({
    model: 'practice-parrot-system',
    max_tokens: 50,
    system: 'Be kind.',
    messages: user('x'),
  });
  expect(parrot.content).toMatchObject([{ text: 'Be kind.' }]);
  const json = await openai.chat.completions.create({
    model: 'practice-json',
    messages: user('x'),
    response_format: { type: 'json_schema', json_schema: { name: 's', schema: SCHEMA } },
  });
  expect(JSON.parse(json.choices[0]!.message.content!)).toEqual({ city: 'sample city', days: 2, unit: 'C' });
});

it('calls tools in both dialects, and answers once it has their result', async () => {
  const tools = [{ type: 'function' as const, function: { name: 'get_weather', parameters: SCHEMA } }];
  const body = { model: 'practice-tools', messages: user('weather?'), tools };
  const final = await openai.chat.completions.stream(body).finalChatCompletion();
  const calls = final.choices[0]!.message.tool_calls!;
  expect(final.choices[0]!.finish_reason).toBe('tool_calls');
  expect(calls[0]).toMatchObject({
    function: { name: 'get_weather', arguments: '{"city":"sample city","days":2,"unit":"C"}' },
  });
  const after = await openai.chat.completions.create({
    ...body,
    messages: [
      ...user('weather?'),
      final.choices[0]!.message,
      { role: 'tool', tool_call_id: 'call_practice', content: 'rain' },
    ],
  });
  expect(after.choices[0]!.message.content).toBe('The tool answered: rain');
  const none = await openai.chat.completions.create({ ...body, tool_choice: 'none' });
  expect(none.choices[0]!.message.tool_calls).toBeUndefined();

  const input_schema = { type: 'object' as const, properties: SCHEMA.properties };
  const ask = {
    model: 'practice-echo',
    max_tokens: 99,
    messages: user('w'),
    tools: [{ name: 'get_weather', input_schema }],
  };
  const message = await anthropic.messages.stream({ ...ask, tool_choice: { type: 'any' } }).finalMessage();
  expect(message).toMatchObject({ stop_reason: 'tool_use', content: [{ name: 'get_weather', input: { days: 2 } }] });
  const told = await anthropic.messages.create({ ...ask, messages: user('CALL: send {"to":"x"}') });
  expect(told.content).toMatchObject([{ type: 'tool_use', name: 'send', input: { to: 'x' } }]);
});

it('honours n, log probabilities, max_tokens and usage', async () => {
  const body = {
    model: 'practice-script',
    messages: user('SAY: one two three'),
    n: 2,
    logprobs: true,
    top_logprobs: 2,
  };
  const whole = await openai.chat.completions.create({ ...body, max_tokens: 2 });
  expect(whole.choices.map((choice) => [choice.message.content, choice.finish_reason])).toEqual([
    ['one two', 'length'],
    ['one two', 'length'],
  ]);
  expect(whole.choices[1]!.logprobs!.content!.map((entry) => entry.token)).toEqual(['one', ' two']);
  expect(whole.choices[0]!.logprobs!.content![0]!.top_logprobs).toHaveLength(2);
  expect(whole.usage).toEqual({ prompt_tokens: 6, completion_tokens: 4, total_tokens: 10 });
  const stream = await streamChat({ ...body, stream_options: { include_usage: true } });
  expect([stream.text(0), stream.text(1)]).toEqual(['one two three', 'one two three']);
  expect(stream.chunks.at(-1)!.usage).toMatchObject({ completion_tokens: 6 });
});

it('fails in the ways it is told to', async () => {
  const ask = (name: string, stream = false) => ({ model: `practice-${name}`, messages: user('hello'), stream });
  await expect(openai.chat.completions.create(ask('error-429'))).rejects.toBeInstanceOf(OpenAI.RateLimitError);
  await expect(anthropic.messages.create({ ...ask('error-503'), max_tokens: 9 })).rejects.toMatchObject({
    status: 503,
  });
  await expect(openai.chat.completions.create(ask('reset'))).rejects.toBeInstanceOf(OpenAI.APIConnectionError);
  await expect(streamChat(ask('reset', true))).rejects.toThrow(/terminated|Connection/);
  await expect(streamChat(ask('malformed', true))).rejects.toThrow();
  await expect(openai.chat.completions.create({ model: 'm', messages: [] })).rejects.toMatchObject({
    status: 400,
    param: 'messages',
  });
});

it('outlives clients that leave in the middle of an answer', async () => {
  for (const name of ['practice-stall', 'practice-slow']) {
    for await (const _ of await openai.chat.completions.create({ model: name, messages: user('a b c'), stream: true }))
      break;
  }
  expect((await openai.models.list()).data.map((each) => each.id)).toContain('practice-stall');
  expect((await anthropic.models.list()).data[0]).toMatchObject({ type: 'model', id: 'practice-echo' });
});

it('says that its port is taken', async () => {
  await expect(startPracticeModel({ port: model.port })).rejects.toMatchObject({ code: 'address_in_use' });
});
