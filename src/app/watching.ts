// The watching of a running server: rules over its ledger, the incidents that come of them, and the figures and traces that
// telemetry has of it.
import type { LoadedConfig } from '../config/index.ts';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Exporter } from '../export/index.ts';
import {
  type AdminParts,
  type Inflight,
  type Readiness,
  type Refusals,
  type TlsFiles,
  createNodeFront,
} from '../gateway/index.ts';
import type { BookedRule, Figures } from '../monitor/index.ts';
import { Closers, every } from './closers.ts';
import type { AdminOptions } from './admin-parts.ts';
import {
  type ReadImport,
  type RunningImports,
  createLogImporter,
  importGauges,
  startImports,
} from './imports/index.ts';
import { DRAIN_MS, nodeGauges, openForwarder, openIntake } from './nodes.ts';
import { type Respond, type RespondParts, startRespond } from './respond.ts';
import { sinkGauges } from './sink-gauges.ts';
import type { Logger } from './log.ts';
import { type RunningMonitor, startMonitor } from './monitor.ts';
import { createReadiness } from './readiness.ts';
import { type AdminStatusNow, serverGauges, startTelemetry } from './telemetry.ts';

export interface WatchingOptions extends Omit<RespondParts, 'underWay' | 'onFault'> {
  /** Telemetry is that of the start. */
  readonly first: LoadedConfig;
  readonly tls: TlsFiles | undefined;
  readonly log: Logger;
  /** Those of the start. */
  readonly imports: readonly ReadImport[];
  readonly inspect: AdminOptions['inspect'];
  readonly rules: () => readonly BookedRule[];
  readonly inflight: Inflight;
  readonly exporter: Exporter;
  readonly refusals: Pick<Refusals, 'note'>;
}

/** Nodes fall silent, and their places are written down, as often. */
const NODES_MS = 10_000;

export interface Watching {
  readonly monitor: RunningMonitor;
  /** Takes in what the monitor detects. */
  readonly respond: Respond;
  /** What people see and do of it. */
  readonly forAdmin: {
    readonly respond: Respond;
    readonly monitor: RunningMonitor;
    readonly nodes: AdminParts['nodes'];
    readonly importLogs: AdminParts['imports'];
    readonly importViews: AdminParts['importViews'];
  };
  /** Logs that are read as they come. */
  readonly imports: RunningImports;
  /** Answers nodes that forward their records; false where it is nothing of theirs. */
  takeNodes(request: IncomingMessage, response: ServerResponse): boolean;
  /** To which others add what they know of themselves. */
  readonly figures: Figures;
  /** Where /metrics is served; undefined where it is not. */
  readonly metricsAddress: string | undefined;
  /** Tells the figures of the server's state. */
  tellOf(status: () => AdminStatusNow): void;
  /** Whether requests can be served. */
  readiness(policyVersion: () => string, status: () => AdminStatusNow): () => Readiness;
  close(): Promise<void>;
}

/** @throws AncileError `config_invalid`, `address_in_use`, `store_fault` */
export async function startWatching(options: WatchingOptions): Promise<Watching> {
  const { first, data, tls, log, loaded, rules, exporter } = options;
  const closers = new Closers();
  const telemetry = await startTelemetry({ loaded: first, node: data.node, tls, log });
  closers.add(() => telemetry.close());
  try {
    const respond = await startRespond(options, closers, log);
    const monitor = await startMonitor({
      data,
      loaded,
      rules,
      append: (body) => respond.append(body),
      taps: [telemetry.tap],
      onFault: (err) => log.error({ err }, 'monitoring'),
    });
    closers.add(() => monitor.stop());
    for (const gauge of sinkGauges(() => exporter.figures())) telemetry.figures.gauge(gauge);
    const importLogs = createLogImporter(options);
    const imports = startImports({
      store: data.store,
      take: importLogs,
      onBad: (source, bad) => log.warn({ source, ...bad }, 'a line of a log is not on record'),
      onFault: (source, err) => log.error({ err, source }, 'imports'),
    });
    closers.add(() => imports.close());
    await imports.apply(options.imports);
    for (const gauge of importGauges(() => imports.views())) telemetry.figures.gauge(gauge);
    const { intake, book } = await openIntake(data, loaded);
    closers.add(() => book.save());
    const look = () => intake.watch().then(() => book.save());
    closers.add(every(NODES_MS, look, log));
    for (const gauge of nodeGauges(() => intake.list())) telemetry.figures.gauge(gauge);
    const onFault = (err: unknown): void => log.error({ err }, 'nodes');
    const forwarder = openForwarder(data, first, (err) => log.error({ err }, 'forwarding'));
    if (forwarder !== undefined) closers.add(() => forwarder.close(DRAIN_MS));
    return {
      takeNodes: createNodeFront({ intake, noteRefusal: (code) => options.refusals.note(code), onFault }),
      forAdmin: { respond, monitor, nodes: async () => intake, importLogs, importViews: () => imports.views() },
      imports,
      monitor,
      respond,
      figures: telemetry.figures,
      metricsAddress: telemetry.address,
      tellOf(status) {
        for (const gauge of serverGauges({ status, monitor })) telemetry.figures.gauge(gauge);
      },
      readiness: (policyVersion, status) =>
        createReadiness({
          ledgerFault: () => status().ledger.fault,
          policyVersion,
          indexLag: () => status().indexLag,
          monitorLag: () => monitor.state().lag,
        }),
      close: () => closers.close(),
    };
  } catch (thrown) {
    await closers.close(log);
    throw thrown;
  }
}
