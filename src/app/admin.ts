// Administration of a data folder: by its running server, or by opening the folder when nobody has it.
import { existsSync } from 'node:fs';
import { type ApprovalBook, type GrantBook, createFeedbackBook } from '../access/index.ts';
import { AncileError, systemClock } from '../base/index.ts';
import { type LoadedConfig, VERSION } from '../config/index.ts';
import type { ApiClient } from '../contract/index.ts';
import {
  type Cache,
  type ModelBoms,
  type Operations,
  type PinBook,
  type SeenServers,
  createAdminClient,
  createEvidenceDesk,
  createOperations,
  openCache,
  openPinBook,
  openSeenServers,
  toApiClient,
} from '../gateway/index.ts';
import { type Exporter, openExporter } from '../export/index.ts';
import { explainText } from '../guard/index.ts';
import { createInventory } from '../inventory/index.ts';
import { Evidence, indexRecords } from '../ledger/index.ts';
import type { ReadPlaybook } from '../respond/index.ts';
import { toAdminParts } from './admin-parts.ts';
import { openApprovals } from './approvals.ts';
import { Closers } from './closers.ts';
import { type DataDir, dataDirPath, openDataDir } from './data-dir.ts';
import { createDetectors } from './detectors.ts';
import { viewDetectors } from './detector-views.ts';
import { readSinks } from './export.ts';
import { openGuard } from './guard.ts';
import { createEvidenceTerms } from './model-signatures.ts';
import { createMonitorDesk } from './monitor.ts';
import { bookMonitorRules } from './monitor-rules.ts';
import { openIntake } from './nodes.ts';
import { openPeople } from './people.ts';
import { openPolicies, openPolicySets } from './policies.ts';
import { createPolicyDesk } from './policy-desk.ts';
import { openModelBoms } from './registry.ts';
import { openRespond } from './respond.ts';
import { openPlaybooks } from './playbooks.ts';
import { createStatus } from './status.ts';
import type { Webhook } from './webhook.ts';

/** Who acts, for the record. */
const OWNER = { kind: 'local', name: 'cli (offline)' } as const;

/** Faults that no caller waits for; what the caller asked for tells its own. */
const ignore = (): void => undefined;

/** A data folder that this process has, and all that can be done on it. */
export interface OpenFolder {
  readonly data: DataDir;
  readonly append: DataDir['ledger']['append'];
  readonly evidence: Evidence;
  readonly approvals: ApprovalBook;
  readonly grants: GrantBook;
  readonly pins: PinBook;
  readonly seenServers: SeenServers;
  readonly operations: Operations;
}

/**
 * Opens a data folder without a server on it.
 * @param webhook - told of what is held here; a server that starts tells its own of what is pending
 * @throws AncileError `data_dir_owned`, `data_dir_unusable` and the like */
export async function openFolder(loaded: LoadedConfig, closers: Closers, webhook?: Webhook): Promise<OpenFolder> {
  const data = await openDataDir(loaded, ignore);
  closers.add(() => data.close());
  const index = indexRecords(data.store, data.ledger);
  closers.add(() => index.stop());
  const append: typeof data.ledger.append = (body) => data.ledger.append(body);
  const evidence = new Evidence({ dataDir: data.path, captureKey: data.keys.captureKey });
  closers.add(() => evidence.close());
  const people = await openPeople(data, append, () => loaded.config.console, ignore);
  closers.add(() => people.close());
  const { approvals, grants } = await openApprovals({
    data,
    append,
    settings: () => loaded.config.approvals,
    webhook: () => webhook,
    onFault: ignore,
  });
  closers.add(async () => approvals.close());
  const feedback = createFeedbackBook({ store: data.store, append, seal: data.keys.sealFor('feedback') });
  const desk = createPolicyDesk({
    store: data.store,
    ledger: data.ledger,
    caughtUp: () => index.caughtUp(),
    loaded: () => loaded,
    policies: () => openPolicies(loaded),
  });
  const status = createStatus({
    version: VERSION,
    data,
    loaded: () => loaded,
    indexLag: () => index.lag(),
    pendingApprovals: async () => (await approvals.list({ state: 'pending', limit: 1000 })).length,
    ledgerFault: () => undefined,
  });
  const inventory = createInventory({ store: data.store, append, onFault: ignore });
  const pins = await openPinBook({ store: data.store, append, clock: systemClock });
  const seenServers = await openSeenServers(data.store, systemClock);
  let cache: Cache | undefined;
  const openedCache = (): Cache => (cache ??= openCache(data.path));
  let boms: ModelBoms | undefined;
  closers.add(async () => boms?.close());
  let playbooks: ReadPlaybook[] | undefined;
  const policySets = openPolicySets(loaded);
  const respond = openRespond({
    data,
    append,
    index,
    inventory,
    grants,
    people,
    policySets: () => policySets,
    loaded: () => loaded,
    underWay: () => 0,
    playbooks: () => (playbooks ??= openPlaybooks(loaded)),
    operations: () => operations,
    onFault: ignore,
  });
  let exporter: Promise<Exporter> | undefined;
  closers.add(async () => (await exporter?.catch(() => undefined))?.close());
  async function openSinks(): Promise<Exporter> {
    // Read first: where a secret is missing, nothing was opened.
    const sinks = readSinks(loaded);
    const { store, ledger, node } = data;
    const opened = await openExporter({ store, ledger, node, running: false, onFault: ignore });
    await opened.apply(sinks);
    return opened;
  }
  const parts = toAdminParts({
    data,
    respond,
    index,
    evidence,
    people,
    approvals,
    grants,
    feedback,
    inventory,
    evidenceDesk: createEvidenceDesk({
      // What lies in the version itself is taken where it is pulled.
      cache: { find: () => undefined },
      inventory,
      terms: createEvidenceTerms(() => loaded),
      append,
      clock: systemClock,
    }),
    cache: openedCache,
    boms: () => (boms ??= openModelBoms(openedCache(), () => loaded)),
    loaded: () => loaded,
    desk: {
      ...desk,
      reload() {
        throw new AncileError('not_found', 'no server runs whose policies could be reloaded');
      },
    },
    monitor: createMonitorDesk({ data, rules: () => bookMonitorRules(loaded) }),
    detectors: () => viewDetectors(loaded),
    inspect: async (text, channel) => openGuard(loaded).inspect(text, channel),
    explain: (text, channel, direction) => explainText(createDetectors(loaded), text, channel, direction),
    status,
    pins,
    seenServers,
    toolSessions: () => new Map(),
    exporter: () => (exporter ??= openSinks()),
    nodes: async () => (await openIntake(data, () => loaded)).intake,
  });
  const operations = createOperations(parts);
  return { data, append, evidence, approvals, grants, pins, seenServers, operations };
}

/** A server that starts or stops is waited for, milliseconds. */
const ON_THE_WAY_MS = 10_000;
const ASK_AGAIN_MS = 250;

/**
 * Does one thing as administrator: by the server that has the data folder, else on the folder itself.
 * @param begins - whether a data folder that does not exist yet is made
 * @throws AncileError of the operation, or `data_dir_owned` where the owner does not answer
 */
export async function asAdmin<T>(
  loaded: LoadedConfig,
  act: (admin: ApiClient) => Promise<T>,
  begins = false,
): Promise<T> {
  const end = Date.now() + ON_THE_WAY_MS;
  for (;;) {
    const client = await createAdminClient(dataDirPath(loaded));
    if (client !== undefined) {
      try {
        return await act(client);
      } finally {
        await client.close();
      }
    }
    try {
      return await asOwner(loaded, act, begins);
    } catch (thrown) {
      // Nobody listens, and somebody has it: a server on its way up, or down.
      if (!(thrown instanceof AncileError) || thrown.code !== 'data_dir_owned' || Date.now() > end) throw thrown;
      await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
    }
  }
}

async function asOwner<T>(loaded: LoadedConfig, act: (admin: ApiClient) => Promise<T>, begins: boolean): Promise<T> {
  // Only making a key begins a data folder: in a wrong folder everything else should say so.
  if (!begins && !existsSync(dataDirPath(loaded))) {
    throw new AncileError('not_found', `there is no data folder at ${dataDirPath(loaded)} and no server runs on it`, {
      at: 'dataDir',
      hint: 'Run this beside the configuration (or name it with --config), or start the server first.',
    });
  }
  const closers = new Closers();
  try {
    const { operations } = await openFolder(loaded, closers);
    return await act(toApiClient(operations, { actor: OWNER, from: 'local', keepToken: ignore }));
  } finally {
    await closers.close();
  }
}
