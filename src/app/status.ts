// The state of the program in figures, for whoever looks after it.
import { performance } from 'node:perf_hooks';
import type { LoadedConfig } from '../config/index.ts';
import type { AdminStatus } from '../contract/index.ts';
import type { DataDir } from './data-dir.ts';

/** Share of the event loop's time in use since the last asking that was over a second ago, 0..1. */
function createUtilization(): () => number {
  let from = performance.eventLoopUtilization();
  let since = performance.now();
  let share = 0;
  return () => {
    const now = performance.now();
    if (now - since < 1000) return share;
    const next = performance.eventLoopUtilization();
    share = performance.eventLoopUtilization(next, from).utilization;
    from = next;
    since = now;
    return share;
  };
}

/** What only a running server knows. */
export type RunningStatus = Pick<
  AdminStatus,
  'started' | 'address' | 'configDigest' | 'policyVersion' | 'inflight' | 'shed' | 'upstreams' | 'second'
>;

export interface StatusParts {
  readonly version: string;
  readonly data: DataDir;
  readonly loaded: () => LoadedConfig;
  readonly indexLag: () => number;
  readonly pendingApprovals: () => Promise<number>;
  /** The last fault of the ledger that is not over. */
  readonly ledgerFault: () => string | undefined;
  /** Absent where no server runs. */
  readonly running?: () => RunningStatus;
}

/** The state as far as it is told without waiting. */
export function createStatusNow(
  parts: Omit<StatusParts, 'pendingApprovals'>,
): () => Omit<AdminStatus, 'pendingApprovals'> {
  const utilization = createUtilization();
  const { data } = parts;
  return () => {
    const { config, file } = parts.loaded();
    const checkpoint = data.ledger.lastCheckpoint;
    const fault = parts.ledgerFault();
    const running = parts.running?.() ?? { inflight: 0, shed: 0, upstreams: [] };
    return {
      version: parts.version,
      node: data.node,
      ...(file === undefined ? {} : { configFile: file }),
      concurrency: config.limits.concurrency,
      ledger: {
        records: data.ledger.size,
        firstSeq: data.ledger.firstSeq,
        checkpointSize: checkpoint?.size ?? 0,
        ...(checkpoint === undefined ? {} : { checkpointTime: checkpoint.time }),
        anchored: config.ledger.anchorFile !== undefined,
        ...(fault === undefined ? {} : { fault }),
      },
      indexLag: parts.indexLag(),
      memoryBytes: process.memoryUsage.rss(),
      utilization: utilization(),
      ...running,
    };
  };
}

export function createStatus(parts: StatusParts): () => Promise<AdminStatus> {
  const now = createStatusNow(parts);
  return async () => ({ ...now(), pendingApprovals: await parts.pendingApprovals() });
}
