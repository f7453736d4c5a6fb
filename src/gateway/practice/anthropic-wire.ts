// The practice model's answers in Anthropic's form.
import { parseJson } from '../../codec/index.ts';
import type { Answer } from './answer.ts';
import type { Prompt } from './prompt.ts';

const ENDS = { stop: 'end_turn', length: 'max_tokens', call: 'tool_use' } as const;

const toMessage = (prompt: Prompt, rest: object): Record<string, unknown> => ({
  id: 'msg_practice',
  type: 'message',
  role: 'assistant',
  model: prompt.model,
  stop_reason: null,
  stop_sequence: null,
  ...rest,
});

export function toMessageAnswer(prompt: Prompt, answer: Answer): unknown {
  const { call, pieces } = answer;
  const block =
    call === undefined
      ? { type: 'text', text: pieces.join('') }
      : { type: 'tool_use', id: 'toolu_practice', name: call.name, input: parseJson(call.json) };
  return toMessage(prompt, {
    content: [block],
    stop_reason: ENDS[answer.end],
    usage: { input_tokens: answer.inputTokens, output_tokens: answer.outputTokens },
  });
}

export function toMessageCount(_prompt: Prompt, { inputTokens }: Answer): unknown {
  return { input_tokens: inputTokens };
}

/** The events of the streamed answer, one string each. */
export function* toMessageEvents(prompt: Prompt, answer: Answer): Generator<string> {
  const { call, pieces } = answer;
  const event = (type: string, rest: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`;
  const usage = { input_tokens: answer.inputTokens, output_tokens: 0 };
  yield event('message_start', { message: toMessage(prompt, { content: [], usage }) });
  yield event('ping', {});
  const start =
    call === undefined
      ? { type: 'text', text: '' }
      : { type: 'tool_use', id: 'toolu_practice', name: call.name, input: {} };
  yield event('content_block_start', { index: 0, content_block: start });
  for (const text of pieces) yield event('content_block_delta', { index: 0, delta: { type: 'text_delta', text } });
  const json = call?.json ?? '';
  for (let i = 0; i < json.length; i += 7) {
    const delta = { type: 'input_json_delta', partial_json: json.slice(i, i + 7) };
    yield event('content_block_delta', { index: 0, delta });
  }
  yield event('content_block_stop', { index: 0 });
  const delta = { stop_reason: ENDS[answer.end], stop_sequence: null };
  yield event('message_delta', { delta, usage: { output_tokens: answer.outputTokens } });
  yield event('message_stop', {});
}
