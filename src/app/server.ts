// Starts the program: data folder, what follows the configuration, people and approvals, gateway, console and the
// owner's socket, in that order, and stops them in the other.
import { VERSION } from '../config/index.ts';
import { createHash, randomBytes } from 'node:crypto';
import { type Restraints, createFeedbackBook } from '../access/index.ts';
import { canonicalJson, systemClock } from '../base/index.ts';
import type { LoadedConfig } from '../config/index.ts';
import type { ApiAnswer } from '../contract/index.ts';
import {
  type PinBook,
  authenticate,
  checkExposure,
  createAddressOf,
  createControlPlane,
  createHookDesk,
  createInflight,
  cutFrozen,
  createLiveFeed,
  createLoad,
  type Operations,
  createMcpFront,
  createOperations,
  createRefusals,
  createRegistryHandler,
  createOriginCheck,
  openPinBook,
  openSeenServers,
  startAdminSocket,
  startGateway,
} from '../gateway/index.ts';
import { MisuseMemory } from '../guard/index.ts';
import { Evidence, getExchangeRow, indexRecords } from '../ledger/index.ts';
import { startAdmission } from './admission.ts';
import { toAdminParts } from './admin-parts.ts';
import { openApprovals } from './approvals.ts';
import { startExpiry } from './capture.ts';
import { warningsOf } from './check-config.ts';
import { Closers, every } from './closers.ts';
import { CONSOLE_FOLDER } from './content.ts';
import { openDataDir } from './data-dir.ts';
import { startExporter } from './export.ts';
import { openFlowDesk, toFlowGate } from './flow.ts';
import { makeFirstKey } from './first-key.ts';
import { type LastingParts, openGeneration } from './generation.ts';
import { createLedgerWatch } from './ledger-watch.ts';
import { type Logger, createLog } from './log.ts';
import { createMcpOpener } from './mcp.ts';
import { openConsoleDoor, openPeople } from './people.ts';
import { createPolicyDesk, tellReload } from './policy-desk.ts';
import { createPullDesk } from './pull-desk.ts';
import { openRegistry } from './registry.ts';
import { earlierEvents } from './recall-hooks.ts';
import { createReloader } from './reload.ts';
import { createStatusNow } from './status.ts';
import { readTls } from './tls.ts';
import { startWatching } from './watching.ts';

const SAVE_MS = 60_000;
const TRUST_MS = 60_000;

export interface RunningServer {
  readonly address: string;
  /** Where the admission webhook listens; undefined where there is none. */
  readonly admissionAddress: string | undefined;
  /** Where /metrics is served; undefined where it is not. */
  readonly metricsAddress: string | undefined;
  /** Made on the first start on this data folder, and shown nowhere else. */
  readonly firstKey: string | undefined;
  /** Where browsers find the console; undefined where it is switched off. */
  readonly consoleAddress: string | undefined;
  /** Makes its bearer the first admin, once; undefined where there is an admin, or no console. */
  readonly signInLink: string | undefined;
  readonly version: string;
  /** Reads the configuration again; one that does not load leaves all as it was. @throws AncileError */
  reloadConfig(): Promise<ApiAnswer<'reloadConfig'>>;
  close(): Promise<void>;
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

const digestOf = ({ config }: LoadedConfig): string => createHash('sha256').update(canonicalJson(config)).digest('hex');

async function start(loaded: LoadedConfig, log: Logger, closers: Closers): Promise<RunningServer> {
  checkExposure(loaded.config.server);
  const tls = readTls(loaded);
  const opened: { pins?: PinBook; restraints?: Restraints } = {};
  const making = {
    salt: randomBytes(32).toString('hex'),
    onFault: (err: unknown) => log.error({ err }, 'approval webhook'),
    openMcp: createMcpOpener({
      onFault: (err) => log.error({ err }, 'tool servers'),
      onNoise: (server, text) => log.info({ server, text }, 'tool server'),
    }),
    pins: () => opened.pins,
    restraints: () => opened.restraints,
  };
  const first = await openGeneration(loaded, making);
  closers.add(() => first.close());
  for (const warning of warningsOf(loaded)) log.warn(warning);

  const watch = createLedgerWatch(systemClock);
  const data = await openDataDir(loaded, (err) => {
    watch.note(err);
    log.error({ err }, 'ledger');
  });
  closers.add(() => data.close());
  opened.restraints = data.restraints;
  const { ledger, store } = data;
  const index = indexRecords(store, ledger, { onFault: (err) => log.error({ err }, 'record index') });
  closers.add(() => index.stop());
  closers.add(every(SAVE_MS, () => data.saveUsage(), log));

  const append = watch.watch(ledger);
  const exporter = await startExporter({ data, append, log, sinks: first.sinks }, closers);
  const inflight = createInflight();
  const load = createLoad();
  data.restraints.onPut((restraint) => cutFrozen(inflight, restraint));
  const refusals = createRefusals(append, systemClock);
  closers.add(() => refusals.close());
  data.keyRing.onRevoked((id) => {
    const cut = inflight.cut(({ principal }) => principal === id, 'revoked');
    if (cut > 0) log.info({ key: id, cut }, 'exchanges cut: their key ended');
    return cut;
  });
  const evidence = new Evidence({ dataDir: data.path, captureKey: data.keys.captureKey });
  closers.add(() => evidence.close());

  const reloader = createReloader({ first, making, append, log, digest: digestOf, lasting: () => lasting });
  closers.add(() => reloader.close());
  const { current, llm } = reloader;
  const config = (): LoadedConfig['config'] => current().loaded.config;
  const people = await openPeople(
    data,
    append,
    () => config().console,
    (err) => log.error({ err }, 'people'),
  );
  closers.add(() => people.close());
  const { approvals, grants, answerHook } = await openApprovals({
    data,
    append,
    settings: () => config().approvals,
    webhook: () => current().webhook,
    onFault: (err) => log.error({ err }, 'approvals'),
  });
  closers.add(async () => approvals.close());

  const feedback = createFeedbackBook({ store, append, seal: data.keys.sealFor('feedback') });

  const registry = openRegistry({
    data,
    append,
    loaded: () => current().loaded,
    policies: () => current().policies,
    onFault: (err) => log.error({ err }, 'registry'),
  });
  const hooks = createHookDesk({
    gate: registry.gate,
    sources: () => current().sources,
    append,
    restraints: data.restraints,
    clock: systemClock,
    onFault: (err) => log.error({ err }, 'webhooks of registries'),
  });
  // What webhooks began ends with the registry, and is recorded.
  closers.add(() => hooks.idle());
  closers.add(() => registry.close());
  await index.caughtUp();
  await registry.recall();
  hooks.recall(await earlierEvents(store, data.ledger, systemClock()));
  closers.add(async () => hooks.close());
  // Whom the configuration trusts may have changed while nothing ran; and files of keys may be replaced where they lie.
  void registry.recheck();
  closers.add(every(TRUST_MS, () => registry.recheck(), log));
  async function reload(actor: string): ReturnType<typeof reloader.reload> {
    const changed = await reloader.reload(actor);
    await exporter.apply(current().sinks);
    await watching.imports.apply(current().imports);
    await registry.recheck();
    await watching.monitor.exchange();
    return changed;
  }

  const flowDesk = await openFlowDesk(store, grants, (err) => log.error({ err }, 'flow control'));
  const lasting: LastingParts = {
    approvals,
    keys: data.keyRing,
    budgets: data.budgets,
    restraints: data.restraints,
    append,
    keyedDigest: (content) => data.keys.keyedDigest(content),
    keyedLabel: (text) => data.keys.keyedLabel(text),
    capture: (exchange, direction, text) => evidence.put(exchange, direction, text),
    refusals,
    inflight,
    load,
    desk: flowDesk,
    misuse: new MisuseMemory(randomBytes(4).readInt32LE()),
    onFault: (err, exchange) => log.error({ err, exchange }, 'exchange'),
  };
  const { inventory } = registry;
  const watching = await startWatching({
    ...{ first: loaded, data, tls, log, append, index, inventory, inflight, exporter, refusals, grants, people },
    loaded: () => current().loaded,
    imports: first.imports,
    inspect: (text, channel) => current().inspect(text, channel),
    rules: () => current().monitorRules,
    playbooks: () => current().playbooks,
    toolServers: () => current().mcp.servers,
    policySets: () => current().policySets,
    operations: () => operations,
  });
  closers.add(() => watching.close());
  startExpiry({ evidence, feedback, append }, () => config().capture, closers, log);

  const pins = await openPinBook({ store, append, clock: systemClock });
  opened.pins = pins;
  const seenServers = await openSeenServers(store, systemClock);
  const tools = createMcpFront({
    parts: {
      calls: llm,
      settings: () => current().mcp,
      pins,
      seen: seenServers,
      version: VERSION,
      get flow() {
        return toFlowGate(flowDesk, current().flow);
      },
    },
    keys: data.keyRing,
    checkOrigin: () => createOriginCheck(config().mcp, loaded.config.server),
    address: () => gateway.address,
  });
  closers.add(() => tools.close());

  const started = new Date(systemClock()).toISOString();
  const statusNow = createStatusNow({
    version: VERSION,
    data,
    loaded: () => current().loaded,
    indexLag: () => index.lag(),
    ledgerFault: () => watch.fault(),
    running() {
      const second = current().second();
      return {
        started,
        address: gateway.address,
        configDigest: digestOf(current().loaded),
        policyVersion: current().policies.version,
        inflight: load.count,
        shed: load.shed,
        upstreams: current().health(),
        ...(second === undefined ? {} : { second }),
      };
    },
  });
  watching.tellOf(statusNow);
  const pending = (): Promise<unknown[]> => approvals.list({ state: 'pending', limit: 1000 });
  const status = async () => ({ ...statusNow(), pendingApprovals: (await pending()).length });
  const desk = createPolicyDesk({
    store,
    ledger,
    caughtUp: () => index.caughtUp(),
    loaded: () => current().loaded,
    policies: () => current().policies,
    onReload: tellReload(log),
  });
  const pulls = createPullDesk({ gate: registry.gate, sources: () => current().sources });
  const operations: Operations = createOperations(
    toAdminParts({
      data,
      ...watching.forAdmin,
      index,
      evidence,
      people,
      approvals,
      grants,
      feedback,
      inventory,
      evidenceDesk: registry.evidence,
      pull: (name) => pulls.pull(name),
      cache: () => registry.cache,
      boms: () => registry.boms,
      desk,
      loaded: () => current().loaded,
      detectors: () => current().detectors(),
      inspect: (text, channel) => current().inspect(text, channel),
      explain: (text, channel, direction) => current().explain(text, channel, direction),
      status,
      pins,
      seenServers,
      toolSessions: () => tools.counts(),
      exporter: () => Promise.resolve(exporter),
      reloadConfig: reload,
    }),
  );
  await watching.respond.playbooks.recall();
  const onFault = (err: unknown): void => log.error({ err }, 'admin interface');
  const feed = createLiveFeed(ledger, async (id) => {
    await index.caughtUp();
    return getExchangeRow(store, id);
  });
  const control = await createControlPlane({
    operations,
    people,
    feed,
    answerHook,
    addressOf: createAddressOf(loaded.config.server.trustedProxies),
    clock: systemClock,
    site() {
      const { enabled, publicUrl } = config().console;
      return enabled ? { tls: tls !== undefined, host: loaded.config.server.host, publicUrl } : undefined;
    },
    consoleFolder: CONSOLE_FOLDER,
    noteRefusal: (code) => refusals.note(code),
    onFault,
  });
  closers.add(() => control.close());
  const gateway = await startGateway({
    server: loaded.config.server,
    tls,
    llm,
    ready: watching.readiness(() => current().policies.version, statusNow),
    control: control.handle,
    tools: (request, response) => watching.takeNodes(request, response) || tools.handle(request, response),
    registry: createRegistryHandler({
      gate: registry.gate,
      cache: registry.cache,
      uploads: registry.uploads,
      sources: () => current().sources,
      authenticate: (request) => authenticate(data.keyRing, request),
      checkFrozen: (affected) => data.restraints.checkFrozen(affected),
      isActive: (key) => data.keyRing.isActive(key),
      hooks,
      inflight,
      refusals,
      silence: config().limits.upstreamIdleTimeout,
      onFault: (err) => log.error({ err }, 'registry'),
    }),
  });
  closers.add(() => gateway.close(config().limits.drainTimeout));
  const admission = await startAdmission({
    loaded: () => current().loaded,
    inventory,
    append,
    noteRefusal: (code) => refusals.note(code),
    log,
  });
  if (admission !== undefined) closers.add(() => admission.close());
  const socket = await startAdminSocket(data.path, operations, onFault);
  closers.add(() => socket.close());

  const firstKey = await makeFirstKey(operations, data.keyRing);
  await append({
    kind: 'node.state',
    state: 'started',
    version: VERSION,
    configDigest: digestOf(loaded),
    policyVersion: first.policies.version,
  });
  const door = await openConsoleDoor(people, config().console, gateway.address);
  let stopping: Promise<void> | undefined;
  return {
    address: gateway.address,
    admissionAddress: admission?.address,
    metricsAddress: watching.metricsAddress,
    firstKey,
    ...door,
    version: VERSION,
    reloadConfig: () => reload('signal (SIGHUP)'),
    close() {
      stopping ??= (async () => {
        await socket.close();
        // Live views would keep their connections, and so the server, open; and what is held gets no yes any more.
        await control.close();
        approvals.close();
        await admission?.close();
        await gateway.close(config().limits.drainTimeout);
        // A ledger that cannot be written has said so; it must not keep the rest from being closed.
        await refusals.close().catch(() => undefined);
        await append({ kind: 'node.state', state: 'stopped', version: VERSION }).catch(() => undefined);
        await closers.close(log);
      })();
      return stopping;
    },
  };
}
