// One data folder in use: its keys, store, ledger, virtual keys and budgets, brought level with each other.
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  type BudgetBook,
  type KeyRing,
  type Restraints,
  type UsageSnapshot,
  advanceUsage,
  chargeAbandoned,
  createBudgetBook,
  createKeyRing,
  createStoreCounterStore,
  createStoreKeyStore,
  openRestraints,
} from '../access/index.ts';
import { AncileError, newId, systemClock, systemCode } from '../base/index.ts';
import type { LoadedConfig } from '../config/index.ts';
import { type Keys, openKeys } from '../keys/index.ts';
import { type Ledger, type StoredRecord, openLedger } from '../ledger/index.ts';
import { type Store, openStore, readMeta, writeMeta } from '../store/index.ts';

/** Records folded into the usage at a time. */
const BATCH = 1000;

export interface DataDir {
  readonly path: string;
  /** Id of this node, as records carry it. */
  readonly node: string;
  readonly store: Store;
  readonly keys: Keys;
  readonly ledger: Ledger;
  readonly keyRing: KeyRing;
  readonly budgets: BudgetBook;
  readonly restraints: Restraints;
  /** Writes the usage as far as the ledger proves it, so that the next start has less to read. */
  saveUsage(): Promise<void>;
  close(): Promise<void>;
}

/** The absolute path of the configured data folder. */
export function dataDirPath(loaded: LoadedConfig): string {
  return resolve(loaded.dir, loaded.config.dataDir);
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (thrown) {
    throw new AncileError('data_dir_unusable', `the data folder ${path} cannot be made (${systemCode(thrown)})`, {
      at: 'dataDir',
      hint: 'Name a folder that this user may write to.',
      cause: thrown,
    });
  }
}

/** The usage by everything in the ledger. */
async function advance(snapshot: UsageSnapshot, ledger: Ledger): Promise<UsageSnapshot> {
  let usage = snapshot;
  let batch: StoredRecord[] = [];
  for await (const record of ledger.read({ from: snapshot.seq })) {
    batch.push(record);
    if (batch.length < BATCH) continue;
    usage = advanceUsage(usage, batch);
    batch = [];
  }
  return advanceUsage(usage, batch);
}

async function nodeId(store: Store): Promise<string> {
  const known = await readMeta(store.db, 'node');
  if (known !== undefined) return known;
  const id = newId('node');
  await writeMeta(store.db, 'node', id);
  return id;
}

/**
 * Opens the data folder and takes ownership of it.
 * @throws AncileError `data_dir_owned`, `data_dir_unusable`, `ledger_corrupt`, `ledger_fault`, `store_fault`
 */
export async function openDataDir(loaded: LoadedConfig, onFault: (fault: AncileError) => void): Promise<DataDir> {
  const path = dataDirPath(loaded);
  const { ledger: settings } = loaded.config;
  makeFolder(path);
  const store = await openStore({ path: join(path, 'store.db') });
  let ledger: Ledger | undefined;
  try {
    const keys = openKeys(path);
    const node = await nodeId(store);
    const open = (ledger = await openLedger({
      dataDir: path,
      keys,
      node,
      checkpointInterval: settings.checkpointInterval,
      ...(settings.anchorFile === undefined ? {} : { anchorFile: resolve(loaded.dir, settings.anchorFile) }),
      onFault,
    }));
    const counters = createStoreCounterStore(store);
    // Nothing runs yet: what was opened and never closed died with the last process, and is charged as reserved.
    let usage = chargeAbandoned(await advance(await counters.load(), open));
    await counters.save(usage);
    const restraints = await openRestraints(store);
    const keyRing = await createKeyRing({
      store: createStoreKeyStore(store),
      clock: systemClock,
      isFrozen: ({ id: principal, tenant }) => restraints.find('freeze', { principal, tenant }) !== undefined,
    });
    let saving: Promise<void> = Promise.resolve();
    // One at a time: of two, the one that ends last could have begun first, and would put the other's back.
    const saveUsage = (): Promise<void> => {
      saving = saving
        .catch(() => {})
        .then(async () => {
          usage = await advance(usage, open);
          await counters.save(usage);
        });
      return saving;
    };
    return {
      path,
      node,
      store,
      keys,
      ledger: open,
      keyRing,
      budgets: createBudgetBook({ counters: usage.counters }),
      restraints,
      saveUsage,
      async close() {
        keyRing.close();
        try {
          await saveUsage();
        } finally {
          await open.close();
          await store.close();
        }
      },
    };
  } catch (thrown) {
    await ledger?.close().catch(() => undefined);
    await store.close();
    throw thrown;
  }
}
