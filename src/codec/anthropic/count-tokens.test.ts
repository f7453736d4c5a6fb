import { expect, it } from 'vitest';
import { AncileError } from '../../base/index.ts';
import { ANTHROPIC_ANSWER, ANTHROPIC_REQUEST } from '../testing/bodies.ts';
import { anthropicCountTokens, anthropicMessages } from './surface.ts';

it('reads the same texts as a request for a message, and asks for no output', () => {
  const { max_tokens: _, ...body } = structuredClone(ANTHROPIC_REQUEST);
  const view = anthropicCountTokens.readRequest(body);
  expect(view.segments).toEqual(anthropicMessages.readRequest(ANTHROPIC_REQUEST).segments);
  expect(view).toMatchObject({ maxOutputTokens: 0, stream: false, n: 1 });
  expect(anthropicCountTokens.upstreamPath('m', false)).toBe('/messages/count_tokens');
  expect(anthropicCountTokens.openStream).toBeUndefined();
  expect(() => anthropicCountTokens.readRequest({ ...body, stream: true })).toThrow(
    expect.objectContaining({ code: 'request_invalid', at: 'stream' }) as Error,
  );
  expect(
    anthropicCountTokens.readRequest({ ...body, mcp_servers: [{ url: 'https://x.example' }] }).capabilities,
  ).toContain('caller_tool_server');
});

it('reads the count, and every text beside it', () => {
  expect(anthropicCountTokens.readResponse({ input_tokens: 12 })).toEqual({
    segments: [],
    uninspected: [],
    finishReasons: [],
    usage: { inputTokens: 0, outputTokens: 0 },
  });
  const { segments } = anthropicCountTokens.readResponse({ input_tokens: 12, note: 'some words' });
  expect(segments).toMatchObject([{ path: '/note', channel: 'output', text: 'some words' }]);
  for (const wrong of [{}, [], { input_tokens: '12' }, { input_tokens: -1 }]) {
    expect(() => anthropicCountTokens.readResponse(wrong)).toThrow(AncileError);
  }
});

it('asks for a message again with the text of the answer and the complaint', () => {
  const body = { model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'x' }] };
  const before = structuredClone(body);
  expect(anthropicMessages.reask!(body, ANTHROPIC_ANSWER, 'Answer in JSON.')).toEqual({
    ...body,
    messages: [
      { role: 'user', content: 'x' },
      { role: 'assistant', content: [{ type: 'text', text: 'Bonjour' }] },
      { role: 'user', content: 'Answer in JSON.' },
    ],
  });
  expect(body).toEqual(before);
  const silent = { content: [{ type: 'tool_use', id: 't', name: 'f', input: {} }] };
  expect(anthropicMessages.reask!(body, silent, 'No.')).toMatchObject({
    messages: [{ role: 'user' }, { role: 'user', content: 'No.' }],
  });
});
