// The practice model's answers in OpenAI's form.
import type { Answer } from './answer.ts';
import type { Prompt } from './prompt.ts';

const ENDS = { stop: 'stop', length: 'length', call: 'tool_calls' } as const;
/** When all answers were made, in seconds since the epoch. */
export const CREATED = 1_700_000_000;

const encoder = new TextEncoder();

/** Log probabilities that any client accepts: the piece itself certain, the alternatives ever less likely. */
export function toLogprobs(pieces: readonly string[], top: number): { content: unknown[]; refusal: null } {
  const entry = (token: string, logprob: number) => ({ token, logprob, bytes: [...encoder.encode(token)] });
  const alternatives = (token: string) => Array.from({ length: top }, (_, i) => entry(i === 0 ? token : `alt${i}`, -i));
  return { content: pieces.map((token) => ({ ...entry(token, 0), top_logprobs: alternatives(token) })), refusal: null };
}

/** Tokens as Chat Completions and the legacy completions report them. */
export function toUsage(prompt: Prompt, answer: Answer): Record<string, number> {
  const completion = answer.outputTokens * prompt.n;
  return {
    prompt_tokens: answer.inputTokens,
    completion_tokens: completion,
    total_tokens: answer.inputTokens + completion,
  };
}

const envelope = (prompt: Prompt, object: string) => ({
  id: 'chatcmpl-practice',
  object,
  created: CREATED,
  model: prompt.model,
  system_fingerprint: 'fp_practice',
});

export function toChatCompletion(prompt: Prompt, answer: Answer): unknown {
  const { call, pieces } = answer;
  const tool_calls = call && [
    { id: 'call_practice', type: 'function', function: { name: call.name, arguments: call.json } },
  ];
  const choices = Array.from({ length: prompt.n }, (_, index) => ({
    index,
    message: {
      role: 'assistant',
      content: call === undefined ? pieces.join('') : null,
      refusal: null,
      ...(tool_calls !== undefined && { tool_calls }),
    },
    logprobs: prompt.topLogprobs === undefined ? null : toLogprobs(pieces, prompt.topLogprobs),
    finish_reason: ENDS[answer.end],
  }));
  return { ...envelope(prompt, 'chat.completion'), choices, usage: toUsage(prompt, answer) };
}

/** The events of the streamed answer, one string each. */
export function* toChatChunks(prompt: Prompt, answer: Answer): Generator<string> {
  const { call, pieces } = answer;
  const chunk = (choices: unknown[], rest: object = {}) =>
    `data: ${JSON.stringify({ ...envelope(prompt, 'chat.completion.chunk'), choices, ...rest })}\n\n`;
  const indexes = Array.from({ length: prompt.n }, (_, index) => index);
  const each = (delta: object, finish_reason: string | null = null, rest: object = {}) =>
    indexes.map((index) => chunk([{ index, delta, ...rest, finish_reason }]));
  yield* each({ role: 'assistant', content: call === undefined ? '' : null });
  if (call !== undefined) {
    const head = { index: 0, id: 'call_practice', type: 'function', function: { name: call.name, arguments: '' } };
    yield* each({ tool_calls: [head] });
    for (let i = 0; i < call.json.length; i += 7) {
      yield* each({ tool_calls: [{ index: 0, function: { arguments: call.json.slice(i, i + 7) } }] });
    }
  }
  for (const piece of pieces) {
    const logprobs = prompt.topLogprobs === undefined ? {} : { logprobs: toLogprobs([piece], prompt.topLogprobs) };
    yield* each({ content: piece }, null, logprobs);
  }
  yield* each({}, ENDS[answer.end]);
  if (prompt.includeUsage) yield chunk([], { usage: toUsage(prompt, answer) });
  yield 'data: [DONE]\n\n';
}
