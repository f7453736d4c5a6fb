// Log probabilities of the legacy completions, which stand in lists side by side: as entries, and back.
import { isObject } from '../../base/index.ts';
import type { Json } from '../checks.ts';
import type { AlignedToken } from './logprobs.ts';

const HEX = /^bytes:((?:\\x[0-9a-f]{2}){1,16})$/i;

function toEntry(token: unknown, logprob: unknown, alternatives: unknown): Json {
  const hex = typeof token === 'string' ? HEX.exec(token)?.[1] : undefined;
  const bytes =
    hex === undefined ? null : [...hex.matchAll(/[0-9a-f]{2}/gi)].map(([byte]) => Number.parseInt(byte, 16));
  const top = isObject(alternatives) ? Object.entries(alternatives) : [];
  return {
    token,
    // The first token of an echoed prompt has none.
    logprob: logprob === null ? Number.NaN : logprob,
    bytes,
    top_logprobs: top.map(([other, value]) => ({ token: other, logprob: value })),
  };
}

/** The entries that the lists make together, in the form that `alignLogprobs` reads. */
export function toEntries(logprobs: unknown): unknown {
  if (!isObject(logprobs) || !Array.isArray(logprobs['tokens'])) return undefined;
  const list = (name: string): readonly unknown[] =>
    Array.isArray(logprobs[name]) ? (logprobs[name] as unknown[]) : [];
  const values = list('token_logprobs');
  const top = list('top_logprobs');
  return (logprobs['tokens'] as unknown[]).map((token, i) => toEntry(token, values[i], top[i]));
}

/** The lists again, of entries that were found to spell the text. */
export function fromAligned(tokens: readonly AlignedToken[]): Json {
  const toNumber = (value: unknown): number | null => (Number.isNaN(value) ? null : (value as number));
  return {
    tokens: tokens.map(({ entry }) => entry['token']),
    token_logprobs: tokens.map(({ entry }) => toNumber(entry['logprob'])),
    top_logprobs: tokens.map(({ entry }) =>
      Object.fromEntries(
        (entry['top_logprobs'] as Json[])
          .filter(({ token }) => token !== '__proto__')
          .map(({ token, logprob }) => [token, logprob]),
      ),
    ),
    text_offset: tokens.map(({ start }) => start),
  };
}
