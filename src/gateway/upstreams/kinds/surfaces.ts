// Which surfaces each kind of upstream can be asked by: what the kind's provider serves, as far as it is known to keep
// to the dialect's form.
import type { Upstream } from '../../../contract/index.ts';
import type { SurfaceId } from './kind.ts';

const OPENAI: readonly SurfaceId[] = [
  'openai.chat',
  'openai.responses',
  'openai.completions',
  'openai.embeddings',
  'openai.moderations',
  'openai.images',
  'openai.speech',
  'openai.transcriptions',
];
const ANTHROPIC: readonly SurfaceId[] = ['anthropic.messages', 'anthropic.count_tokens'];
const GEMINI: readonly SurfaceId[] = ['gemini.generate', 'gemini.count_tokens', 'gemini.embed'];

const set = (...ids: readonly SurfaceId[]): ReadonlySet<SurfaceId> => new Set(ids);

export const SURFACES: Readonly<Record<Upstream['kind'], ReadonlySet<SurfaceId>>> = {
  openai: set(...OPENAI),
  azure: set(...OPENAI.filter((id) => id !== 'openai.moderations')),
  vllm: set('openai.chat', 'openai.responses', 'openai.completions', 'openai.embeddings', 'openai.transcriptions'),
  ollama: set('openai.chat', 'openai.responses', 'openai.completions', 'openai.embeddings'),
  openrouter: set('openai.chat', 'openai.responses', 'openai.completions', 'openai.embeddings'),
  anthropic: set(...ANTHROPIC),
  // Bedrock counts tokens at an address and in a form of its own.
  bedrock: set('anthropic.messages'),
  vertex: set(...ANTHROPIC),
  gemini: set(...GEMINI),
  practice: set(...OPENAI, ...ANTHROPIC, ...GEMINI),
};
