// The watching of a running server: rules over its ledger, the incidents that come of them, and the figures and traces that
// telemetry has of it.
import type { LoadedConfig } from '../config/index.ts';
import type { Exporter } from '../export/index.ts';
import type { Inflight, Readiness, TlsFiles } from '../gateway/index.ts';
import type { BookedRule, Figures } from '../monitor/index.ts';
import { Closers } from './closers.ts';
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
  readonly rules: () => readonly BookedRule[];
  readonly inflight: Inflight;
  readonly exporter: Exporter;
}

export interface Watching {
  readonly monitor: RunningMonitor;
  /** Takes in what the monitor detects. */
  readonly respond: Respond;
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
    return {
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
