// Exchanges as they begin and end, for those who watch: joined from the ledger's records as these become durable.
import { type ExchangeRow, type LedgerRecord, type StoredRecord, stricter } from '../../contract/index.ts';

/** How often watchers are told; of an exchange's states in between they see the last. Milliseconds. */
const TICK_MS = 200;
/** Rows that are told at once: of more, the newest. */
const MAX_ROWS = 200;
/** Exchanges under way that are remembered, to be told whole when they end. */
const MAX_OPEN = 10_000;

/** Where records come from, in order, once they are durable. */
export interface RecordSource {
  /** Returns the function that ends it. */
  live(listener: (record: StoredRecord) => void): () => void;
}

/** Rows that changed, oldest first, and how many more did. */
export type FeedListener = (rows: readonly ExchangeRow[], left: number) => void;

export interface LiveFeed {
  /** Returns the function that ends it. */
  subscribe(listener: FeedListener): () => void;
  close(): void;
}

type Of<K extends LedgerRecord['kind']> = Extract<LedgerRecord, { kind: K }>;

/** An exchange that has begun. */
export function toOpenRow(record: Of<'exchange.opened'> & { readonly seq: number }): ExchangeRow {
  const { exchange, findings, decision, reserved } = record;
  return {
    id: exchange.id,
    seq: record.seq,
    time: record.time,
    principal: exchange.principal.id,
    principalName: exchange.principal.name,
    tenant: exchange.principal.tenant,
    route: exchange.route,
    model: exchange.model,
    upstream: exchange.upstream,
    surface: exchange.surface,
    stream: exchange.stream,
    session: exchange.session ?? null,
    action: decision.action,
    outcome: null,
    status: null,
    classes: [...new Set(findings.map((finding) => finding.class))],
    rules: [...new Set(findings.map((finding) => finding.rule))],
    inputTokens: reserved?.inputTokens ?? 0,
    outputTokens: 0,
    costMicros: 0,
    durationMs: null,
  };
}

/** The same when it has ended. */
export function toClosedRow(row: ExchangeRow, record: Of<'exchange.closed'>): ExchangeRow {
  const { findings, decision, usage } = record;
  return {
    ...row,
    action: decision === undefined ? row.action : stricter(row.action, decision.action),
    outcome: record.outcome,
    status: record.status,
    classes: [...new Set([...row.classes, ...findings.map((finding) => finding.class)])],
    rules: [...new Set([...row.rules, ...findings.map((finding) => finding.rule)])],
    inputTokens: usage.inputTokens,
    outputTokens: usage.outputTokens,
    costMicros: usage.costMicros,
    durationMs: record.durationMs,
  };
}

/**
 * @param lookUp - the row of an exchange that began before anyone watched, once it has ended
 */
export function createLiveFeed(
  source: RecordSource,
  lookUp: (exchange: string) => Promise<ExchangeRow | undefined>,
): LiveFeed {
  const listeners = new Set<FeedListener>();
  const open = new Map<string, ExchangeRow>();
  let changed = new Map<string, ExchangeRow>();
  let left = 0;
  let lookingUp = false;
  let stop: (() => void) | undefined;
  let timer: NodeJS.Timeout | undefined;

  const tell = (row: ExchangeRow): void => {
    changed.delete(row.id);
    changed.set(row.id, row);
    if (changed.size > MAX_ROWS) {
      changed.delete(changed.keys().next().value!);
      left++;
    }
  };

  function hear(record: StoredRecord): void {
    if (record.kind === 'exchange.opened') {
      const row = toOpenRow(record);
      if (open.size >= MAX_OPEN) open.delete(open.keys().next().value!);
      open.set(row.id, row);
      tell(row);
    } else if (record.kind === 'exchange.closed') {
      const row = open.get(record.exchange);
      open.delete(record.exchange);
      if (row !== undefined) tell(toClosedRow(row, record));
      else if (!lookingUp) {
        // One at a time: whoever begins to watch sees the rest when he looks at the list.
        lookingUp = true;
        lookUp(record.exchange)
          .then((found) => found !== undefined && stop !== undefined && tell(found))
          .catch(() => undefined)
          .finally(() => (lookingUp = false));
      }
    }
  }

  function flush(): void {
    if (changed.size === 0) return;
    const rows = [...changed.values()];
    const more = left;
    changed = new Map();
    left = 0;
    for (const listener of [...listeners]) listener(rows, more);
  }

  function rest(): void {
    stop?.();
    stop = undefined;
    clearInterval(timer);
    open.clear();
    changed.clear();
    left = 0;
  }

  return {
    subscribe(listener) {
      listeners.add(listener);
      if (stop === undefined) {
        stop = source.live(hear);
        timer = setInterval(flush, TICK_MS);
        timer.unref();
      }
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) rest();
      };
    },
    close() {
      listeners.clear();
      rest();
    },
  };
}
