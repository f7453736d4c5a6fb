// The library's guard with a ledger of its own: no verdict is handed out whose record is not durable, and the records can be
// forwarded to a central server as those of a gateway are.
import type { z } from 'zod';
import { AncileError, newId, systemClock, toAncileError } from '../base/index.ts';
import { type LlmSurface, anthropicMessages, estimateTokens, openaiChat } from '../codec/index.ts';
import { type LoadedConfig, VERSION } from '../config/index.ts';
import { type Channel, type Config, type Explanation, isDenial } from '../contract/index.ts';
import { ANYONE, type ExchangeOptions } from '../guard/index.ts';
import { untilDurable } from '../gateway/index.ts';
import { Closers } from './closers.ts';
import { openDataDir } from './data-dir.ts';
import type { OpenedGuard } from './guard.ts';
import type { TextVerdict } from './inspect.ts';
import { DRAIN_MS, openForwarder } from './nodes.ts';
import { type RecordedExchange, RecordedRun, type RecorderParts, recordExchange } from './recorded-exchange.ts';

export interface RecordOptions {
  /** Folder of ledger and keys; one process owns it. Relative to `dir`. */
  readonly dataDir: string;
  /** The central server that gets every record, as `forward` of the configuration. */
  readonly forward?: z.input<typeof Config>['forward'];
  /** Told of faults in the background: a centre that takes nothing, a checkpoint that fails. Default: a warning of the process. */
  readonly onFault?: (fault: AncileError) => void;
}

/** What is known of the records of a guard. */
export interface RecordsState {
  /** Id of this node, as its records carry it; and of the key that signs them. */
  readonly node: string;
  readonly keyId: string;
  /** Records there are. */
  readonly size: number;
  /** Records that the centre has not, and what it said last where it refused; absent where there is none. */
  readonly forward?: { readonly lag: number; readonly fault: string | undefined };
}

export interface RecordingGuard {
  /** As `Guard.inspect`; its record is durable when this resolves. */
  inspect(text: string, channel?: Channel): Promise<TextVerdict>;
  /** As `Guard.explain`: it judges nothing, and leaves no record. */
  explain(text: string, channel?: Channel): Explanation[];
  /** As `Guard.openai`; the request is on record when this resolves. */
  openai<Q>(request: Q, options?: ExchangeOptions): Promise<RecordedExchange<Q>>;
  /** As `Guard.anthropic`; the request is on record when this resolves. */
  anthropic<Q>(request: Q, options?: ExchangeOptions): Promise<RecordedExchange<Q>>;
  records(): RecordsState;
  /** Ends what is under way, gives the centre two seconds for what is left, and gives the folder up. */
  close(): Promise<void>;
}

/** How often exchanges are looked for that nobody answers any more. */
const SWEEP_MS = 60_000;

/**
 * Opens the data folder of a guard.
 * @throws AncileError `data_dir_owned`, `data_dir_unusable`, `ledger_corrupt`, `ledger_fault`, `store_fault`, `config_invalid`
 */
export async function openRecordingGuard(
  { pipeline, policies, inspect, explain }: OpenedGuard,
  loaded: LoadedConfig,
  onFault: (fault: AncileError) => void,
): Promise<RecordingGuard> {
  const closers = new Closers();
  try {
    const data = await openDataDir(loaded, onFault);
    closers.add(() => data.close());
    const { ledger, keys } = data;
    const forwarder = openForwarder(data, loaded, onFault);
    if (forwarder !== undefined) closers.add(() => forwarder.close(DRAIN_MS));

    const running = new Set<RecordedRun>();
    const parts: RecorderParts = {
      append: (body) => ledger.append(body),
      keyedDigest: (content) => keys.keyedDigest(content),
      keyedLabel: (text) => keys.keyedLabel(text),
      durable: (exchange, write) =>
        untilDurable({ policies, onFault: (fault) => onFault(toAncileError(fault)) }, exchange, write),
      clock: systemClock,
      onEnded: (run) => void running.delete(run),
    };
    const giveUp = (run: RecordedRun, reason: string): Promise<void> =>
      run.end({ outcome: 'client_gone', status: 0, reason }, '');
    const { answerTimeout } = loaded.config.limits;
    const sweep = setInterval(() => {
      const before = systemClock() - answerTimeout;
      for (const run of running) {
        if (run.startedAt < before) giveUp(run, 'abandoned').catch((thrown: unknown) => onFault(toAncileError(thrown)));
      }
    }, SWEEP_MS);
    sweep.unref();

    let closing: Promise<void> | undefined;
    function checkOpen(): void {
      if (closing !== undefined)
        throw new AncileError('shutting_down', 'this guard was closed', { hint: 'Make another.' });
    }
    const open =
      (surface: LlmSurface) =>
      async <Q>(request: Q, options: ExchangeOptions = {}): Promise<RecordedExchange<Q>> => {
        checkOpen();
        const run = new RecordedRun(parts, (options.principal ?? ANYONE).id);
        running.add(run);
        try {
          return await recordExchange(run, parts, pipeline, surface, request, options);
        } catch (thrown) {
          running.delete(run);
          throw thrown;
        }
      };

    async function inspectRecorded(text: string, channel: Channel = 'user'): Promise<TextVerdict> {
      checkOpen();
      const startedAt = systemClock();
      const verdict = inspect(text, channel);
      const id = newId('ex', startedAt);
      const isOutput = channel === 'output';
      const { decision } = verdict;
      const findings = [...verdict.findings];
      const denied = isDenial(decision.action);
      const reason = decision.action === 'hold' ? 'held_for_approval' : 'blocked_by_policy';
      const passed = { action: 'allow' as const, policies: [], stages: [], policyVersion: policies.version };
      const digest = keys.keyedDigest(text);
      const tokens = estimateTokens(text);
      await parts.durable(
        id,
        Promise.all([
          ledger.append({
            kind: 'exchange.opened',
            exchange: {
              id,
              surface: 'library',
              principal: ANYONE,
              route: '*',
              model: '',
              upstream: 'library',
              stream: false,
            },
            inputDigest: isOutput ? keys.keyedDigest('') : digest,
            segments: isOutput ? 0 : 1,
            capabilities: [],
            findings: isOutput ? [] : findings,
            decision: isOutput ? passed : decision,
          }),
          ledger.append({
            kind: 'exchange.closed',
            exchange: id,
            principal: ANYONE.id,
            outcome: !denied ? 'completed' : isOutput ? 'denied_output' : 'denied_input',
            status: denied ? 403 : 200,
            ...(isOutput && !denied ? { outputDigest: digest } : {}),
            findings: isOutput ? findings : [],
            ...(isOutput ? { decision } : {}),
            usage: {
              inputTokens: isOutput ? 0 : tokens,
              outputTokens: isOutput ? tokens : 0,
              costMicros: 0,
              estimated: true,
            },
            durationMs: systemClock() - startedAt,
            ...(denied ? { reason } : {}),
          }),
        ]),
      );
      return verdict;
    }

    await ledger.append({
      kind: 'node.state',
      state: 'started',
      version: VERSION,
      policyVersion: policies.version,
    });
    return {
      inspect: inspectRecorded,
      explain,
      openai: open(openaiChat),
      anthropic: open(anthropicMessages),
      records: () => ({
        node: data.node,
        keyId: keys.keyId,
        size: ledger.size,
        ...(forwarder === undefined ? {} : { forward: forwarder.state() }),
      }),
      close() {
        closing ??= (async () => {
          clearInterval(sweep);
          try {
            await Promise.all([...running].map((run) => giveUp(run, 'shutting_down')));
            await ledger.append({ kind: 'node.state', state: 'stopped', version: VERSION });
          } finally {
            await closers.close();
          }
        })();
        return closing;
      },
    };
  } catch (thrown) {
    await closers.close().catch(() => undefined);
    throw thrown;
  }
}
