// What comes of a webhook: the version that it tells of is fetched, scanned and decided upon as if somebody pulled it, and where
// the configuration says so, the registry is told. Webhooks cannot be answered with a no, so this happens behind them.
import type { Restraints } from '../../../access/index.ts';
import { AncileError, type Clock, toAncileError } from '../../../base/index.ts';
import type { ModelAsset, Principal, RecordBody } from '../../../contract/index.ts';
import type { Gate } from '../gate.ts';
import type { ArtifactSource } from '../source.ts';
import { HOOK_WINDOW_MS } from './hook-signature.ts';
import { modelOf } from './places.ts';
import { type MlflowSource, isMlflowSource } from './source.ts';

const MOST_WAITING = 1000;
const AT_ONCE = 2;
const MOST_DELIVERIES = 20_000;
const TRIES = 3;
const TAG = 'ancile.state';

/** A version that was made, or given an alias. */
export interface HookEvent {
  readonly source: string;
  readonly event: (typeof EVENTS)[number];
  readonly delivery: string;
  readonly name: string;
  readonly version: string;
  readonly alias?: string;
}

export interface EarlierEvent {
  readonly event: HookEvent;
  /** Milliseconds. */
  readonly time: number;
  readonly settled: boolean;
}

type EventRecord = Extract<RecordBody, { kind: 'registry.event' }>;
type Judged = Pick<EventRecord, 'outcome' | 'reason' | 'model'>;

const EVENTS = ['model_version.created', 'model_version_alias.created'] as const;

/** An event from what its record says; undefined where it is none that is known here. */
export function toHookEvent({ source, event, delivery, subject, alias }: EventRecord): HookEvent | undefined {
  const known = EVENTS.find((each) => each === event);
  const slash = subject.lastIndexOf('/');
  if (known === undefined || slash < 1) return undefined;
  const [name, version] = [subject.slice(0, slash), subject.slice(slash + 1)];
  return { source, event: known, delivery, name, version, ...(alias === undefined ? {} : { alias }) };
}

export interface HookDesk {
  /**
   * Takes an event on, on record, or says that it was taken already.
   * @throws AncileError `overloaded`, `ledger_fault`
   */
  take(event: HookEvent): Promise<'taken' | 'known'>;
  /** Takes on again what was taken before the start; of what has come to its end, that it is known. In the order of time. */
  recall(events: Iterable<EarlierEvent>): void;
  /** Takes nothing more on; what waits is taken on again at the next start. */
  close(): void;
  /** Waits until nothing is under way any more. */
  idle(): Promise<void>;
}

export interface HookDeskParts {
  readonly gate: Gate;
  readonly sources: () => ReadonlyMap<string, ArtifactSource>;
  readonly append: (body: RecordBody) => Promise<unknown>;
  readonly restraints: Pick<Restraints, 'checkFrozen'>;
  readonly clock: Clock;
  readonly onFault: (fault: unknown) => void;
}

export function createHookDesk({ gate, sources, append, restraints, clock, onFault }: HookDeskParts): HookDesk {
  /** When each delivery was taken, oldest first. */
  const deliveries = new Map<string, number>();
  const waiting: HookEvent[] = [];
  const workers = new Set<Promise<void>>();
  const closing = new AbortController();

  async function judgeModel(source: MlflowSource, repo: string): Promise<Judged> {
    const principal: Principal = {
      id: `webhook ${source.name}`,
      kind: 'service',
      name: source.name,
      tenant: 'default',
    };
    const asset: ModelAsset = await gate.version(source, repo, 'main');
    for (const { path } of asset.files) {
      if (closing.signal.aborted) throw new AncileError('shutting_down', 'the gateway is stopping');
      const result = await gate.pass(source, asset, path, principal);
      if (result.ok) continue;
      await gate.recordRefusal(asset, path, principal, result);
      return { outcome: 'refused', model: asset.id, reason: result.message.slice(0, 500) };
    }
    return { outcome: 'admitted', model: asset.id };
  }

  async function judge(source: MlflowSource, { name, version }: HookEvent): Promise<Judged> {
    const { artifact_uri } = await source.rest.downloadUri(name, version);
    const path = await source.rest.locate(artifact_uri);
    const repo = path === undefined ? undefined : modelOf(path);
    // What cannot be looked at is not taken for good.
    if (repo === undefined) return { outcome: 'refused', reason: 'its files are not served by the tracking server' };
    if (!source.permits(repo)) return { outcome: 'refused', reason: 'the configuration does not include it' };
    return judgeModel(source, repo);
  }

  async function act(source: MlflowSource, event: HookEvent, { outcome }: Judged): Promise<string[]> {
    const { name, version, alias } = event;
    const how = source.hook?.act ?? 'record';
    const done: string[] = [];
    if (how === 'record' || outcome === 'fault') return done;
    if (how === 'protect' && outcome === 'refused' && alias !== undefined) {
      // It may have been given to another version meanwhile.
      const now = await source.rest.byAlias(name, alias).catch((thrown: unknown) => {
        if (toAncileError(thrown).code === 'not_found') return undefined;
        throw thrown;
      });
      if (now?.model_version.version === version) {
        await source.rest.deleteAlias(name, alias);
        done.push('alias.deleted');
      }
    }
    await source.rest.setTag(name, version, TAG, outcome === 'admitted' ? 'admitted' : 'quarantined');
    return [...done, 'tag'];
  }

  function record(event: HookEvent, judged: Judged, done: string[]): Promise<unknown> {
    const { source, event: told, delivery, name, version, alias } = event;
    return append({
      kind: 'registry.event',
      source,
      event: told,
      delivery,
      subject: `${name}/${version}`,
      ...(alias === undefined ? {} : { alias }),
      ...judged,
      done,
    });
  }

  async function handle(event: HookEvent): Promise<void> {
    const { source: name } = event;
    let judged: Judged = { outcome: 'fault', reason: 'the source is not configured any more' };
    let done: string[] = [];
    for (let tries = 1; ; tries++) {
      try {
        if (closing.signal.aborted) throw new AncileError('shutting_down', 'the gateway stopped before');
        const source = sources().get(name);
        if (!isMlflowSource(source) || source.hook === undefined) break;
        restraints.checkFrozen({ upstream: name });
        if (judged.outcome === 'fault') judged = await judge(source, event);
        done = await act(source, event, judged);
        break;
      } catch (thrown) {
        const { code, message, retryable } = toAncileError(thrown);
        const failed = `${code}: ${message}`.slice(0, 500);
        judged = {
          ...judged,
          reason: judged.outcome === 'fault' ? failed : `${judged.reason ?? ''} (${failed})`.trim(),
        };
        if (!retryable || tries === TRIES || closing.signal.aborted) break;
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, 1000 * 2 ** tries);
          closing.signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
        });
      }
    }
    // It waits on record.
    if (judged.outcome === 'fault' && closing.signal.aborted) return;
    await record(event, judged, done);
  }

  async function work(): Promise<void> {
    for (let event = waiting.shift(); event !== undefined; event = waiting.shift()) {
      if (!closing.signal.aborted) await handle(event).catch(onFault);
    }
  }

  function start(event: HookEvent): void {
    waiting.push(event);
    if (workers.size >= AT_ONCE) return;
    const worker: Promise<void> = work().finally(() => workers.delete(worker));
    workers.add(worker);
  }

  function forgetOld(): void {
    // A webhook is good for a window before and one after its time.
    const before = clock() - 2 * HOOK_WINDOW_MS - 1000;
    for (const [delivery, at] of deliveries) {
      if (at >= before) return;
      deliveries.delete(delivery);
    }
  }

  return {
    async take(event) {
      forgetOld();
      const key = `${event.source} ${event.delivery}`;
      if (deliveries.has(key)) return 'known';
      if (closing.signal.aborted || waiting.length >= MOST_WAITING || deliveries.size >= MOST_DELIVERIES) {
        throw new AncileError('overloaded', 'too many webhooks wait');
      }
      deliveries.set(key, clock());
      try {
        await record(event, { outcome: 'waiting' }, []);
      } catch (thrown) {
        // It is told again.
        deliveries.delete(key);
        throw thrown;
      }
      start(event);
      return 'taken';
    },
    recall(events) {
      for (const { event, time, settled } of events) {
        deliveries.set(`${event.source} ${event.delivery}`, time);
        if (!settled) start(event);
      }
    },
    close: () => closing.abort(),
    async idle() {
      while (workers.size > 0) await Promise.allSettled(workers);
    },
  };
}
