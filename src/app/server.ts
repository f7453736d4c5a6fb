// Starts the program: data folder, policies, detectors, upstreams, gateway and administrator's socket, in that order,
// and stops them in the other.
import { createHash, hash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createRouteTable } from '../access/index.ts';
import { AncileError, canonicalJson, systemClock, systemCode } from '../base/index.ts';
import { type LoadedConfig, readSecret } from '../config/index.ts';
import {
  type LlmParts,
  createAdminService,
  createInflight,
  createRefusals,
  startAdminSocket,
  startGateway,
} from '../gateway/index.ts';
import { warmUp } from '../detect/index.ts';
import { createPipeline } from '../guard/index.ts';
import { Evidence, indexRecords } from '../ledger/index.ts';
import type { ReloadResult } from '../policy/index.ts';
import { VERSION } from './content.ts';
import { type DataDir, openDataDir } from './data-dir.ts';
import { createDetectors } from './detectors.ts';
import { type Logger, createLog } from './log.ts';
import { openPolicies } from './policies.ts';
import { openUpstreams } from './upstreams.ts';

/** How long exchanges under way may take to end when the server stops, milliseconds. */
const DRAIN_MS = 10_000;
const SAVE_MS = 60_000;
const EXPIRE_MS = 3_600_000;

export interface RunningServer {
  readonly address: string;
  /** Made on the first start on this data folder, and shown nowhere else. */
  readonly firstKey: string | undefined;
  readonly version: string;
  /** Loads the policies again; a set that does not load leaves the one in force. */
  reloadPolicies(): Promise<ReloadResult>;
  close(): Promise<void>;
}

function readTls({ config, dir }: LoadedConfig): { cert: Buffer; key: Buffer } | undefined {
  const { tls } = config.server;
  if (tls === undefined) return undefined;
  const read = (name: 'cert' | 'key'): Buffer => {
    try {
      return readFileSync(resolve(dir, tls[name]));
    } catch (thrown) {
      throw new AncileError(
        'config_invalid',
        `server.tls.${name}: ${tls[name]} cannot be read (${systemCode(thrown)})`,
        {
          at: `server.tls.${name}`,
          hint: 'It must be a PEM file that this user may read; paths are relative to the configuration file.',
          cause: thrown,
        },
      );
    }
  };
  return { cert: read('cert'), key: read('key') };
}

/** What is given up on the way out, newest first. */
class Closers {
  readonly #steps: (() => Promise<unknown>)[] = [];

  add(step: () => Promise<unknown>): void {
    this.#steps.unshift(step);
  }

  /** Every step is taken, whatever the others do. */
  async close(log: Logger): Promise<void> {
    for (const step of this.#steps) await step().catch((err: unknown) => log.error({ err }, 'while stopping'));
  }
}

/** Work that recurs while the server runs, on a timer that keeps nothing alive. */
function every(ms: number, work: () => Promise<unknown>, log: Logger): () => Promise<void> {
  const timer = setInterval(() => void work().catch((err: unknown) => log.error({ err }, 'in the background')), ms);
  timer.unref();
  return async () => clearInterval(timer);
}

function openCapture(loaded: LoadedConfig, data: DataDir, closers: Closers, log: Logger): LlmParts['capture'] {
  const { enabled, retention } = loaded.config.capture;
  if (!enabled) return undefined;
  const evidence = new Evidence({ dataDir: data.path, captureKey: data.keys.captureKey });
  const expire = async (): Promise<void> => {
    const expired = await evidence.expire(systemClock() - retention);
    if (expired.length === 0) return;
    const target = `evidence of ${expired.join(', ')}`;
    await data.ledger.append({
      kind: 'admin.change',
      actor: 'retention',
      action: 'evidence.expire',
      target,
      outcome: 'done',
    });
  };
  closers.add(() => evidence.close());
  closers.add(every(EXPIRE_MS, expire, log));
  void expire().catch((err: unknown) => log.error({ err }, 'expiring evidence'));
  return (exchange, direction, text) => evidence.put(exchange, direction, text);
}

/**
 * Starts the server.
 * @throws AncileError whose code, message and hint tell what to do; what was started before it is stopped again
 */
export async function startServer(loaded: LoadedConfig, log: Logger = createLog()): Promise<RunningServer> {
  const closers = new Closers();
  try {
    return await start(loaded, log, closers);
  } catch (thrown) {
    await closers.close(log);
    throw thrown;
  }
}

async function start(loaded: LoadedConfig, log: Logger, closers: Closers): Promise<RunningServer> {
  const { config } = loaded;
  const tls = readTls(loaded);
  const policies = openPolicies(loaded);
  const detectors = createDetectors(loaded);
  const canaries = config.detect.canaries.map((ref, i) => readSecret(ref, `detect.canaries[${i}]`, loaded.dir));
  // Patterns compile on first use: better now than in the first exchange.
  warmUp(detectors);
  const data = await openDataDir(loaded, (err) => log.error({ err }, 'ledger'));
  closers.add(() => data.close());
  const index = indexRecords(data.store, data.ledger, { onFault: (err) => log.error({ err }, 'record index') });
  closers.add(() => index.stop());
  closers.add(every(SAVE_MS, () => data.saveUsage(), log));
  const upstreams = await openUpstreams(loaded);
  closers.add(() => upstreams.close());

  const append: LlmParts['append'] = (body) => data.ledger.append(body);
  const inflight = createInflight();
  const refusals = createRefusals(append, systemClock);
  closers.add(() => refusals.close());
  data.keyRing.onRevoked((id) => {
    const cut = inflight.cutKey(id);
    if (cut > 0) log.info({ key: id, cut }, 'exchanges cut: their key ended');
  });
  // Salted by what only this process knows, so that nobody can aim for a collision of cached verdicts.
  const salt = randomBytes(32).toString('hex');
  const capture = openCapture(loaded, data, closers, log);
  const llm: LlmParts = {
    limits: config.limits,
    clock: systemClock,
    keys: data.keyRing,
    budgets: data.budgets,
    routes: createRouteTable(config.models),
    upstreams: upstreams.doors,
    pipeline: createPipeline({
      detectors,
      policies: () => policies.current(),
      cacheDigest: (text) => hash('sha256', salt + text, 'base64'),
    }),
    policies,
    append,
    keyedDigest: (content) => data.keys.keyedDigest(content),
    keyedLabel: (text) => data.keys.keyedLabel(text),
    canaries,
    ...(capture === undefined ? {} : { capture }),
    refusals,
    inflight,
    onFault: (err, exchange) => log.error({ err, exchange }, 'exchange'),
  };
  const gateway = await startGateway({ server: config.server, llm, tls });
  closers.add(() => gateway.close(DRAIN_MS));

  const reload = (): ReloadResult => {
    const result = policies.reload();
    if (result.ok) log.info({ policyVersion: result.version, changed: result.changed }, 'policies reloaded');
    else log.error({ err: result.error }, 'policies not reloaded: those in force stay');
    return result;
  };
  const admin = createAdminService({
    actor: 'cli (socket)',
    keyRing: data.keyRing,
    ledger: data.ledger,
    store: data.store,
    caughtUp: () => index.caughtUp(),
    reload,
    status: () => ({
      version: VERSION,
      address: gateway.address,
      records: data.ledger.size,
      inflight: inflight.count,
      policyVersion: policies.version,
    }),
  });
  const socket = await startAdminSocket(data.path, admin);
  closers.add(() => socket.close());

  const firstKey = data.keyRing.list().length === 0 ? (await admin.createKey({ name: 'first key' })).key : undefined;
  const configDigest = createHash('sha256').update(canonicalJson(config)).digest('hex');
  await append({
    kind: 'node.state',
    state: 'started',
    version: VERSION,
    configDigest,
    policyVersion: policies.version,
  });
  let stopping: Promise<void> | undefined;
  return {
    address: gateway.address,
    firstKey,
    version: VERSION,
    async reloadPolicies() {
      try {
        const { changed, version } = await admin.reloadPolicies();
        return { ok: true, changed, version };
      } catch (thrown) {
        return { ok: false, version: policies.version, error: thrown as AncileError };
      }
    },
    close() {
      stopping ??= (async () => {
        await socket.close();
        await gateway.close(DRAIN_MS);
        // A ledger that cannot be written has said so; it must not keep the rest from being closed.
        await refusals.close().catch(() => undefined);
        await append({ kind: 'node.state', state: 'stopped', version: VERSION }).catch(() => undefined);
        await closers.close(log);
      })();
      return stopping;
    },
  };
}
