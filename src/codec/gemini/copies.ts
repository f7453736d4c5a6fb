// What a candidate says of its own text beside it, word for word or token by token: it passes only where it repeats what
// was judged and released.
import { isObject } from '../../base/index.ts';
import type { Json } from '../checks.ts';
import { alignLogprobs, type AlignedToken } from '../openai/logprobs.ts';
import { DATA_MEMBERS } from './shape.ts';

/** Code units that are looked through for the texts of one candidate's supports; those of further ones are removed. */
const MAX_SEARCHED = 4_000_000;

/** Whether a part is a piece of a text, whatever stands beside it. */
export function isTextPart(part: Json): part is Json & { text: string } {
  return typeof part['text'] === 'string' && !DATA_MEMBERS.some((name) => Object.hasOwn(part, name));
}

/** Texts of grounding supports (stretches of the answer, copied) that do not stand in `text` are removed. */
export function keepCopies(candidate: Json, text: string): void {
  const grounding = candidate['groundingMetadata'];
  const supports = isObject(grounding) ? grounding['groundingSupports'] : undefined;
  if (!Array.isArray(supports)) return;
  let searched = 0;
  for (const support of supports as unknown[]) {
    const segment = isObject(support) ? support['segment'] : undefined;
    if (!isObject(segment) || !Object.hasOwn(segment, 'text')) continue;
    const copy = segment['text'];
    searched += text.length;
    if (searched > MAX_SEARCHED || typeof copy !== 'string' || !text.includes(copy)) delete segment['text'];
  }
}

const objects = (value: unknown): Json[] => (Array.isArray(value) ? (value as unknown[]).filter(isObject) : []);

/** Gemini's log probabilities in the form that they are aligned in: a token with its alternatives. */
export function toEntries(result: unknown): unknown[] {
  if (!isObject(result)) return [];
  const alternatives = Array.isArray(result['topCandidates']) ? (result['topCandidates'] as unknown[]) : [];
  const toEntry = ({ token, logProbability }: Json): Json => ({ token, logprob: logProbability });
  return objects(result['chosenCandidates']).map((chosen, i) => {
    const top = alternatives[i];
    return { ...toEntry(chosen), top_logprobs: objects(isObject(top) ? top['candidates'] : undefined).map(toEntry) };
  });
}

/** Entries back in Gemini's form. Ids of tokens are left out: they would tell a token that nobody judged. */
export function toLogprobsResult(entries: readonly Readonly<Record<string, unknown>>[]): Json {
  const toCandidate = ({ token, logprob }: Readonly<Record<string, unknown>>): Json => ({
    token,
    logProbability: logprob,
  });
  return {
    chosenCandidates: entries.map(toCandidate),
    topCandidates: entries.map((entry) => ({ candidates: objects(entry['top_logprobs']).map(toCandidate) })),
  };
}

/** The log probabilities of a candidate, placed on its text. */
export function alignCandidate(candidate: Json, text: string): AlignedToken[] {
  return alignLogprobs(toEntries(candidate['logprobsResult']), text);
}
