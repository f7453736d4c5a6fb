// The practice model's answers in Gemini's form.
import { createHash } from 'node:crypto';
import { parseJson } from '../../codec/index.ts';
import type { Answer } from './answer.ts';
import { textOfContent } from './gemini-prompt.ts';
import { type Prompt, isRecord } from './prompt.ts';
import { toTokens } from './tokens.ts';

const ENDS = { stop: 'STOP', length: 'MAX_TOKENS', call: 'STOP' } as const;
const DIMENSIONS = 8;

const toCandidates = (tokens: readonly string[]): object[] => tokens.map((token) => ({ token, logProbability: 0 }));

function toLogprobs(pieces: readonly string[], top: number): object {
  const alternatives = (token: string): string[] =>
    Array.from({ length: top }, (_, i) => (i === 0 ? token : `alt${i}`));
  return {
    chosenCandidates: toCandidates(pieces),
    topCandidates: pieces.map((token) => ({ candidates: toCandidates(alternatives(token)) })),
  };
}

function toUsage({ n }: Prompt, { inputTokens, outputTokens }: Answer): object {
  const candidatesTokenCount = outputTokens * n;
  return {
    promptTokenCount: inputTokens,
    candidatesTokenCount,
    totalTokenCount: inputTokens + candidatesTokenCount,
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: inputTokens }],
  };
}

const envelope = ({ model }: Prompt): object => ({ modelVersion: model, responseId: 'practice' });

function candidate(prompt: Prompt, parts: readonly object[], index: number, pieces: readonly string[]): object {
  const logprobs = prompt.topLogprobs === undefined || pieces.length === 0;
  return {
    content: { role: 'model', parts },
    index,
    ...(!logprobs && { logprobsResult: toLogprobs(pieces, prompt.topLogprobs!) }),
  };
}

const toCallPart = ({ name, json }: NonNullable<Answer['call']>): object => ({
  functionCall: { name, args: parseJson(json) },
});

const indexes = ({ n }: Prompt): number[] => Array.from({ length: n }, (_, index) => index);

export function toGeneratedContent(prompt: Prompt, answer: Answer): unknown {
  const { call, pieces } = answer;
  const parts = [call === undefined ? { text: pieces.join('') } : toCallPart(call)];
  const candidates = indexes(prompt).map((index) => ({
    ...candidate(prompt, parts, index, pieces),
    finishReason: ENDS[answer.end],
  }));
  return { candidates, usageMetadata: toUsage(prompt, answer), ...envelope(prompt) };
}

/** The events of the streamed answer, one string each. */
export function* toGeneratedChunks(prompt: Prompt, answer: Answer): Generator<string> {
  const { call, pieces } = answer;
  // Google ends its lines so.
  const chunk = (candidates: readonly object[], rest: object = {}): string =>
    `data: ${JSON.stringify({ candidates, ...rest, ...envelope(prompt) })}\r\n\r\n`;
  const all = indexes(prompt);
  if (call !== undefined) yield chunk(all.map((index) => candidate(prompt, [toCallPart(call)], index, [])));
  for (const text of pieces) {
    for (const index of all) yield chunk([candidate(prompt, [{ text }], index, [text])]);
  }
  const ends = all.map((index) => ({
    ...candidate(prompt, [{ text: '' }], index, []),
    finishReason: ENDS[answer.end],
  }));
  yield chunk(ends, { usageMetadata: toUsage(prompt, answer) });
}

export function toTokenCount(_prompt: Prompt, { inputTokens }: Answer): unknown {
  return { totalTokens: inputTokens, promptTokensDetails: [{ modality: 'TEXT', tokenCount: inputTokens }] };
}

/** Numbers from -1 to 1 that depend on the text alone. */
function toVector(text: string): number[] {
  const digest = createHash('sha256').update(text).digest();
  return Array.from({ length: DIMENSIONS }, (_, i) => digest.readInt16BE(2 * i) / 32768);
}

export function toEmbedding(_prompt: Prompt, _answer: Answer, body: Record<string, unknown>): unknown {
  return { embedding: { values: toVector(textOfContent(body['content'])) } };
}

export function toEmbeddings(_prompt: Prompt, _answer: Answer, body: Record<string, unknown>): unknown {
  const requests = Array.isArray(body['requests']) ? (body['requests'] as unknown[]).filter(isRecord) : [];
  const texts = requests.map(({ content }) => textOfContent(content));
  const promptTokenCount = texts.reduce((sum, text) => sum + toTokens(text).length, 0);
  return { embeddings: texts.map((text) => ({ values: toVector(text) })), usageMetadata: { promptTokenCount } };
}
