import Anthropic from '@anthropic-ai/sdk';
import { Stream } from '@anthropic-ai/sdk/streaming';
import { expect, it } from 'vitest';
import { AncileError } from '../../base/index.ts';
import { ANTHROPIC_ANSWER, ANTHROPIC_REQUEST } from '../testing/bodies.ts';
import { anthropicMessages } from './surface.ts';

const say = (content: unknown): object => ({ model: 'm', max_tokens: 9, messages: [{ role: 'user', content }] });

it('knows each text of a request by its channel', () => {
  const view = anthropicMessages.readRequest(ANTHROPIC_REQUEST);
  const channel = (path: string): string | undefined => view.segments.find((each) => each.path === path)?.channel;
  expect(channel('/system/0/text')).toBe('system');
  expect(channel('/messages/0/content/0/text')).toBe('user');
  expect(channel('/messages/0/content/2/source/url')).toBe('user');
  expect(channel('/messages/0/content/4/source/data')).toBe('document');
  expect(channel('/messages/0/content/5/source/content/0/text')).toBe('document');
  expect(channel('/messages/0/content/6/content/0/text')).toBe('document');
  expect(channel('/messages/1/content/0/thinking')).toBe('assistant');
  expect(channel('/messages/1/content/2/input/list/0')).toBe('tool_argument');
  expect(channel('/messages/1/content/4/content/0/title')).toBe('tool_result');
  expect(channel('/messages/2/content/0/content')).toBe('tool_result');
  expect(channel('/messages/2/content/1/content/0/text')).toBe('tool_result');
  expect(channel('/tools/0/input_schema/properties/to/title')).toBe('tool_description');
  expect(channel('/metadata/user_id')).toBe('metadata');
  expect([...view.uninspected].sort()).toEqual(['encrypted', 'file', 'image']);
  expect(view).toMatchObject({ maxOutputTokens: 100, n: 1, stream: false, capabilities: [] });
  expect(view.conversationKey).toBe('system 14 14:You are terse.user 13 13:What is this?');
});

it.each([
  [{ ...say('x'), messages: [{ role: 'user' }] }, 'messages[0].content'],
  [{ ...say('x'), system: 7 }, 'system'],
  [{ ...say('x'), max_tokens: -1 }, 'max_tokens'],
  [say([1]), 'messages[0].content[0]'],
])('names the place of what is wrong: %j', (body, at) => {
  expect(() => anthropicMessages.readRequest(body)).toThrow(expect.objectContaining({ code: 'request_invalid', at }));
});

it.each([
  [{ mcp_servers: [{ url: 'https://x.example' }] }, ['caller_tool_server']],
  [{ tools: [{ type: 'mcp_toolset' }] }, ['caller_tool_server']],
  [{ tools: [{ type: 'web_search_20250305', name: 'web_search' }] }, ['hosted_tool']],
  [{ tools: [{ type: 'custom', name: 'f' }, { name: 'g' }] }, []],
  [{ container: 'c' }, ['stored_state']],
])('sees what the provider is asked to do unseen: %j', (rest, capabilities) => {
  expect(anthropicMessages.readRequest({ ...say('x'), ...rest }).capabilities).toEqual(capabilities);
});

it('reads an answer: texts, usage, how it ended', () => {
  const view = anthropicMessages.readResponse(ANTHROPIC_ANSWER);
  expect(view.usage).toEqual({ inputTokens: 15, outputTokens: 4 });
  expect(view.finishReasons).toEqual(['tool_use']);
  expect(view.segments.find((each) => each.path === '/content/2/input/to')?.channel).toBe('tool_argument');
  expect(() => anthropicMessages.readResponse({ content: 'x' })).toThrow(AncileError);
});

it('renders errors that the official client understands', async () => {
  const error = new AncileError('budget_exceeded', 'the budget of the day is spent');
  const { status, headers, body } = anthropicMessages.renderError(error);
  const seen = Anthropic.APIError.generate(status, JSON.parse(body) as object, undefined, new Headers(headers));
  expect(seen).toBeInstanceOf(Anthropic.RateLimitError);
  expect(seen.message).toContain('the budget of the day is spent');
  expect(headers['x-should-retry']).toBe('false');

  const text = `event: ping\ndata: {"type":"ping"}\n\n${anthropicMessages.renderStreamError(error)}`;
  const read = async (): Promise<void> => {
    for await (const _ of Stream.fromSSEResponse(new Response(text), new AbortController()))
      throw new Error('an event');
  };
  await expect(read()).rejects.toMatchObject({ type: 'rate_limit_error' });
});
