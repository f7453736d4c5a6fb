// The gateway on parts that a test may exchange: a slow ledger, a detector that throws, a policy engine that fails.
// Everything else is real.
import {
  createBudgetBook,
  createKeyRing,
  createMemoryKeyStore,
  createRestraints,
  createRouteTable,
} from '../../src/access/index.ts';
import { createDetectors, openPolicies } from '../../src/app/index.ts';
import { openUpstreams } from '../../src/app/upstreams.ts';
import { systemClock } from '../../src/base/index.ts';
import {
  type LlmParts,
  createInflight,
  createLoad,
  createRefusals,
  createRoster,
  startGateway,
} from '../../src/gateway/index.ts';
import { createPipeline } from '../../src/guard/index.ts';
import { openKeys } from '../../src/keys/index.ts';
import { type StoredRecord, openLedger } from '../../src/ledger/index.ts';
import { atEnd, tempFolder } from './cleanup.ts';
import { testConfig } from './server.ts';

export interface PartsServer {
  readonly address: string;
  readonly key: string;
  readonly keyId: string;
  readonly parts: LlmParts;
  /** Gives exchanges that arrive from now on other parts. */
  exchange(parts: LlmParts): void;
  /** The exchange records that are durable, in order. */
  readonly appended: StoredRecord[];
  /** Faults that the operator was told of. */
  readonly faults: unknown[];
  /** Stops as on SIGTERM; exchanges under way may end within so many milliseconds. */
  close(ms: number): Promise<void>;
}

/** Starts a gateway over a real ledger, its parts changed by the test. */
export async function startPartsServer(
  overrides: Record<string, unknown>,
  change: (parts: LlmParts, made: { detectors: ReturnType<typeof createDetectors> }) => LlmParts = (parts) => parts,
): Promise<PartsServer> {
  const loaded = testConfig(overrides);
  const dataDir = tempFolder();
  const keys = openKeys(dataDir);
  const ledger = await openLedger({ dataDir, keys, node: 'node_test' });
  const keyRing = await createKeyRing({ store: createMemoryKeyStore() });
  const upstreams = await openUpstreams(loaded);
  const policies = openPolicies(loaded);
  const detectors = createDetectors(loaded);
  const appended: StoredRecord[] = [];
  const faults: unknown[] = [];
  const append: LlmParts['append'] = async (body) => {
    const { seq } = await ledger.append(body);
    const record = await ledger.get(seq);
    if (record !== undefined) appended.push(record);
  };
  const parts = change(
    {
      limits: loaded.config.limits,
      clock: systemClock,
      keys: keyRing,
      budgets: createBudgetBook(),
      restraints: createRestraints(),
      routes: createRouteTable(loaded.config.models),
      upstreams: createRoster(upstreams.doors.values(), { breaker: loaded.config.breaker, clock: systemClock }),
      retries: loaded.config.retries,
      pipeline: createPipeline({ detectors, policies: () => policies.current() }),
      policies,
      append,
      keyedDigest: (text) => keys.keyedDigest(text),
      keyedLabel: (text) => keys.keyedLabel(text),
      canaries: [],
      refusals: createRefusals(append, systemClock),
      inflight: createInflight(),
      load: createLoad(),
      onFault: (error) => faults.push(error),
    },
    { detectors },
  );
  let present = parts;
  const gateway = await startGateway({ server: loaded.config.server, llm: () => present, tls: undefined });
  atEnd(async () => {
    await gateway.close(1000);
    await upstreams.close();
    keyRing.close();
    await ledger.close();
  });
  const { key, info } = await keyRing.create({ name: 'test' });
  return {
    address: gateway.address,
    key,
    keyId: info.id,
    parts,
    exchange: (next) => (present = next),
    appended,
    faults,
    close: (ms) => gateway.close(ms),
  };
}
