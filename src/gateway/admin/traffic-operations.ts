// What passed: exchanges, their records and proofs, and the figures over them.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ApprovalBook, FeedbackBook } from '../../access/index.ts';
import { AncileError } from '../../base/index.ts';
import type { Channel, Direction, Explanation, SegmentExplanation } from '../../contract/index.ts';
import { proveRecord, readOverview, searchExchanges } from '../../ledger/index.ts';
import type { Actor } from './actor.ts';
import { type CapturedSegment, readCaptured } from './captured-segments.ts';
import type { RecordChange } from './changes.ts';
import { type ExchangeReaderParts, MAX_RECORDS, createExchangeReader } from './exchange-reader.ts';
import type { Operations } from './operation.ts';

/** Characters of one exchange that are explained, and explanations that are told. */
const EXPLAIN_MOST = 200_000;
const EXPLANATIONS_MOST = 200;
/** Longest span that figures are made of. */
const MAX_SPAN_MS = 3 * 366 * 86_400_000;

export interface TrafficParts extends ExchangeReaderParts {
  readonly approvals: ApprovalBook;
  readonly feedback: FeedbackBook;
  /** What moves the prompt-attack score of a text, by the detectors in force. */
  readonly explain: (text: string, channel: Channel, direction: Direction) => Explanation[];
  readonly record: RecordChange;
}

/** What is asked for, less what is undefined. */
function toFilter<T extends object>(query: T): T {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined)) as T;
}

export function trafficOperations(
  parts: TrafficParts,
): Pick<
  Operations,
  'searchExchanges' | 'getExchange' | 'readEvidence' | 'searchRecords' | 'proveRecord' | 'getOverview'
> {
  const { store, ledger, approvals, feedback, caughtUp, explain, record } = parts;
  const reader = createExchangeReader(parts);

  /**
   * A script reads what it has just done. A view that looks again and again must not press the index forward beside the
   * requests: it is level within a second or so by itself.
   */
  async function forScripts(actor: Actor): Promise<void> {
    if (actor.kind === 'local') await caughtUp();
  }

  /** The newest first in line for the room there is: they are what was new when it was judged. */
  async function explainAll(segments: readonly CapturedSegment[]): Promise<SegmentExplanation[]> {
    const explained: SegmentExplanation[] = [];
    let room = EXPLAIN_MOST;
    for (const { text, ...place } of segments.toReversed()) {
      if (text.length > room) continue;
      room -= text.length;
      explained.push(...explain(text, place.channel, place.direction).map((each) => ({ ...each, ...place })));
      // Traffic goes on between one text and the next.
      await nextTurn();
    }
    return explained.sort((a, b) => b.score - a.score).slice(0, EXPLANATIONS_MOST);
  }

  return {
    async searchExchanges(filter, { actor }) {
      await forScripts(actor);
      return searchExchanges(store, toFilter(filter));
    },
    async getExchange({ id }) {
      const { row, records } = await reader.exchange(id);
      const all = { exchange: id, limit: MAX_RECORDS };
      return {
        row,
        records,
        approvals: await approvals.list(all),
        feedback: [...(await feedback.list(all)).items],
        captured: await reader.isCaptured(records),
      };
    },
    async readEvidence({ id, explain: wanted }, { actor }) {
      const { records } = await reader.exchange(id);
      // On record before a word of it is shown.
      await record(actor, 'evidence.read', id);
      const bodies = await reader.bodies(id, records);
      if (wanted !== true) return bodies;
      return { ...bodies, explanation: await explainAll(readCaptured(records, bodies)) };
    },
    async searchRecords(query) {
      await caughtUp();
      return { records: await reader.records(toFilter(query)) };
    },
    async proveRecord({ seq }) {
      if (seq >= ledger.size) throw new AncileError('not_found', 'there is no such record', { at: 'seq' });
      return proveRecord(ledger, seq);
    },
    async getOverview({ from, to, principal }, { actor }) {
      const span = Date.parse(to) - Date.parse(from);
      if (!(span > 0 && span <= MAX_SPAN_MS)) {
        throw new AncileError('request_invalid', 'expected a time after `from`, at most three years later', {
          at: 'to',
        });
      }
      await forScripts(actor);
      return readOverview(store, toFilter({ from, to, principal }));
    },
  };
}
