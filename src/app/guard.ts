// The library's guard: the gateway's pipeline in process, with the shipped rules and policies.
import { resolve } from 'node:path';
import type { AncileError } from '../base/index.ts';
import { type LlmSurface, anthropicMessages, openaiChat } from '../codec/index.ts';
import { type LoadedConfig, parseConfig } from '../config/index.ts';
import type { Channel, Explanation } from '../contract/index.ts';
import {
  type ExchangeOptions,
  type GuardedExchange,
  type Pipeline,
  createPipeline,
  explainText,
  openExchange,
} from '../guard/index.ts';
import type { Policies } from '../policy/index.ts';
import { createDetectors } from './detectors.ts';
import { type TextVerdict, createInspect } from './inspect.ts';
import { openPolicies } from './policies.ts';
import { type RecordOptions, type RecordingGuard, openRecordingGuard } from './recording-guard.ts';

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

/** The parts of a guard, for what is built on one. */
export interface OpenedGuard extends Guard {
  readonly pipeline: Pipeline;
  readonly policies: Policies;
}

/**
 * Makes a guard: the same detectors and policies as the gateway's. With `records`, each verdict leaves records in a ledger of
 * its own, durable before it is handed out; without, there is neither proxy nor ledger.
 * @throws AncileError `policy_invalid`, `rules_invalid`; with `records` also `config_invalid`, `data_dir_owned`,
 *   `data_dir_unusable`, `ledger_corrupt`, `ledger_fault`, `store_fault`
 */
export function createGuard(options: GuardOptions & { readonly records: RecordOptions }): Promise<RecordingGuard>;
export function createGuard(options?: GuardOptions): Guard;
export function createGuard(
  options: GuardOptions & { readonly records?: RecordOptions } = {},
): Guard | Promise<RecordingGuard> {
  const { records } = options;
  if (records === undefined) return openGuard(toConfig(options));
  const { dataDir, forward, onFault = (fault: AncileError) => void process.emitWarning(fault) } = records;
  return (async () => {
    const loaded = toConfig(options, { dataDir, ...(forward === undefined ? {} : { forward }) });
    return openRecordingGuard(openGuard(loaded), loaded, onFault);
  })();
}

function toConfig({ rules, policies, dir = '.' }: GuardOptions, more: object = {}): LoadedConfig {
  const config = parseConfig(JSON.stringify(more), 'createGuard');
  config.detect.rules = [...(rules ?? [])];
  if (policies !== undefined) config.policy.set = policies;
  return { config, file: undefined, dir: resolve(dir) };
}

/** The guard of a configuration. Throws as `createGuard`. */
export function openGuard(loaded: LoadedConfig): OpenedGuard {
  const policies = openPolicies(loaded);
  const detectors = createDetectors(loaded);
  const pipeline = createPipeline({ detectors, policies: () => policies });
  const open =
    (surface: LlmSurface) =>
    <Q>(request: Q, given?: ExchangeOptions): GuardedExchange<Q> =>
      openExchange(pipeline, surface, request, given);

  return {
    pipeline,
    policies,
    inspect: createInspect(pipeline),
    explain: (text, channel = 'user') => explainText(detectors, text, channel),
    openai: open(openaiChat),
    anthropic: open(anthropicMessages),
  };
}
