// The program itself: health, reload, backup, verification.
import { z } from 'zod';
import { SecondCounts } from '../second.ts';
import { defineEndpoint } from './endpoint.ts';

export const UpstreamHealth = z.object({
  name: z.string(),
  kind: z.string(),
  /** `open`: passed over after failures in a row; `trying`: one request tries it. */
  state: z.enum(['ok', 'open', 'trying']),
  inflight: z.int(),
  concurrency: z.int().nullable(),
  requests: z.int(),
  failures: z.int(),
  lastFailure: z.object({ time: z.string(), reason: z.string() }).optional(),
  lastSuccess: z.string().optional(),
  /** Time to the head of an answer, exponentially weighted, milliseconds. */
  latencyMs: z.number().nullable(),
});
export type UpstreamHealth = z.infer<typeof UpstreamHealth>;

export const AdminStatus = z.object({
  version: z.string(),
  node: z.string(),
  started: z.string().optional(),
  /** Absent where no server runs. */
  address: z.string().optional(),
  configFile: z.string().optional(),
  configDigest: z.string().optional(),
  policyVersion: z.string().optional(),
  inflight: z.int(),
  concurrency: z.int(),
  /** Turned away since the start because too much was under way. */
  shed: z.int(),
  ledger: z.object({
    records: z.int(),
    firstSeq: z.int(),
    /** Records covered by the newest signed checkpoint, and its time. */
    checkpointSize: z.int(),
    checkpointTime: z.string().optional(),
    anchored: z.boolean(),
    fault: z.string().optional(),
  }),
  /** Records not in the search index yet. */
  indexLag: z.int(),
  memoryBytes: z.int(),
  /** Share of the event loop's time in use, 0..1, over the last seconds. */
  utilization: z.number(),
  pendingApprovals: z.int(),
  upstreams: z.array(UpstreamHealth),
  /** Of the second stage of prompt-attack detection, where one is configured. */
  second: SecondCounts.optional(),
});
export type AdminStatus = z.infer<typeof AdminStatus>;

export const LedgerReport = z.object({
  ok: z.boolean(),
  records: z.int(),
  /** What the proof says and what it cannot, in sentences. */
  statement: z.array(z.string()),
  problems: z.array(z.object({ kind: z.string(), at: z.string(), message: z.string() })),
});
export type LedgerReport = z.infer<typeof LedgerReport>;

export const systemApi = {
  getStatus: defineEndpoint({
    method: 'GET',
    path: '/status',
    needs: 'traffic.read',
    summary: 'The state of the server, its upstreams and its ledger.',
    input: z.strictObject({}),
    answer: AdminStatus,
  }),
  reloadConfig: defineEndpoint({
    method: 'POST',
    path: '/config/reload',
    needs: 'system.manage',
    summary: 'Read the configuration again; what needs a restart is named and stays as it is.',
    input: z.strictObject({}),
    answer: z.object({ changed: z.array(z.string()), needsRestart: z.array(z.string()) }),
  }),
  verifyLedger: defineEndpoint({
    method: 'POST',
    path: '/ledger/verify',
    needs: 'traffic.read',
    summary: 'Verify the whole ledger, and against its anchor file where there is one.',
    input: z.strictObject({}),
    answer: LedgerReport,
  }),
  createBackup: defineEndpoint({
    method: 'POST',
    path: '/backup',
    needs: 'local',
    summary: 'Write a consistent copy of the data folder to a file of this machine, while traffic runs.',
    input: z.strictObject({
      /** Absolute paths of the server's machine: the file to be made, and one that holds the passphrase it is sealed under. */
      file: z.string().min(1).max(4096),
      passphraseFile: z.string().min(1).max(4096).optional(),
      /** Not sealed: the file then holds the folder's keys as they are. */
      plain: z.boolean().optional(),
    }),
    answer: z.object({ file: z.string(), bytes: z.int(), records: z.int(), sha256: z.string() }),
  }),
};
