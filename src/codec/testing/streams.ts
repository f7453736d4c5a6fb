// Streams of both dialects that use as many of their events as there are, for the tests of reading them.
import type { SseEvent } from '../sse.ts';

const chunk = (choices: unknown[], rest: object = {}): SseEvent => ({
  data: JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1_700_000_000,
    model: 'gpt-4o',
    provider: 'Some Provider',
    obfuscation: 'xxxx',
    choices,
    ...rest,
  }),
});

const call = (index: number, rest: object): object => ({ index: 0, delta: { tool_calls: [{ index, ...rest }] } });

export const OPENAI_CHUNKS: readonly SseEvent[] = [
  chunk([{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }]),
  chunk([{ index: 1, delta: { role: 'assistant', content: 'The other' }, finish_reason: null }]),
  chunk([{ index: 0, delta: { reasoning_content: 'Let me ' } }]),
  chunk([{ index: 0, delta: { reasoning_content: 'see.' } }]),
  chunk([{ index: 0, delta: { reasoning_details: [{ type: 'reasoning.text', index: 0, text: 'deep ' }] } }]),
  chunk([{ index: 0, delta: { reasoning_details: [{ type: 'reasoning.text', index: 0, text: 'down' }] } }]),
  chunk([
    {
      index: 0,
      delta: { content: 'Bonjour' },
      logprobs: { content: [{ token: 'Bonjour', logprob: -1, bytes: null }] },
    },
  ]),
  chunk([
    { index: 0, delta: { content: ', tout le monde' } },
    { index: 1, delta: { content: ' answer', refusal: 'No' } },
  ]),
  chunk([
    {
      index: 0,
      delta: { annotations: [{ type: 'url_citation', url_citation: { url: 'https://a.example', title: 'A' } }] },
    },
  ]),
  chunk([call(0, { id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '' } })]),
  chunk([call(0, { function: { arguments: '{"city":' } })]),
  chunk([call(0, { function: { arguments: '"Paris"}' } })]),
  chunk([call(1, { id: 'call_2', type: 'function', function: { name: 'get_weather', arguments: '{}' } })]),
  chunk([{ index: 1, delta: { content: '.' }, finish_reason: 'stop' }]),
  chunk([{ index: 0, delta: {}, finish_reason: 'tool_calls', native_finish_reason: 'completed' }]),
  chunk([], { usage: { prompt_tokens: 9, completion_tokens: 5, total_tokens: 14 } }),
  { data: '[DONE]' },
];

const event = (type: string, rest: object): SseEvent => ({ event: type, data: JSON.stringify({ type, ...rest }) });
const delta = (index: number, type: string, rest: object): SseEvent =>
  event('content_block_delta', { index, delta: { type, ...rest } });

export const ANTHROPIC_EVENTS: readonly SseEvent[] = [
  event('message_start', {
    message: {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'claude-x',
      content: [],
      stop_reason: null,
      usage: { input_tokens: 10, cache_read_input_tokens: 2, output_tokens: 1, service_tier: 'standard' },
    },
  }),
  event('ping', {}),
  event('content_block_start', { index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } }),
  delta(0, 'thinking_delta', { thinking: 'Let me ' }),
  delta(0, 'thinking_delta', { thinking: 'see.' }),
  delta(0, 'signature_delta', { signature: 'c2lnbmVk' }),
  event('content_block_stop', { index: 0 }),
  event('content_block_start', { index: 1, content_block: { type: 'text', text: 'Bon' } }),
  delta(1, 'text_delta', { text: 'jour' }),
  delta(1, 'citations_delta', { citation: { type: 'char_location', cited_text: 'quoted', document_title: 'T' } }),
  delta(1, 'text_delta', { text: ', tout le monde' }),
  delta(1, 'novel_delta', { novelty: 'something new' }),
  event('content_block_stop', { index: 1 }),
  event('content_block_start', {
    index: 2,
    content_block: { type: 'tool_use', id: 'toolu_1', name: 'get_weather', input: {} },
  }),
  delta(2, 'input_json_delta', { partial_json: '' }),
  delta(2, 'input_json_delta', { partial_json: '{"city":"Pa' }),
  delta(2, 'input_json_delta', { partial_json: 'ris"}' }),
  event('content_block_stop', { index: 2 }),
  event('content_block_start', {
    index: 3,
    content_block: {
      type: 'web_search_tool_result',
      tool_use_id: 'srvtoolu_1',
      content: [{ type: 'web_search_result', title: 'W', url: 'https://w.example', encrypted_content: 'ZW5j' }],
    },
  }),
  event('content_block_stop', { index: 3 }),
  event('message_delta', { delta: { stop_reason: 'tool_use', stop_sequence: null }, usage: { output_tokens: 7 } }),
  event('message_stop', {}),
];
