// Answers in both dialects, made by hand: so that a test says exactly where its chunks split.

const event = (data: unknown): string => `data: ${JSON.stringify(data)}\n\n`;
const named = (data: { readonly type: string }): string => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;

const ENVELOPE = { id: 'chatcmpl-test', object: 'chat.completion.chunk', created: 1, model: 'm' };

/** A token of log probabilities that repeats the text it stands beside, as OpenAI's do. */
function toToken(token: string): Record<string, unknown> {
  const entry = { token, logprob: -0.5, bytes: [...Buffer.from(token)] };
  return { ...entry, top_logprobs: [entry] };
}

export const chat = {
  /** One chunk of one choice. */
  delta(delta: object, rest: object = {}, index = 0): string {
    return event({ ...ENVELOPE, choices: [{ index, delta, finish_reason: null, ...rest }] });
  },
  text(content: string, { index = 0, logprobs = false } = {}): string {
    const rest = logprobs ? { logprobs: { content: [toToken(content)], refusal: null } } : {};
    return chat.delta({ content }, rest, index);
  },
  call(piece: string, { index = 0, first = false } = {}): string {
    const head = first ? { id: 'call_1', type: 'function' } : {};
    const call = { index: 0, ...head, function: { ...(first ? { name: 'pay' } : {}), arguments: piece } };
    return chat.delta({ tool_calls: [call] }, {}, index);
  },
  finish(reason = 'stop', index = 0): string {
    return event({ ...ENVELOPE, choices: [{ index, delta: {}, finish_reason: reason }] });
  },
  usage(prompt_tokens: number, completion_tokens: number): string {
    const usage = { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
    return event({ ...ENVELOPE, choices: [], usage });
  },
  done: 'data: [DONE]\n\n',
  whole(content: string, usage = { prompt_tokens: 3, completion_tokens: 5, total_tokens: 8 }): unknown {
    const choice = { index: 0, message: { role: 'assistant', content, refusal: null }, finish_reason: 'stop' };
    return { ...ENVELOPE, object: 'chat.completion', choices: [choice], usage };
  },
};

const MESSAGE = {
  id: 'msg_test',
  type: 'message',
  role: 'assistant',
  model: 'm',
  content: [],
  stop_reason: null,
  stop_sequence: null,
  usage: { input_tokens: 3, output_tokens: 0 },
};

export const messages = {
  start: named({ type: 'message_start', message: MESSAGE } as never),
  /** A content block in pieces: of text, of thinking, or of a tool's input. */
  block(kind: 'text' | 'tool' | 'thinking', pieces: readonly string[], index = 0): string {
    const starts = {
      text: { type: 'text', text: '' },
      thinking: { type: 'thinking', thinking: '', signature: '' },
      tool: { type: 'tool_use', id: 'toolu_1', name: 'pay', input: {} },
    };
    const toDelta = (piece: string): object =>
      kind === 'text'
        ? { type: 'text_delta', text: piece }
        : kind === 'thinking'
          ? { type: 'thinking_delta', thinking: piece }
          : { type: 'input_json_delta', partial_json: piece };
    return [
      named({ type: 'content_block_start', index, content_block: starts[kind] } as never),
      ...pieces.map((piece) => named({ type: 'content_block_delta', index, delta: toDelta(piece) } as never)),
      named({ type: 'content_block_stop', index } as never),
    ].join('');
  },
  finish(stop_reason = 'end_turn', output_tokens = 7): string {
    const delta = { stop_reason, stop_sequence: null };
    return named({ type: 'message_delta', delta, usage: { output_tokens } } as never) + named({ type: 'message_stop' });
  },
};

/** The data of every event of a stream, as JSON. */
export function eventsOf(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('data: ') && line !== 'data: [DONE]')
    .map((line) => JSON.parse(line.slice(6)) as Record<string, unknown>);
}
