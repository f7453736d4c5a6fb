// The configuration in force, and the next one in its place while traffic runs: whole, or not at all.
import { AncileError, toAncileError } from '../base/index.ts';
import { type LoadedConfig, loadConfig } from '../config/index.ts';
import type { ApiAnswer, RecordBody } from '../contract/index.ts';
import type { LlmParts } from '../gateway/index.ts';
import { warningsOf } from './check-config.ts';
import { changedFields, isBound, withoutBound } from './config-changes.ts';
import { type Generation, type GenerationOptions, type LastingParts, openGeneration } from './generation.ts';
import type { Logger } from './log.ts';
import { openPolicies } from './policies.ts';

export interface Reloader {
  current(): Generation;
  /** What an exchange that arrives now is handled with. */
  llm(): LlmParts;
  /**
   * Reads the configuration file again and takes it into use.
   * @throws AncileError `config_invalid`, `policy_invalid`, `rules_invalid`: all stays as it was
   */
  reload(actor: string): Promise<ApiAnswer<'reloadConfig'>>;
  close(): Promise<void>;
}

export interface ReloaderOptions {
  readonly first: Generation;
  readonly making: GenerationOptions;
  /** Asked for when the first exchange may arrive. */
  readonly lasting: () => LastingParts;
  readonly append: (body: RecordBody) => Promise<unknown>;
  readonly digest: (loaded: LoadedConfig) => string;
  readonly log: Logger;
}

/**
 * Files that are being written may be read when they are half there, and half a policy set may well load.
 * @throws AncileError `conflict` where what was read is different already
 */
function checkStill(read: LoadedConfig, { policies }: Generation): void {
  const now = read.file === undefined ? read : loadConfig(read.file);
  if (changedFields(read.config, now.config).length === 0 && openPolicies(read).version === policies.version) return;
  throw new AncileError('conflict', 'the configuration or its policies changed while they were read', {
    hint: 'Ask for the reload again when they are written.',
  });
}

export function createReloader({ first, making, lasting, append, digest, log }: ReloaderOptions): Reloader {
  let current = first;
  let llm: LlmParts | undefined;
  const past = new Set<Generation>();
  let work: Promise<unknown> = Promise.resolve();

  const record = (actor: string, target: string, outcome: 'done' | 'refused', detail: string): Promise<unknown> =>
    append({
      kind: 'admin.change',
      actor,
      action: 'config.reload',
      target,
      outcome,
      ...(detail === '' ? {} : { detail: detail.slice(0, 500) }),
    });

  /** The next generation, ready, and the names of what is different in it. */
  async function prepare(): Promise<{ next: Generation; changed: string[]; needsRestart: string[] }> {
    const { loaded } = current;
    // Without a file there are the defaults, or what a program gave: only policies and rules can have changed.
    const read = loaded.file === undefined ? loaded : loadConfig(loaded.file);
    const fields = changedFields(loaded.config, read.config);
    const next = await openGeneration({ ...read, config: withoutBound(loaded.config, read.config) }, making);
    try {
      checkStill(read, next);
    } catch (thrown) {
      await next.close();
      throw thrown;
    }
    const changed = fields.filter((field) => !isBound(field));
    if (next.policies.version !== current.policies.version) changed.push('policies');
    return { next, changed, needsRestart: fields.filter(isBound) };
  }

  function retire(old: Generation): void {
    past.add(old);
    old
      .retire()
      .catch((err: unknown) => log.error({ err }, 'closing what the configuration has no more'))
      .finally(() => past.delete(old));
  }

  async function run(actor: string): Promise<ApiAnswer<'reloadConfig'>> {
    let prepared;
    try {
      prepared = await prepare();
    } catch (thrown) {
      const error = toAncileError(thrown);
      log.error({ err: error }, 'configuration not reloaded: what was in force stays');
      await record(actor, digest(current.loaded), 'refused', error.message);
      throw thrown;
    }
    const { next, changed, needsRestart } = prepared;
    const waits = needsRestart.length === 0 ? '' : `; waits for a restart: ${needsRestart.join(', ')}`;
    try {
      // On record before it rules anything.
      await record(actor, digest(next.loaded), 'done', `${changed.join(', ') || 'nothing changed'}${waits}`);
    } catch (thrown) {
      await next.close();
      throw thrown;
    }
    const old = current;
    current = next;
    llm = undefined;
    retire(old);
    for (const warning of warningsOf(next.loaded)) log.warn(warning);
    log.info({ changed, needsRestart, policyVersion: next.policies.version }, 'configuration reloaded');
    return { changed, needsRestart };
  }

  return {
    current: () => current,
    llm: () => (llm ??= current.join(lasting())),
    reload(actor) {
      // One after the other: each starts from what the one before left in force.
      const done = work.then(() => run(actor));
      work = done.catch(() => undefined);
      return done;
    },
    async close() {
      await work;
      await Promise.all([...past, current].map((generation) => generation.close()));
    },
  };
}
