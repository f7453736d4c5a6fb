// The pull-through registry of a data folder: its cache, inventory, scanner and gate, wired.
import { systemClock } from '../base/index.ts';
import { type LoadedConfig, VERSION } from '../config/index.ts';
import {
  type Cache,
  type EvidenceDesk,
  type Gate,
  type Uploads,
  createEvidenceDesk,
  type ModelBoms,
  createGate,
  createGather,
  createModelBoms,
  createPullLimits,
  createScanProcess,
  openCache,
  openUploads,
} from '../gateway/index.ts';
import { type Inventory, createInventory } from '../inventory/index.ts';
import type { Policies } from '../policy/index.ts';
import { originOf } from './artifact-sources.ts';
import type { DataDir } from './data-dir.ts';
import { earlierPulls } from './recall-pulls.ts';
import { createEvidenceTerms, createImageCheck, createSignatureCheck } from './model-signatures.ts';

/** What is usual of a key is learned from so long before the start, milliseconds. */
const USUAL_MS = 14 * 86_400_000;

export interface RegistryParts {
  readonly data: DataDir;
  readonly append: DataDir['ledger']['append'];
  /** Asked anew each time: the configuration may change. */
  readonly loaded: () => LoadedConfig;
  readonly policies: () => Policies;
  readonly onFault: (fault: unknown) => void;
}

export interface Registry {
  readonly inventory: Inventory;
  readonly cache: Cache;
  readonly gate: Gate;
  readonly uploads: Uploads;
  /** Counts what was pulled before the start. The index of records must have caught up. @throws AncileError `store_fault` */
  recall(): Promise<void>;
  /** Takes into use whom the configuration trusts by now, for what was attested before as well. What fails is told to `onFault`. */
  recheck(): Promise<void>;
  /** Attestations that people give. */
  readonly evidence: EvidenceDesk;
  readonly boms: ModelBoms;
  close(): Promise<void>;
}

/** What the versions in a cache are made of. */
export function openModelBoms(cache: Cache, loaded: () => LoadedConfig): ModelBoms {
  const origin = (asset: Parameters<typeof originOf>[1]): ReturnType<typeof originOf> => originOf(loaded(), asset);
  return createModelBoms({ cache, origin, toolVersion: VERSION, clock: systemClock });
}

/** @throws AncileError `data_dir_unusable` */
export function openRegistry({ data, append, loaded, policies, onFault }: RegistryParts): Registry {
  const limits = (): LoadedConfig['config']['artifacts']['limits'] => loaded().config.artifacts.limits;
  const inventory = createInventory({ store: data.store, append, onFault });
  const cache = openCache(data.path);
  const uploads = openUploads({ dataDir: data.path, limits, clock: systemClock });
  const scanner = createScanProcess();
  const clock = systemClock;
  const terms = createEvidenceTerms(loaded);
  const evidence = createEvidenceDesk({ cache, inventory, terms, append, clock });
  const verifySignature = createSignatureCheck(loaded);
  const gather = createGather({
    cache,
    inventory,
    scanner,
    limits,
    verifySignature,
    verifyImage: createImageCheck(loaded),
    evidence,
    restraints: data.restraints,
    clock,
  });
  const pulls = createPullLimits(() => limits().perPrincipal, systemClock);
  const gate = createGate({
    cache,
    inventory,
    gather,
    limits: pulls,
    policies,
    append,
    restraints: data.restraints,
    clock,
  });
  const boms = openModelBoms(cache, loaded);
  let checked: string | undefined;
  let checking: Promise<void> = Promise.resolve();
  async function recheck(): Promise<void> {
    const trust = terms.trust();
    if (trust === checked) return;
    await evidence.recheckAll();
    checked = trust;
  }
  return {
    inventory,
    cache,
    gate,
    uploads,
    evidence,
    async recall() {
      const since = clock() - Math.max(limits().perPrincipal.window, USUAL_MS);
      pulls.recall(await earlierPulls(data.store, data.ledger, since));
    },
    recheck: () => (checking = checking.then(recheck).catch(onFault)),
    boms,
    async close() {
      boms.close();
      await checking;
      await uploads.close();
      await gather.close();
      await inventory.flush();
    },
  };
}
