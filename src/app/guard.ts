// The library's guard: the gateway's pipeline in process, with the shipped rules and policies.
import { resolve } from 'node:path';
import { type LlmSurface, anthropicMessages, openaiChat } from '../codec/index.ts';
import { parseConfig } from '../config/index.ts';
import type { Channel, Decision, Finding } from '../contract/index.ts';
import { injectionScore } from '../detect/index.ts';
import { type ExchangeOptions, type GuardedExchange, createPipeline, openExchange } from '../guard/index.ts';
import { createDetectors } from './detectors.ts';
import { openPolicies } from './policies.ts';

export interface GuardOptions {
  /** A shipped policy set (`default`, `observe`, `strict`) or the folder of another. Default: `default`. */
  readonly policies?: string;
  /** Further rule files, as `detect.rules` of the configuration. */
  readonly rules?: readonly string[];
  /** Folder that relative paths are relative to. Default: the working folder. */
  readonly dir?: string;
}

/** What `inspect` says of a bare text. */
export interface TextVerdict {
  readonly decision: Decision;
  readonly findings: readonly Finding[];
  /** Injection score, 0..1. */
  readonly score: number;
}

export interface Guard {
  /** Judges one text as if it had come by the channel (default: `user`). */
  inspect(text: string, channel?: Exclude<Channel, 'output'>): TextVerdict;
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
  const loaded = { config, file: undefined, dir: resolve(options.dir ?? '.') };
  const pipeline = createPipeline({ detectors: createDetectors(loaded), policies: openPolicies(loaded) });
  const open =
    (surface: LlmSurface) =>
    <Q>(request: Q, given?: ExchangeOptions): GuardedExchange<Q> =>
      openExchange(pipeline, surface, request, given);
  const subject = {
    principal: { id: 'library', kind: 'service' as const, name: 'library', tenant: 'default' },
    route: '*',
    surface: 'library' as const,
  };
  return {
    inspect(text, channel = 'user') {
      const segments = [{ path: '', channel, origin: 'untrusted' as const, text }];
      const { decision, findings } = pipeline.judgeInput(subject, {
        segments,
        uninspected: [],
        capabilities: [],
        stream: false,
      });
      return { decision, findings, score: injectionScore(findings) };
    },
    openai: open(openaiChat),
    anthropic: open(anthropicMessages),
  };
}
