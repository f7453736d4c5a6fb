// Sends spans and figures to an OTLP receiver from time to time. What it does not take is tried again, within a bound; then it
// is dropped, and that is counted: telemetry may have gaps, the ledger has none.
import { type AncileError, AncileError as Fault, toAncileError } from '../base/index.ts';
import type { Outlet } from '../net/index.ts';
import type { StoredRecord } from '../ledger/index.ts';
import type { Opened } from './event.ts';
import type { Figures } from './figures.ts';
import { type Resource, toMetricsRequest, toSpan, toTraceRequest } from './otlp.ts';

const MOST_WAITING = 20_000;
const BATCH = 512;
const MAX_ANSWER = 64 * 1024;

export interface OtlpOptions {
  readonly outlet: Outlet;
  readonly headers: Readonly<Record<string, string>>;
  readonly traces: boolean;
  readonly metrics: boolean;
  readonly interval: number;
  readonly resource: Resource;
  readonly figures: Figures;
  readonly clock: () => number;
  readonly onFault: (fault: AncileError) => void;
}

export class OtlpSender {
  readonly #options: OtlpOptions;
  readonly #since: number;
  #spans: unknown[] = [];
  #timer: NodeJS.Timeout;
  #sending: Promise<void> = Promise.resolve();
  #failing = false;
  dropped = 0;
  sent = 0;

  constructor(options: OtlpOptions) {
    this.#options = options;
    this.#since = options.clock();
    this.#timer = setInterval(() => void this.flush(), options.interval);
    this.#timer.unref();
  }

  /** Hears every record. */
  note(record: StoredRecord, opened: Opened | undefined): void {
    if (!this.#options.traces || record.kind !== 'exchange.closed' || opened === undefined) return;
    if (this.#spans.length >= MOST_WAITING) {
      this.#spans.shift();
      this.dropped++;
    }
    this.#spans.push(toSpan(opened, record));
  }

  /** Sends what waits. Never rejects: a fault is told once until it is over. */
  flush(): Promise<void> {
    this.#sending = this.#sending.then(async () => {
      try {
        await this.#send();
        this.#failing = false;
      } catch (thrown) {
        if (!this.#failing) this.#options.onFault(toAncileError(thrown));
        this.#failing = true;
      }
    });
    return this.#sending;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
    await this.#options.outlet.close();
  }

  async #send(): Promise<void> {
    const { traces, metrics, resource, figures, clock } = this.#options;
    while (traces && this.#spans.length > 0) {
      const batch = this.#spans.slice(0, BATCH);
      await this.#post('/v1/traces', toTraceRequest(resource, batch));
      this.#spans = this.#spans.slice(batch.length);
      this.sent += batch.length;
    }
    if (metrics) await this.#post('/v1/metrics', toMetricsRequest(resource, figures, this.#since, clock()));
  }

  async #post(path: string, body: unknown): Promise<void> {
    const { outlet, headers } = this.#options;
    const { status } = await outlet.collect(
      {
        method: 'POST',
        path,
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      },
      MAX_ANSWER,
    );
    if (status < 200 || status > 299) {
      throw new Fault('upstream_refused', `the telemetry receiver answered ${status} at ${path}`, {
        at: 'telemetry.otlp',
      });
    }
  }
}
