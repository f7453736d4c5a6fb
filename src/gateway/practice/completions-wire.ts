// The practice model's answers in the form of OpenAI's legacy completions.
import type { Answer } from './answer.ts';
import { CREATED, toUsage } from './openai-wire.ts';
import type { Prompt } from './prompt.ts';

const envelope = (prompt: Prompt): object => ({
  id: 'cmpl-practice',
  object: 'text_completion',
  created: CREATED,
  model: prompt.model,
});

/** The lists side by side that stand for log probabilities here. */
function toLists(prompt: Prompt, pieces: readonly string[], from = 0): object | null {
  const top = prompt.topLogprobs;
  if (top === undefined) return null;
  let at = from;
  const starts = pieces.map((piece) => (at += piece.length) - piece.length);
  return {
    tokens: pieces,
    token_logprobs: pieces.map(() => 0),
    top_logprobs: pieces.map((piece) =>
      Object.fromEntries(Array.from({ length: top }, (_, i) => [i === 0 ? piece : `alt${i}`, -i])),
    ),
    text_offset: starts,
  };
}

function toPieces(prompt: Prompt, answer: Answer): readonly string[] {
  return prompt.echo === true ? [prompt.last, ...answer.pieces] : answer.pieces;
}

export function toCompletion(prompt: Prompt, answer: Answer): unknown {
  const pieces = toPieces(prompt, answer);
  const choices = Array.from({ length: prompt.n }, (_, index) => ({
    index,
    text: pieces.join(''),
    logprobs: toLists(prompt, pieces),
    finish_reason: answer.end === 'length' ? 'length' : 'stop',
  }));
  return { ...envelope(prompt), choices, usage: toUsage(prompt, answer) };
}

/** The events of the streamed answer, one string each. */
export function* toCompletionChunks(prompt: Prompt, answer: Answer): Generator<string> {
  const chunk = (choices: unknown[], rest: object = {}): string =>
    `data: ${JSON.stringify({ ...envelope(prompt), choices, ...rest })}\n\n`;
  const indexes = Array.from({ length: prompt.n }, (_, index) => index);
  let from = 0;
  for (const text of toPieces(prompt, answer)) {
    const logprobs = toLists(prompt, [text], from);
    for (const index of indexes) yield chunk([{ index, text, logprobs, finish_reason: null }]);
    from += text.length;
  }
  const finish_reason = answer.end === 'length' ? 'length' : 'stop';
  for (const index of indexes) yield chunk([{ index, text: '', logprobs: null, finish_reason }]);
  if (prompt.includeUsage) yield chunk([], { usage: toUsage(prompt, answer) });
  yield 'data: [DONE]\n\n';
}
