// The library's guard: the gateway's pipeline in process, with the shipped rules and policies.
import { resolve } from 'node:path';
import { type LlmSurface, anthropicMessages, openaiChat } from '../codec/index.ts';
import { type LoadedConfig, parseConfig } from '../config/index.ts';
import type { Channel, Explanation } from '../contract/index.ts';
import {
  type ExchangeOptions,
  type GuardedExchange,
  createPipeline,
  explainText,
  openExchange,
} from '../guard/index.ts';
import { createDetectors } from './detectors.ts';
import { type TextVerdict, createInspect } from './inspect.ts';
import { openPolicies } from './policies.ts';

export interface GuardOptions {
  /** A shipped policy set (`default`, `observe`, `strict`) or the folder of another. Default: `default`. */
  readonly policies?: string;
  /** Further rule files, as `detect.rules` of the configuration. */
  readonly rules?: readonly string[];
  /** Folder that relative paths are relative to. Default: the working folder. */
  readonly dir?: string;
}

export interface Guard {
  /** Judges one text as if it had come by the channel (default: `user`); `output` as an answer to an empty request. */
  inspect(text: string, channel?: Channel): TextVerdict;
  /**
   * What moves the prompt-attack score of a text: words, concepts and rules with their weights, the highest score first.
   * It quotes the text.
   */
  explain(text: string, channel?: Channel): Explanation[];
  /** Judges a Chat Completions request of OpenAI's client, and then its answer. */
  openai<Q>(request: Q, options?: ExchangeOptions): GuardedExchange<Q>;
  /** Judges a Messages request of Anthropic's client, and then its answer. */
  anthropic<Q>(request: Q, options?: ExchangeOptions): GuardedExchange<Q>;
}

/**
 * Makes a guard: the same detectors and policies as the gateway's, without proxy or ledger.
 * @throws AncileError `policy_invalid`, `rules_invalid`
 */
export function createGuard(options: GuardOptions = {}): Guard {
  const config = parseConfig('', 'defaults');
  config.detect.rules = [...(options.rules ?? [])];
  if (options.policies !== undefined) config.policy.set = options.policies;
  return openGuard({ config, file: undefined, dir: resolve(options.dir ?? '.') });
}

/** The guard of a configuration. Throws as `createGuard`. */
export function openGuard(loaded: LoadedConfig): Guard {
  const policies = openPolicies(loaded);
  const detectors = createDetectors(loaded);
  const pipeline = createPipeline({ detectors, policies: () => policies });
  const open =
    (surface: LlmSurface) =>
    <Q>(request: Q, given?: ExchangeOptions): GuardedExchange<Q> =>
      openExchange(pipeline, surface, request, given);

  return {
    inspect: createInspect(pipeline),
    explain: (text, channel = 'user') => explainText(detectors, text, channel),
    openai: open(openaiChat),
    anthropic: open(anthropicMessages),
  };
}
