// Gemini's addresses of the practice model: the model and the method are in the path.
import { GEMINI_METHODS } from '../../codec/index.ts';
import { readGeminiPrompt } from './gemini-prompt.ts';
import { toEmbedding, toEmbeddings, toGeneratedChunks, toGeneratedContent, toTokenCount } from './gemini-wire.ts';
import type { Wire } from './practice-model.ts';

const PATH = /^\/v1beta\/models\/([^/:]{1,200}):([A-Za-z]{1,40})$/;

const WHOLE: Readonly<Record<string, Wire['toWhole']>> = {
  countTokens: toTokenCount,
  embedContent: toEmbedding,
  batchEmbedContents: toEmbeddings,
};

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** What answers at a path below `/v1beta/models/`. It streams as Server-Sent Events, however it is asked. */
export function findGeminiWire(path: string): Wire | undefined {
  const [, encoded = '', method = ''] = PATH.exec(path) ?? [];
  const model = decode(encoded);
  const surface = Object.hasOwn(GEMINI_METHODS, method) ? GEMINI_METHODS[method] : undefined;
  if (surface === undefined || model === undefined) return undefined;
  const stream = method === 'streamGenerateContent';
  return {
    surface,
    address: { model, method, alt: 'sse' },
    toPrompt: (body) => readGeminiPrompt(body, model, stream),
    toWhole: WHOLE[method] ?? toGeneratedContent,
    toEvents: toGeneratedChunks,
  };
}
