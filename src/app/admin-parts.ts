// What the admin interface works on: a data folder, and the server that runs on it, or none.
import { resolve } from 'node:path';
import { type ApprovalBook, type FeedbackBook, type GrantBook, type People } from '../access/index.ts';
import { AncileError, systemClock } from '../base/index.ts';
import type { LoadedConfig } from '../config/index.ts';
import type {
  AdminStatus,
  ApiAnswer,
  Channel,
  DetectorView,
  Direction,
  Explanation,
  LedgerReport,
} from '../contract/index.ts';
import { type AdminParts, type EvidenceDesk, type MonitorDesk, createChangeRecorder } from '../gateway/index.ts';
import { type Evidence, type RecordIndex, type VerifyReport, readUsageSeries, verifyLedger } from '../ledger/index.ts';
import type { Clocks } from '../respond/index.ts';
import type { Inventory } from '../inventory/index.ts';
import { openManifestCheck } from './admission.ts';
import { viewArtifactSources } from './artifact-sources.ts';
import { createBackup } from './backup.ts';
import type { DataDir } from './data-dir.ts';
import type { TextVerdict } from './inspect.ts';
import type { createPolicyDesk } from './policy-desk.ts';
import { createLogImporter, idleView, readImports } from './imports/index.ts';
import { keepBundle, makeBundle, openClocks } from './evidence-bundle.ts';
import type { Respond } from './respond.ts';

export interface AdminOptions extends Pick<AdminParts, 'pins' | 'seenServers' | 'toolSessions' | 'exporter' | 'nodes'> {
  readonly respond: Respond;
  readonly data: DataDir;
  readonly index: RecordIndex;
  readonly evidence: Evidence;
  readonly people: People;
  readonly approvals: ApprovalBook;
  readonly grants: GrantBook;
  readonly feedback: FeedbackBook;
  readonly inventory: Inventory;
  readonly evidenceDesk: Pick<EvidenceDesk, 'give'>;
  readonly cache: AdminParts['cache'];
  readonly boms: AdminParts['boms'];
  readonly loaded: () => LoadedConfig;
  readonly desk: ReturnType<typeof createPolicyDesk>;
  readonly monitor: MonitorDesk;
  readonly detectors: () => DetectorView[];
  readonly inspect: (text: string, channel: Channel) => Promise<TextVerdict>;
  readonly explain: (text: string, channel: Channel, direction?: Direction) => Explanation[];
  readonly status: () => Promise<AdminStatus>;
  /** Those of a running server: one at a time puts calls on record. */
  readonly importLogs?: AdminParts['imports'];
  readonly importViews?: AdminParts['importViews'];
  /** Absent where no server runs. */
  readonly pull?: (name: string) => Promise<ApiAnswer<'pullModel'>>;
  /** Absent where no server runs. */
  readonly reloadConfig?: (actor: string) => Promise<ApiAnswer<'reloadConfig'>>;
}

function toReport({ ok, size, statements, problems }: VerifyReport): LedgerReport {
  return {
    ok,
    records: size,
    statement: [...statements],
    problems: problems.map(({ kind, seq, range, file, message }) => {
      const place = range === undefined ? file : `records ${range.from} to ${range.to}`;
      return { kind, at: seq === undefined ? place : `record ${seq}`, message };
    }),
  };
}

export function toAdminParts(options: AdminOptions): AdminParts {
  const { data, loaded, reloadConfig } = options;
  let clocks: Clocks | undefined;
  return {
    clock: systemClock,
    store: data.store,
    ledger: data.ledger,
    keyRing: data.keyRing,
    budgets: data.budgets,
    evidence: options.evidence,
    people: options.people,
    approvals: options.approvals,
    grants: options.grants,
    feedback: options.feedback,
    inventory: options.inventory,
    incidents: options.respond.incidents,
    containments: options.respond.containments,
    playbooks: options.respond.playbooks,
    node: data.node,
    legalClocks: () => (clocks ??= openClocks()),
    bundle: (id, actor) =>
      makeBundle({ data, ...options.respond, loaded, policySet: () => options.desk.inForce() }, id, actor),
    keepBundle: (id, bundle) => keepBundle(data, id, bundle),
    timelineOf: (incident, records) => options.respond.timelineOf(incident, records),
    async pull(name) {
      if (options.pull !== undefined) return options.pull(name);
      throw new AncileError('not_found', 'no server runs that could pull');
    },
    giveEvidence: (id, attestation, actor) => options.evidenceDesk.give(id, Buffer.from(attestation), actor),
    checkManifest: openManifestCheck(options.inventory, loaded),
    cache: options.cache,
    boms: options.boms,
    sources: () => viewArtifactSources(loaded()),
    keyedDigest: (content) => data.keys.keyedDigest(content),
    pins: options.pins,
    seenServers: options.seenServers,
    toolSessions: options.toolSessions,
    exporter: options.exporter,
    imports: options.importLogs ?? createLogImporter(options),
    importViews: options.importViews ?? (() => readImports(loaded()).map(idleView)),
    nodes: options.nodes,
    toolServers: () => loaded().config.mcp.servers,
    desk: options.desk,
    monitor: options.monitor,
    detectors: options.detectors,
    caughtUp: () => options.index.caughtUp(),
    record: createChangeRecorder((body) => data.ledger.append(body)),
    routes: () => Object.keys(loaded().config.models),
    async usageSeries(principal, period) {
      await options.index.caughtUp();
      return readUsageSeries(data.store, principal, period, systemClock());
    },
    async inspect(text, channel) {
      const { decision, findings, score } = await options.inspect(text, channel);
      return { decision, findings: [...findings], score };
    },
    explain: options.explain,
    status: options.status,
    async reloadConfig(actor) {
      if (reloadConfig !== undefined) return reloadConfig(actor);
      throw new AncileError('not_found', 'no server runs whose configuration could be reloaded');
    },
    async verifyLedger() {
      const { config, dir } = loaded();
      const { anchorFile } = config.ledger;
      const anchors = anchorFile === undefined ? {} : { anchors: resolve(dir, anchorFile) };
      return toReport(await verifyLedger(data.path, anchors));
    },
    createBackup: (backup) => createBackup(data, backup),
  };
}
