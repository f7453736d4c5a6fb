// Bodies of both dialects that use as many of their places as there are, for the tests of reading them.

const TOOL = {
  type: 'function',
  function: {
    name: 'send_email',
    description: 'Sends an e-mail',
    parameters: { type: 'object', properties: { to: { type: 'string', enum: ['a', 'b'], description: 'whom' } } },
  },
};
const CALL = { id: 'call_1', type: 'function', function: { name: 'send_email', arguments: '{"to":"a"}' } };

export const OPENAI_REQUEST = {
  model: 'gpt-4o',
  messages: [
    { role: 'system', content: 'You are terse.' },
    { role: 'developer', content: [{ type: 'text', text: 'Answer in French.' }] },
    {
      role: 'user',
      name: 'ann',
      content: [
        { type: 'text', text: 'What is this?' },
        { type: 'image_url', image_url: { url: 'https://images.example/cat.png', detail: 'low' } },
        { type: 'input_audio', input_audio: { data: 'UklGRiQAAABXQVZFZm10IA==', format: 'wav' } },
        { type: 'file', file: { file_data: 'data:application/pdf;base64,JVBERi0=', filename: 'a.pdf' } },
      ],
    },
    { role: 'assistant', content: null, refusal: 'No.', tool_calls: [CALL] },
    { role: 'assistant', function_call: { name: 'send_email', arguments: '{"to":"b"}' } },
    { role: 'tool', tool_call_id: 'call_1', content: 'sent' },
    { role: 'function', name: 'send_email', content: 'sent' },
  ],
  tools: [TOOL, { type: 'custom', custom: { name: 'c', description: 'd', format: { type: 'text' } } }],
  functions: [TOOL.function],
  tool_choice: 'auto',
  response_format: { type: 'json_schema', json_schema: { name: 's', schema: { type: 'object', title: 'T' } } },
  prediction: { type: 'content', content: 'bonjour' },
  stop: ['END'],
  user: 'u-1',
  metadata: { team: 'blue' },
  n: 2,
  max_tokens: 50,
  stream: true,
  stream_options: { include_usage: true },
};

export const OPENAI_ANSWER = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1_700_000_000,
  model: 'gpt-4o',
  system_fingerprint: 'fp_1',
  choices: [
    {
      index: 0,
      finish_reason: 'tool_calls',
      message: {
        role: 'assistant',
        content: 'Hé!',
        refusal: 'Oh',
        reasoning_content: 'thinking',
        audio: { id: 'audio_1', data: 'UklGRiQAAABXQVZFZm10IA==', expires_at: 1_700_000_000, transcript: 'spoken' },
        annotations: [{ type: 'url_citation', url_citation: { url: 'https://a.example', title: 'A', start_index: 0 } }],
        tool_calls: [CALL],
        function_call: { name: 'send_email', arguments: '{"to":"b"}' },
      },
      logprobs: {
        content: [
          { token: 'H', logprob: -0.1, bytes: [72], top_logprobs: [{ token: 'X', logprob: -2, bytes: [88] }] },
          { token: 'bytes:\\xc3', logprob: -0.1, bytes: [0xc3], top_logprobs: [] },
          { token: 'bytes:\\xa9', logprob: -0.1, bytes: [0xa9], top_logprobs: [] },
          { token: '!', logprob: -0.1, bytes: null, top_logprobs: [] },
        ],
        refusal: [{ token: 'Oh', logprob: -0.1, bytes: [79, 104], top_logprobs: [] }],
      },
    },
  ],
  usage: { prompt_tokens: 10, completion_tokens: 4, total_tokens: 14 },
};

export const ANTHROPIC_REQUEST = {
  model: 'claude-x',
  max_tokens: 100,
  system: [{ type: 'text', text: 'You are terse.', cache_control: { type: 'ephemeral', ttl: '5m' } }],
  messages: [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'What is this?' },
        { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0K' } },
        { type: 'image', source: { type: 'url', url: 'https://images.example/cat.png' } },
        {
          type: 'document',
          title: 'T',
          context: 'C',
          source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' },
        },
        { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'a plain document' } },
        { type: 'document', source: { type: 'content', content: [{ type: 'text', text: 'inner' }] } },
        { type: 'search_result', source: 'https://s.example', title: 'S', content: [{ type: 'text', text: 'found' }] },
      ],
    },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'hm', signature: 'c2ln' },
        { type: 'redacted_thinking', data: 'ZW5j' },
        { type: 'tool_use', id: 'toolu_1', name: 'send_email', input: { to: 'a', list: ['x'] } },
        { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'q' } },
        {
          type: 'web_search_tool_result',
          tool_use_id: 'srvtoolu_1',
          content: [{ type: 'web_search_result', title: 'W', url: 'https://w.example', encrypted_content: 'ZW5j' }],
        },
      ],
    },
    {
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: 'toolu_1', content: 'sent' },
        { type: 'tool_result', tool_use_id: 'toolu_1', content: [{ type: 'text', text: 'sent too' }] },
      ],
    },
    { role: 'user', content: 'plain' },
  ],
  tools: [
    {
      name: 'send_email',
      description: 'Sends',
      input_schema: { type: 'object', properties: { to: { title: 'whom' } } },
    },
  ],
  tool_choice: { type: 'auto' },
  thinking: { type: 'enabled', budget_tokens: 1024 },
  metadata: { user_id: 'u-1' },
  stop_sequences: ['END'],
};

export const ANTHROPIC_ANSWER = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-x',
  content: [
    { type: 'thinking', thinking: 'hm', signature: 'c2ln' },
    { type: 'text', text: 'Bonjour', citations: [{ type: 'char_location', cited_text: 'c', document_title: 'd' }] },
    { type: 'tool_use', id: 'toolu_1', name: 'send_email', input: { to: 'a' } },
  ],
  stop_reason: 'tool_use',
  stop_sequence: null,
  usage: { input_tokens: 10, cache_read_input_tokens: 5, output_tokens: 4, service_tier: 'standard' },
};
