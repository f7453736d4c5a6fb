import OpenAI from 'openai';
import { Stream } from 'openai/streaming';
import { expect, it } from 'vitest';
import { AncileError } from '../../base/index.ts';
import { OPENAI_ANSWER, OPENAI_REQUEST } from '../testing/bodies.ts';
import { alignLogprobs, dropLogprobs } from './logprobs.ts';
import { openaiChat } from './surface.ts';

const say = (content: unknown): object => ({ model: 'm', messages: [{ role: 'user', content }] });

function refusal(body: unknown): AncileError {
  try {
    openaiChat.readRequest(body);
  } catch (thrown) {
    if (thrown instanceof AncileError) return thrown;
  }
  throw new Error('it was accepted');
}

it('knows each text of a request by its channel', () => {
  const view = openaiChat.readRequest(OPENAI_REQUEST);
  const channel = (path: string): string | undefined => view.segments.find((each) => each.path === path)?.channel;
  expect(channel('/messages/0/content')).toBe('system');
  expect(channel('/messages/1/content/0/text')).toBe('system');
  expect(channel('/messages/2/content/0/text')).toBe('user');
  expect(channel('/messages/2/content/1/image_url/url')).toBe('user');
  expect(channel('/messages/2/content/2/input_audio/data')).toBeUndefined();
  expect(channel('/messages/3/tool_calls/0/function/arguments#/to')).toBe('tool_argument');
  expect(channel('/messages/4/function_call/arguments#/to')).toBe('tool_argument');
  expect(channel('/messages/5/content')).toBe('tool_result');
  expect(channel('/tools/0/function/parameters/properties/to/enum/1')).toBe('tool_description');
  expect(channel('/response_format/json_schema/schema/title')).toBe('tool_description');
  expect(channel('/user')).toBe('metadata');
  expect(channel('/model')).toBeUndefined();
  expect(view).toMatchObject({ model: 'gpt-4o', stream: true, n: 2, maxOutputTokens: 50, includeUsage: true });
  expect(view).toMatchObject({ capabilities: [], responseSchema: { title: 'T' } });
  expect([...view.uninspected].sort()).toEqual(['audio', 'file', 'image']);
  expect(view.systemPrompts).toEqual(['You are terse.', 'Answer in French.']);
  expect(view.conversationKey).toBe(
    'system 14 14:You are terse.system 17 17:Answer in French.user 13 13:What is this?',
  );
});

it.each([
  [{ ...say('x'), model: 7 }, 'model'],
  [{ model: 'm', messages: [] }, 'messages'],
  [{ model: 'm', messages: [{ role: 'user', content: 'x' }, { content: 'y' }] }, 'messages[1].role'],
  [say(7), 'messages[0].content'],
  [say(['x']), 'messages[0].content[0]'],
  [{ ...say('x'), n: 0 }, 'n'],
  [{ ...say('x'), stream: 'yes' }, 'stream'],
  [{ ...say('x'), max_tokens: 1.5 }, 'max_tokens'],
  [{ ...say('x'), tools: [null] }, 'tools[0]'],
  [{ ...say('x'), response_format: { json_schema: { schema: 'x' } } }, 'response_format.json_schema.schema'],
  [{ ...say('x'), Tools: [] }, '/tools'],
  [{ ...say('x'), '\u017ftream': true }, '/stream'],
  [[], 'the request body'],
])('names the place of what is wrong: %j', (body, at) => {
  expect(refusal(body)).toMatchObject({ code: 'request_invalid', at });
});

it.each([
  [{ store: true }, ['stored_state']],
  [{ store: false, web_search_options: null }, []],
  [{ previous_response_id: 'r' }, ['stored_state']],
  [{ web_search_options: {} }, ['hosted_tool']],
  [{ models: ['other'] }, ['hosted_tool']],
  [{ tools: [{ type: 'mcp', server_url: 'https://x.example' }] }, ['caller_tool_server']],
  [{ tools: [{ type: 'web_search' }, { type: 'function', function: { name: 'f' } }] }, ['hosted_tool']],
  [{ tools: [{ function: { name: 'f' } }] }, []],
])('sees what the provider is asked to do unseen: %j', (rest, capabilities) => {
  expect(openaiChat.readRequest({ ...say('x'), ...rest }).capabilities).toEqual(capabilities);
});

it('names the upstream model and asks for usage', () => {
  const body = { ...say('x'), stream: true, stream_options: { include_usage: false, other: 1 } };
  openaiChat.prepareUpstream(body, 'their-name');
  expect(body).toMatchObject({ model: 'their-name', stream_options: { include_usage: true, other: 1 } });
});

it('reads an answer: texts, usage, how it ended', () => {
  const view = openaiChat.readResponse(structuredClone(OPENAI_ANSWER));
  expect(view.usage).toEqual({ inputTokens: 10, outputTokens: 4 });
  expect(view.finishReasons).toEqual(['tool_calls']);
  const texts = view.segments.filter((segment) => segment.channel === 'output').map((segment) => segment.text);
  expect(texts).toEqual(['Hé!', 'Oh', 'thinking', 'spoken', 'https://a.example', 'A']);
});

it('drops the log probabilities of what was redacted, and keeps the others', () => {
  const body = JSON.parse(JSON.stringify(OPENAI_ANSWER)) as typeof OPENAI_ANSWER;
  openaiChat.readResponse(body);
  const edit = { path: '/choices/0/message/content', text: 'H*!', spans: [{ start: 1, end: 2 }] };
  openaiChat.redact(body, [edit, { path: '/choices/0/message/refusal', text: '*' }]);
  const { logprobs, message } = body.choices[0]!;
  expect(message).toMatchObject({ content: 'H*!', refusal: '*' });
  expect(logprobs.content.map((entry) => entry.token)).toEqual(['H', '!']);
  expect(logprobs.refusal).toEqual([]);
});

it('places tokens of parts of characters on the whole character', () => {
  const entries = OPENAI_ANSWER.choices[0]!.logprobs.content;
  const aligned = alignLogprobs(entries, 'Hé!');
  expect(aligned.map(({ start, end }) => [start, end])).toEqual([
    [0, 1],
    [1, 2],
    [1, 2],
    [2, 3],
  ]);
  expect(dropLogprobs(aligned, [{ start: 1, end: 2 }])).toHaveLength(2);
  expect(alignLogprobs(entries, 'Hè!')).toEqual([]);
  const lying = [{ token: 'a secret', logprob: 0, bytes: [72] }];
  expect(alignLogprobs(lying, 'H')).toEqual([]);
  const long = [{ token: 'H', logprob: 0, bytes: null, top_logprobs: [{ token: 'x'.repeat(17), logprob: -1 }] }];
  expect(alignLogprobs(long, 'H')[0]!.entry).toMatchObject({ top_logprobs: [] });
});

it('renders errors that the official client understands, and none of their causes', async () => {
  const error = new AncileError('request_invalid', 'n must be less', { at: 'n', hint: 'Make n 1.' });
  const { status, headers, body } = openaiChat.renderError(error);
  const seen = OpenAI.APIError.generate(status, JSON.parse(body) as object, undefined, new Headers(headers));
  expect(seen).toBeInstanceOf(OpenAI.BadRequestError);
  expect(seen).toMatchObject({ code: 'request_invalid', param: 'n', type: 'invalid_request_error' });
  expect(seen.message).toContain('n must be less. Make n 1.');
  expect(headers['x-should-retry']).toBe('false');
  expect(openaiChat.renderError(new AncileError('internal', 'at /srv/app/secret.ts')).body).not.toContain('secret');

  const denied = new AncileError('blocked_by_policy', 'blocked: a card number (no-cards)');
  const text = `data: {"choices":[]}\n\n${openaiChat.renderStreamError(denied)}`;
  const stream = Stream.fromSSEResponse(new Response(text), new AbortController());
  const read = async (): Promise<void> => {
    for await (const chunk of stream) expect(chunk).toEqual({ choices: [] });
  };
  await expect(read()).rejects.toMatchObject({ code: 'blocked_by_policy', message: /a card number \(no-cards\)/ });
});
