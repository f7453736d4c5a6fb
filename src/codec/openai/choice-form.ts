// What differs between the streamed choices of Chat Completions and of the legacy completions.
import { isObject } from '../../base/index.ts';
import type { Json } from '../checks.ts';
import { malformedStream } from '../stream-limits.ts';
import { MAX_CHOICES } from './chat-request.ts';
import { fromAligned, toEntries } from './legacy-logprobs.ts';
import type { AlignedToken } from './logprobs.ts';

/** A text of a choice that log probabilities repeat. */
interface Twin {
  /** Way to the text from the choice. */
  readonly path: string;
  readonly text: unknown;
  readonly entries: unknown;
}

export interface ChoiceForm {
  /** What a chunk says that it is. */
  readonly object: string;
  readonly maxChoices: number;
  /** @throws AncileError `upstream_malformed` for a text that is none */
  check(choice: Json): void;
  listTwins(choice: Json): Twin[];
  /** Puts log probabilities of the text with this key into a choice. */
  attach(choice: Json, key: string, tokens: readonly AlignedToken[]): void;
  /** Adds the members that every choice has. */
  complete(choice: Json): Json;
  /** Whether nothing is left of a choice's texts. */
  isBare(choice: Json): boolean;
}

const TWINS = ['content', 'refusal'] as const;

export const CHAT_FORM: ChoiceForm = {
  object: 'chat.completion.chunk',
  maxChoices: MAX_CHOICES,
  check: () => undefined,
  listTwins(choice) {
    const { delta, logprobs } = choice;
    if (!isObject(delta)) return [];
    return TWINS.map((name) => ({
      path: `delta/${name}`,
      text: delta[name],
      entries: isObject(logprobs) ? logprobs[name] : undefined,
    }));
  },
  attach(choice, key, tokens) {
    const name = key.endsWith('/refusal') ? 'refusal' : 'content';
    const old = isObject(choice['logprobs']) ? choice['logprobs'] : { content: null, refusal: null };
    choice['logprobs'] = { ...old, [name]: tokens.map((token) => token.entry) };
  },
  complete: (choice) => ({ ...choice, delta: isObject(choice['delta']) ? choice['delta'] : {} }),
  isBare: ({ delta }) => isObject(delta) && Object.values(delta).every((value) => value === '' || value === null),
};

export const LEGACY_FORM: ChoiceForm = {
  object: 'text_completion',
  // A request may have many prompts, and each is answered `n` times.
  maxChoices: 4096,
  check({ text }) {
    if (text !== undefined && text !== null && typeof text !== 'string')
      throw malformedStream('a text of a chunk is neither a string nor null');
  },
  listTwins: ({ text, logprobs }) => [{ path: 'text', text, entries: toEntries(logprobs) }],
  attach: (choice, _key, tokens) => void (choice['logprobs'] = fromAligned(tokens)),
  complete: (choice) => ({ text: '', logprobs: null, ...choice }),
  isBare: ({ text }) => text === '' || text === null || text === undefined,
};
