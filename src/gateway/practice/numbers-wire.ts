// The practice model's embeddings and moderations: numbers that depend on the text alone.
import type { Answer } from './answer.ts';
import { toTexts } from './openai-prompts.ts';
import type { Prompt } from './prompt.ts';
import { toTokens } from './tokens.ts';

const DIMENSIONS = 64;
const MAX_DIMENSIONS = 4096;

/** 32-bit FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}

/** A vector of length one: each token of the text adds its own direction, so texts that share words are near. */
function toVector(text: string, dimensions: number): Float32Array {
  const sums = new Float32Array(dimensions);
  for (const token of [' ', ...toTokens(text)]) {
    let state = hash(token.trim().toLowerCase());
    for (let i = 0; i < dimensions; i++) {
      // A linear congruential generator (Numerical Recipes, 7.1), its upper bits.
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      sums[i]! += (state >>> 8) / 0x800000 - 1;
    }
  }
  const norm = Math.hypot(...sums);
  return sums.map((sum) => sum / (norm === 0 ? 1 : norm));
}

export function toEmbeddings(prompt: Prompt, answer: Answer, body: Record<string, unknown>): unknown {
  const asked = body['dimensions'];
  const dimensions = typeof asked === 'number' && asked > 0 ? Math.min(Math.floor(asked), MAX_DIMENSIONS) : DIMENSIONS;
  const data = toTexts(body['input']).map((text, index) => {
    const vector = toVector(text, dimensions);
    const embedding =
      body['encoding_format'] === 'base64' ? Buffer.from(vector.buffer).toString('base64') : Array.from(vector);
    return { object: 'embedding', index, embedding };
  });
  const { inputTokens } = answer;
  return {
    object: 'list',
    model: prompt.model,
    data,
    usage: { prompt_tokens: inputTokens, total_tokens: inputTokens },
  };
}

/** Categories, and the words by which the practice model knows them. */
const CATEGORIES: Readonly<Record<string, RegExp | undefined>> = {
  harassment: /\bidiot\b/i,
  'harassment/threatening': undefined,
  hate: /\bhate\b/i,
  'hate/threatening': undefined,
  illicit: /\bsteal\b/i,
  'illicit/violent': undefined,
  'self-harm': undefined,
  'self-harm/instructions': undefined,
  'self-harm/intent': undefined,
  sexual: undefined,
  'sexual/minors': undefined,
  violence: /\bkill\b/i,
  'violence/graphic': undefined,
};

export function toModerations(prompt: Prompt, _answer: Answer, body: Record<string, unknown>): unknown {
  const results = toTexts(body['input']).map((text) => {
    const found = Object.entries(CATEGORIES).map(([name, words]) => [name, words?.test(text) === true] as const);
    return {
      flagged: found.some(([, hit]) => hit),
      categories: Object.fromEntries(found),
      category_scores: Object.fromEntries(found.map(([name, hit]) => [name, hit ? 0.9 : 0.01])),
      category_applied_input_types: Object.fromEntries(found.map(([name]) => [name, ['text']])),
    };
  });
  return { id: 'modr-practice', model: prompt.model, results };
}
