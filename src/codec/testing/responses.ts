// A Responses request, answer and stream that use as many of their places as there are, for the tests of reading them.
import type { SseEvent } from '../sse.ts';

const TOOL = {
  type: 'function',
  name: 'get_weather',
  description: 'Tells the weather',
  parameters: { type: 'object', properties: { city: { type: 'string', description: 'whose' } } },
  strict: true,
};

export const RESPONSES_REQUEST = {
  model: 'gpt-5',
  instructions: 'You are terse.',
  input: [
    { role: 'developer', content: 'Answer in French.' },
    {
      type: 'message',
      role: 'user',
      content: [
        { type: 'input_text', text: 'What is this?' },
        { type: 'input_image', image_url: 'https://images.example/cat.png', detail: 'low' },
        { type: 'input_file', file_data: 'data:application/pdf;base64,JVBERi0=', filename: 'a.pdf' },
      ],
    },
    {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      status: 'completed',
      content: [
        {
          type: 'output_text',
          text: 'Bonjour',
          annotations: [{ type: 'url_citation', url: 'https://a.example', title: 'A' }],
        },
        { type: 'refusal', refusal: 'No.' },
      ],
    },
    {
      type: 'reasoning',
      id: 'rs_1',
      summary: [{ type: 'summary_text', text: 'hm' }],
      encrypted_content: 'Z0FBQUFBQm9aZW5jcnlwdGVk',
    },
    { type: 'function_call', call_id: 'call_1', name: 'get_weather', arguments: '{"city":"Paris"}' },
    { type: 'function_call_output', call_id: 'call_1', output: 'rain' },
    { type: 'function_call_output', call_id: 'call_1', output: [{ type: 'input_text', text: 'more rain' }] },
    { type: 'custom_tool_call', call_id: 'call_2', name: 'run', input: 'ls' },
    { type: 'custom_tool_call_output', call_id: 'call_2', output: 'a.txt' },
    { type: 'local_shell_call', id: 'lsh_1', call_id: 'call_3', action: { type: 'exec', command: ['ls'], env: {} } },
    { type: 'local_shell_call_output', id: 'lsh_1', output: 'b.txt' },
    { type: 'web_search_call', id: 'ws_1', status: 'completed', action: { type: 'search', query: 'weather' } },
    { type: 'file_search_call', id: 'fs_1', queries: ['q'], results: [{ file_id: 'file_1', text: 'found' }] },
  ],
  tools: [TOOL, { type: 'custom', name: 'run', description: 'runs', format: { type: 'text' } }],
  tool_choice: 'auto',
  text: { format: { type: 'json_schema', name: 's', schema: { type: 'object', title: 'T' } }, verbosity: 'low' },
  reasoning: { effort: 'low', summary: 'auto' },
  include: ['message.output_text.logprobs'],
  metadata: { team: 'blue' },
  user: 'u-1',
  max_output_tokens: 50,
  stream: true,
};

const logprob = (token: string): object => ({ token, logprob: -1, bytes: null, top_logprobs: [] });

const MESSAGE = {
  id: 'msg_1',
  type: 'message',
  status: 'completed',
  role: 'assistant',
  content: [
    {
      type: 'output_text',
      text: 'Bonjour, tout le monde',
      annotations: [{ type: 'url_citation', url: 'https://a.example', title: 'A', start_index: 0, end_index: 7 }],
      logprobs: [logprob('Bonjour'), logprob(', tout'), logprob(' le monde')],
    },
    { type: 'refusal', refusal: 'Not that' },
  ],
};
const REASONING = {
  id: 'rs_1',
  type: 'reasoning',
  summary: [{ type: 'summary_text', text: 'Let me see.' }],
  content: [{ type: 'reasoning_text', text: 'deep down' }],
  encrypted_content: 'Z0FBQUFBQm9aZW5jcnlwdGVk',
};
const CALL = {
  id: 'fc_1',
  type: 'function_call',
  status: 'completed',
  call_id: 'call_1',
  name: 'get_weather',
  arguments: '{"city":"Paris"}',
};
const CUSTOM = {
  id: 'ctc_1',
  type: 'custom_tool_call',
  status: 'completed',
  call_id: 'call_2',
  name: 'run',
  input: 'ls -l',
};
const CODE = {
  id: 'ci_1',
  type: 'code_interpreter_call',
  status: 'completed',
  container_id: 'cntr_1',
  code: 'print("hello")',
  outputs: [{ type: 'logs', logs: 'hello' }],
};
const SEARCH = {
  id: 'ws_1',
  type: 'web_search_call',
  status: 'completed',
  action: { type: 'search', query: 'bonjour', sources: [{ type: 'url', url: 'https://w.example' }] },
};
const NOVEL = { id: 'nv_1', type: 'novel_call', notes: 'something new' };
const MCP = {
  id: 'mcp_1',
  type: 'mcp_call',
  status: 'completed',
  server_label: 'docs',
  name: 'ask',
  arguments: '{"q":"x"}',
  output: 'said so',
};

const response = (status: string, output: unknown[], rest: object = {}): object => ({
  id: 'resp_1',
  object: 'response',
  created_at: 1_700_000_000,
  status,
  error: null,
  incomplete_details: null,
  instructions: 'You are terse.',
  model: 'gpt-5',
  tools: [TOOL],
  tool_choice: 'auto',
  reasoning: { effort: 'low', summary: 'auto' },
  text: { format: { type: 'text' }, verbosity: 'low' },
  metadata: { team: 'blue' },
  truncation: 'disabled',
  output,
  ...rest,
});

const OUTPUT = [REASONING, SEARCH, CODE, MESSAGE, CALL, CUSTOM, MCP, NOVEL];
const USAGE = {
  input_tokens: 10,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: 4,
  output_tokens_details: { reasoning_tokens: 2 },
  total_tokens: 14,
};

export const RESPONSES_ANSWER = response('completed', OUTPUT, { usage: USAGE });

let sequence = 0;
const event = (type: string, rest: object): SseEvent => ({
  event: `response.${type}`,
  data: JSON.stringify({ type: `response.${type}`, sequence_number: sequence++, ...rest }),
});
const added = (output_index: number, item: object): SseEvent => event('output_item.added', { output_index, item });
const done = (output_index: number, item: object): SseEvent => event('output_item.done', { output_index, item });
const of = (output_index: number, item_id: string, rest: object): object => ({ item_id, output_index, ...rest });
const part = (content_index: number, rest: object): object => of(3, 'msg_1', { content_index, ...rest });
const obfuscation = 'xxxx';

export const RESPONSES_EVENTS: readonly SseEvent[] = [
  event('created', { response: response('in_progress', []) }),
  event('in_progress', { response: response('in_progress', []) }),
  added(0, { ...REASONING, summary: [], content: [], encrypted_content: '' }),
  event('reasoning_summary_part.added', of(0, 'rs_1', { summary_index: 0, part: { type: 'summary_text', text: '' } })),
  event('reasoning_summary_text.delta', of(0, 'rs_1', { summary_index: 0, delta: 'Let me ', obfuscation })),
  event('reasoning_summary_text.delta', of(0, 'rs_1', { summary_index: 0, delta: 'see.', obfuscation })),
  event('reasoning_summary_text.done', of(0, 'rs_1', { summary_index: 0, text: 'Let me see.' })),
  event('reasoning_summary_part.done', of(0, 'rs_1', { summary_index: 0, part: REASONING.summary[0] })),
  event('content_part.added', of(0, 'rs_1', { content_index: 0, part: { type: 'reasoning_text', text: '' } })),
  event('reasoning_text.delta', of(0, 'rs_1', { content_index: 0, delta: 'deep ' })),
  event('reasoning_text.delta', of(0, 'rs_1', { content_index: 0, delta: 'down' })),
  event('reasoning_text.done', of(0, 'rs_1', { content_index: 0, text: 'deep down' })),
  event('content_part.done', of(0, 'rs_1', { content_index: 0, part: REASONING.content[0] })),
  done(0, REASONING),
  added(1, { ...SEARCH, status: 'in_progress', action: { type: 'search' } }),
  event('web_search_call.in_progress', of(1, 'ws_1', {})),
  event('web_search_call.searching', of(1, 'ws_1', {})),
  event('web_search_call.completed', of(1, 'ws_1', {})),
  done(1, SEARCH),
  added(2, { ...CODE, status: 'in_progress', code: '', outputs: null }),
  event('code_interpreter_call.in_progress', of(2, 'ci_1', {})),
  event('code_interpreter_call_code.delta', of(2, 'ci_1', { delta: 'print(' })),
  event('code_interpreter_call_code.delta', of(2, 'ci_1', { delta: '"hello")' })),
  event('code_interpreter_call_code.done', of(2, 'ci_1', { code: CODE.code })),
  event('code_interpreter_call.interpreting', of(2, 'ci_1', {})),
  event('code_interpreter_call.completed', of(2, 'ci_1', {})),
  done(2, CODE),
  added(3, { ...MESSAGE, status: 'in_progress', content: [] }),
  event('content_part.added', part(0, { part: { type: 'output_text', text: '', annotations: [], logprobs: [] } })),
  event('output_text.delta', part(0, { delta: 'Bonjour', logprobs: [logprob('Bonjour')], obfuscation })),
  event(
    'output_text.annotation.added',
    part(0, { annotation_index: 0, annotation: MESSAGE.content[0]!.annotations![0] }),
  ),
  event('output_text.delta', part(0, { delta: ', tout', logprobs: [logprob(', tout')], obfuscation })),
  event('output_text.delta', part(0, { delta: ' le monde', logprobs: [logprob(' le monde')], obfuscation })),
  event('output_text.done', part(0, { text: MESSAGE.content[0]!.text, logprobs: MESSAGE.content[0]!.logprobs })),
  event('content_part.done', part(0, { part: MESSAGE.content[0] })),
  event('content_part.added', part(1, { part: { type: 'refusal', refusal: '' } })),
  event('refusal.delta', part(1, { delta: 'Not ' })),
  event('refusal.delta', part(1, { delta: 'that' })),
  event('refusal.done', part(1, { refusal: 'Not that' })),
  event('content_part.done', part(1, { part: MESSAGE.content[1] })),
  done(3, MESSAGE),
  added(4, { ...CALL, status: 'in_progress', arguments: '' }),
  event('function_call_arguments.delta', of(4, 'fc_1', { delta: '{"city":' })),
  event('function_call_arguments.delta', of(4, 'fc_1', { delta: '"Paris"}' })),
  event('function_call_arguments.done', of(4, 'fc_1', { name: 'get_weather', arguments: CALL.arguments })),
  done(4, CALL),
  added(5, { ...CUSTOM, status: 'in_progress', input: '' }),
  event('custom_tool_call_input.delta', of(5, 'ctc_1', { delta: 'ls -l' })),
  event('custom_tool_call_input.done', of(5, 'ctc_1', { input: 'ls -l' })),
  done(5, CUSTOM),
  added(6, { ...MCP, status: 'in_progress', arguments: '', output: null }),
  event('mcp_call.in_progress', of(6, 'mcp_1', {})),
  event('mcp_call_arguments.delta', of(6, 'mcp_1', { delta: '{"q":"x"}' })),
  event('mcp_call_arguments.done', of(6, 'mcp_1', { arguments: '{"q":"x"}' })),
  event('mcp_call.completed', of(6, 'mcp_1', {})),
  done(6, MCP),
  added(7, { ...NOVEL, notes: '' }),
  event('novel_call.delta', of(7, 'nv_1', { delta: 'something new' })),
  done(7, NOVEL),
  event('novelty.delta', { delta: 'a new ' }),
  event('novelty.delta', { delta: 'thing' }),
  event('completed', { response: response('completed', OUTPUT, { usage: USAGE }) }),
];
