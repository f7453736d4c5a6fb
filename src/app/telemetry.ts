// Figures and traces of a running server: what it counts, where it is served, where it is sent.
import { systemClock } from '../base/index.ts';
import { type LoadedConfig, VERSION } from '../config/index.ts';
import type { AdminStatus, MonitorRuleView, MonitorState } from '../contract/index.ts';
import { type MetricsListener, type TlsFiles, startMetricsListener } from '../gateway/index.ts';
import {
  Figures,
  type Gauge,
  OtlpSender,
  PROMETHEUS_TYPE,
  type RecordTap,
  createRecordFigures,
  renderPrometheus,
} from '../monitor/index.ts';
import { createOutlet } from '../net/index.ts';
import { readHeaderSecret } from './header-secret.ts';
import type { Logger } from './log.ts';

const CIRCUITS = { ok: 1, trying: 0.5, open: 0 } as const;

export interface Telemetry {
  readonly figures: Figures;
  /** Hears every record. */
  readonly tap: RecordTap;
  /** Where /metrics is; undefined where nothing serves it. */
  readonly address: string | undefined;
  close(): Promise<void>;
}

export interface TelemetryOptions {
  readonly loaded: LoadedConfig;
  readonly node: string;
  readonly tls: TlsFiles | undefined;
  readonly log: Logger;
}

/** @throws AncileError `config_invalid`, `address_in_use` */
export async function startTelemetry({ loaded, node, tls, log }: TelemetryOptions): Promise<Telemetry> {
  const { config, dir } = loaded;
  const { otlp, prometheus } = config.telemetry;
  const figures = new Figures();
  const count = createRecordFigures(figures);
  let listener: MetricsListener | undefined;
  if (prometheus !== undefined) {
    const { host, port, token } = prometheus;
    listener = await startMetricsListener({
      host,
      port,
      token: token === undefined ? undefined : readHeaderSecret(token, 'telemetry.prometheus.token', dir, 'token'),
      server: config.server,
      tls,
      render: () => ({ type: PROMETHEUS_TYPE, body: renderPrometheus(figures) }),
    });
  }
  let sender: OtlpSender | undefined;
  if (otlp !== undefined) {
    const headers = Object.entries(otlp.headers).map(([name, value]) => [
      name.toLowerCase(),
      typeof value === 'string' ? value : readHeaderSecret(value, `telemetry.otlp.headers.${name}`, dir, 'token'),
    ]);
    sender = new OtlpSender({
      outlet: createOutlet({
        baseUrl: otlp.endpoint,
        connections: 1,
        connectTimeout: 5000,
        headersTimeout: 10_000,
        idleTimeout: 10_000,
      }),
      headers: Object.fromEntries(headers) as Record<string, string>,
      traces: otlp.traces,
      metrics: otlp.metrics,
      interval: otlp.interval,
      resource: { version: VERSION, node },
      figures,
      clock: systemClock,
      onFault: (err) => log.error({ err }, 'telemetry'),
    });
    const own = sender;
    figures.gauge({
      name: 'ancile_telemetry_spans_total',
      help: 'Spans by what became of them.',
      type: 'counter',
      labels: ['result'],
      read: () => [
        { values: ['sent'], value: own.sent },
        { values: ['dropped'], value: own.dropped },
      ],
    });
  }
  return {
    figures,
    tap(record, opened) {
      count(record, opened);
      sender?.note(record, opened);
    },
    address: listener?.address,
    async close() {
      await listener?.close();
      await sender?.close();
    },
  };
}

/** What the figures tell of a running server. */
export interface GaugeSources {
  readonly status: () => AdminStatusNow;
  readonly monitor: { state(): MonitorState; rules(): MonitorRuleView[] };
}

/** Of a status, what can be told without waiting. */
export type AdminStatusNow = Pick<
  AdminStatus,
  'version' | 'inflight' | 'concurrency' | 'shed' | 'ledger' | 'indexLag' | 'memoryBytes' | 'utilization' | 'upstreams'
>;

/** The state of the server as gauges. Others are added to the figures by whoever knows them: a sink its lag. */
export function serverGauges({ status, monitor }: GaugeSources): Gauge[] {
  const one = (name: string, help: string, read: () => number, type: Gauge['type'] = 'gauge'): Gauge => ({
    name,
    help,
    type: type ?? 'gauge',
    read: () => [{ value: read() }],
  });
  return [
    {
      name: 'ancile_build_info',
      help: 'The version that runs.',
      labels: ['version'],
      read: () => [{ values: [status().version], value: 1 }],
    },
    one('ancile_exchanges_inflight', 'Exchanges under way.', () => status().inflight),
    one('ancile_exchanges_limit', 'Exchanges that may be under way at once.', () => status().concurrency),
    one('ancile_exchanges_shed_total', 'Turned away because too much was under way.', () => status().shed, 'counter'),
    one('ancile_ledger_records', 'Records in the ledger.', () => status().ledger.records),
    one(
      'ancile_ledger_unsigned_records',
      'Records that no signed checkpoint covers yet.',
      () => status().ledger.records - status().ledger.checkpointSize,
    ),
    one('ancile_ledger_fault', '1 while the ledger cannot be written.', () =>
      status().ledger.fault === undefined ? 0 : 1,
    ),
    one('ancile_index_lag_records', 'Records that cannot be found by search yet.', () => status().indexLag),
    one('ancile_monitor_lag_records', 'Records that monitoring has not looked at yet.', () => monitor.state().lag),
    one(
      'ancile_monitor_records_total',
      'Records that monitoring has looked at.',
      () => monitor.state().seen,
      'counter',
    ),
    one('ancile_monitor_fault', '1 while monitoring cannot go on.', () =>
      monitor.state().fault === undefined ? 0 : 1,
    ),
    one(
      'ancile_monitor_rules',
      'Monitoring rules that are on.',
      () => monitor.rules().filter(({ state }) => state !== 'off').length,
    ),
    one('ancile_monitor_groups', 'Groups that rules remember.', () =>
      monitor.rules().reduce((sum, { groups }) => sum + groups, 0),
    ),
    one(
      'ancile_monitor_forgotten_total',
      'Groups that were forgotten because there were too many.',
      () => monitor.rules().reduce((sum, { forgotten }) => sum + forgotten, 0),
      'counter',
    ),
    {
      name: 'ancile_upstream_up',
      help: '1 where an upstream is asked, 0.5 where it is tried, 0 where it rests.',
      labels: ['upstream'],
      read: () => status().upstreams.map(({ name, state }) => ({ values: [name], value: CIRCUITS[state] })),
    },
    {
      name: 'ancile_upstream_latency_seconds',
      help: 'Time to the head of an answer, exponentially weighted.',
      labels: ['upstream'],
      read: () =>
        status().upstreams.flatMap(({ name, latencyMs }) =>
          latencyMs === null ? [] : [{ values: [name], value: latencyMs / 1000 }],
        ),
    },
    one('ancile_memory_bytes', 'Resident memory of the process.', () => status().memoryBytes),
    one('ancile_event_loop_utilization', "Share of the event loop's time in use.", () => status().utilization),
  ];
}
