// A policy set tried on past records, and where the shadow set ruled otherwise: the same table for both.
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type Action,
  type ExchangeClosed,
  type ExchangeOpened,
  type PolicyReplay,
  type StoredRecord,
  stricter,
} from '../contract/index.ts';
import { ruleRecords } from './record-ruling.ts';
import type { Policies } from './ruling.ts';

const SAMPLES_MOST = 50;
/** Exchanges kept waiting for their other record. */
const WAITING_MOST = 50_000;
/** Records after which others get their turn. */
const BATCH = 100;

type Records = Iterable<StoredRecord> | AsyncIterable<StoredRecord>;

interface Pair {
  readonly opened?: ExchangeOpened;
  readonly closed?: ExchangeClosed;
}

/** What one exchange came to under each of two sets. */
interface Change {
  readonly before: Action;
  readonly after: Action;
  /** Of what was ruled otherwise. */
  readonly policies: readonly string[];
}

/** The records of each exchange, joined, in either order; of one still under way its opened record alone. */
async function* joinRecords(records: Records): AsyncGenerator<Pair & { readonly opened: ExchangeOpened }> {
  const waiting = new Map<string, Pair>();
  let read = 0;
  for await (const record of records) {
    if (++read % BATCH === 0) await nextTurn();
    let id: string;
    let pair: Pair;
    if (record.kind === 'exchange.opened') {
      id = record.exchange.id;
      pair = { ...waiting.get(id), opened: record };
    } else if (record.kind === 'exchange.closed') {
      id = record.exchange;
      pair = { ...waiting.get(id), closed: record };
    } else continue;
    const { opened, closed } = pair;
    if (opened !== undefined && closed !== undefined) {
      waiting.delete(id);
      yield { opened, closed };
    } else if (waiting.has(id) || waiting.size < WAITING_MOST) waiting.set(id, pair);
  }
  for (const { opened } of waiting.values()) if (opened !== undefined) yield { opened };
}

async function tabulate(
  records: Records,
  compare: (pair: Pair & { opened: ExchangeOpened }) => Change,
): Promise<PolicyReplay> {
  const counts = new Map<string, { before: Action; after: Action; count: number }>();
  const samples: PolicyReplay['samples'] = [];
  let exchanges = 0;
  let changed = 0;
  let incomplete = 0;
  for await (const pair of joinRecords(records)) {
    const { before, after, policies } = compare(pair);
    const { opened, closed } = pair;
    exchanges++;
    if (opened.capabilities === undefined) incomplete++;
    const key = `${before}>${after}`;
    const count = counts.get(key) ?? { before, after, count: 0 };
    count.count++;
    counts.set(key, count);
    if (before === after) continue;
    changed++;
    const classes = [...opened.findings, ...(closed?.findings ?? [])].map((finding) => finding.class);
    if (samples.length < SAMPLES_MOST) {
      const { exchange, time } = opened;
      samples.push({
        exchange: exchange.id,
        time,
        before,
        after,
        policies: [...policies],
        classes: [...new Set(classes)],
      });
    }
  }
  const transitions = [...counts.values()].sort((a, b) => b.count - a.count);
  return { exchanges, changed, transitions, samples, ...(incomplete === 0 ? {} : { incomplete }) };
}

function recordedAction({ opened, closed }: Pair & { opened: ExchangeOpened }): Action {
  return stricter(opened.decision.action, closed?.decision?.action ?? 'allow');
}

/**
 * How a set would have ruled on what passed: findings, failed stages, parts that nobody read and capabilities are as
 * recorded. Records come in either order; an exchange counts where its opened record is among them. Gives way to other
 * work now and then.
 */
export function replayPolicies(policies: Policies, records: Records): Promise<PolicyReplay> {
  return tabulate(records, (pair) => {
    const { action, policies: ids } = ruleRecords(policies, pair.opened, pair.closed);
    return { before: recordedAction(pair), after: action, policies: ids };
  });
}

/** Where the shadow set of the time ruled otherwise than the one in force, by the records' own word. */
export function diffShadow(records: Records): Promise<PolicyReplay> {
  return tabulate(records, (pair) => {
    const decisions = [pair.opened.decision, pair.closed?.decision].filter((each) => each !== undefined);
    const after = decisions.map((each) => each.shadow?.action ?? each.action).reduce(stricter, 'allow');
    const ids = decisions.flatMap((each) => each.shadow?.policies.map(({ id }) => id) ?? []);
    return { before: recordedAction(pair), after, policies: [...new Set(ids)] };
  });
}
