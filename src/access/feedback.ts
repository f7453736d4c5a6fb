// The feedback book: people's words on prompt-attack findings, kept as labelled examples. Every word is a record first,
// with digests; the text of an example is sealed beside it, for as long as the configuration says.
import { AncileError, type Clock, newId, systemClock } from '../base/index.ts';
import { parseJson } from '../codec/index.ts';
import { Feedback, type FeedbackVerdict, type RecordBody } from '../contract/index.ts';
import type { Seal } from '../keys/index.ts';
import { type Store, inStore } from '../store/index.ts';

/** Characters of a text that is kept as an example; a longer one is none. */
const TEXT_MOST = 200_000;
/** Characters of one page of texts. */
const PAGE_MOST = 4_000_000;

/** A word as it is given; the book adds who has already said what. */
export interface FeedbackGiven extends Omit<Feedback, 'id' | 'time' | 'label' | 'textKept'> {
  /** Of whose exchange. */
  readonly principal: string;
  /** Absent where evidence capture had none. */
  readonly text?: string;
}

export interface FeedbackQuery {
  readonly verdict?: FeedbackVerdict;
  readonly exchange?: string;
  readonly limit: number;
  /** Older than this id. */
  readonly before?: string;
}

export interface FeedbackPage<T> {
  readonly items: readonly T[];
  /** Where the next page begins; absent of the last. */
  readonly next?: string;
}

export interface LabelledText {
  readonly feedback: Feedback;
  /** Absent where none was kept, or its time is up. */
  readonly text?: string;
}

export interface FeedbackBook {
  /**
   * Takes a word in; an earlier one on the same finding, or on the same text as missed, gives way with its text.
   * @throws AncileError `ledger_fault`, `store_fault`
   */
  give(given: FeedbackGiven): Promise<Feedback>;
  /** Takes a word back and erases its text. @throws AncileError `not_found`, `ledger_fault`, `store_fault` */
  withdraw(id: string, actor: string): Promise<Feedback>;
  /** Newest first. */
  list(query: FeedbackQuery): Promise<FeedbackPage<Feedback>>;
  /** With their texts, newest first. @throws AncileError `store_fault` where one does not open */
  texts(query: FeedbackQuery): Promise<FeedbackPage<LabelledText>>;
  /** Erases texts that are older than `retention` (milliseconds), and puts on record that they are gone. */
  expire(retention: number): Promise<void>;
}

export interface FeedbackParts {
  readonly store: Store;
  /** Resolves when the record is durable. */
  readonly append: (body: RecordBody) => Promise<unknown>;
  /** `keys.sealFor('feedback')` */
  readonly seal: Seal;
  readonly clock?: Clock;
}

const READ = { code: 'store_fault', what: 'feedback of the store' } as const;

const toFeedback = (info: string): Feedback => Feedback.parse(parseJson(info, READ));

type FeedbackRecord = Extract<RecordBody, { kind: 'feedback' }>;

function toRecord(
  { id, rule, ...rest }: Omit<Feedback, 'time'>,
  verdict: FeedbackRecord['verdict'],
  more: { readonly principal?: string; readonly actor: string },
): FeedbackRecord {
  const { label, exchange, direction, segment, channel, score, digest, digestOf, textKept } = rest;
  const place = { exchange, direction, segment, channel, ...(rule === undefined ? {} : { rule }) };
  return { kind: 'feedback', feedback: id, verdict, label, ...place, score, digest, digestOf, textKept, ...more };
}

export function createFeedbackBook({ store, append, seal, clock = systemClock }: FeedbackParts): FeedbackBook {
  const { db } = store;
  let last: Promise<unknown> = Promise.resolve();
  /** One change at a time, so that records and rows come in one order. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = last.then(work, work);
    last = done.catch(() => undefined);
    return done;
  }

  async function rowsOf({ verdict, exchange, limit, before }: FeedbackQuery) {
    return inStore('reading feedback', async () => {
      let query = db
        .selectFrom('feedback')
        .select(['id', 'info', 'text'])
        .orderBy('id', 'desc')
        .limit(limit + 1);
      if (verdict !== undefined) query = query.where('verdict', '=', verdict);
      if (exchange !== undefined) query = query.where('exchange', '=', exchange);
      if (before !== undefined) query = query.where('id', '<', before);
      return query.execute();
    });
  }

  function openText(id: string, sealed: string): string {
    const text = seal.open(sealed, id);
    if (text !== undefined) return text;
    throw new AncileError('store_fault', 'the text of an example does not open', {
      at: id,
      hint: 'It was changed, or keys/capture.key is not the one it was sealed under. Withdraw that feedback.',
    });
  }

  return {
    give: ({ principal, text, ...given }) =>
      inTurn(async () => {
        const now = clock();
        const kept = text !== undefined && text.length <= TEXT_MOST ? text : undefined;
        const feedback: Feedback = {
          ...given,
          id: newId('fb', now),
          time: new Date(now).toISOString(),
          label: given.verdict === 'wrong' ? 'benign' : 'attack',
          textKept: kept !== undefined,
        };
        await append(toRecord(feedback, feedback.verdict, { principal, actor: feedback.actor }));
        const { id, exchange, direction, segment, rule = '', verdict } = feedback;
        await inStore('writing feedback', () =>
          db.transaction().execute(async (transaction) => {
            await transaction
              .deleteFrom('feedback')
              .where('exchange', '=', exchange)
              .where('direction', '=', direction)
              .where('segment', '=', segment)
              .where('rule', '=', rule)
              .execute();
            const sealed = kept === undefined ? null : seal.seal(kept, id);
            const info = JSON.stringify(feedback);
            await transaction
              .insertInto('feedback')
              .values({ id, exchange, direction, segment, rule, verdict, time: now, info, text: sealed })
              .execute();
          }),
        );
        return feedback;
      }),

    withdraw: (id, actor) =>
      inTurn(async () => {
        const row = await inStore('reading feedback', () =>
          db.selectFrom('feedback').select('info').where('id', '=', id).executeTakeFirst(),
        );
        if (row === undefined) throw new AncileError('not_found', 'there is no such feedback', { at: 'id' });
        const feedback = { ...toFeedback(row.info), textKept: false };
        await append(toRecord(feedback, 'withdrawn', { actor }));
        await inStore('erasing feedback', () => db.deleteFrom('feedback').where('id', '=', id).execute());
        return feedback;
      }),

    async list(query) {
      const rows = await rowsOf(query);
      const items = rows
        .slice(0, query.limit)
        .map(({ info, text }) => ({ ...toFeedback(info), textKept: text !== null }));
      return { items, ...(rows.length > query.limit ? { next: items.at(-1)!.id } : {}) };
    },

    async texts(query) {
      const rows = await rowsOf(query);
      const items: LabelledText[] = [];
      let characters = 0;
      for (const { id, info, text } of rows.slice(0, query.limit)) {
        const feedback = { ...toFeedback(info), textKept: text !== null };
        items.push({ feedback, ...(text === null ? {} : { text: openText(id, text) }) });
        characters += items.at(-1)!.text?.length ?? 0;
        if (characters >= PAGE_MOST) break;
      }
      return { items, ...(rows.length > items.length ? { next: items.at(-1)!.feedback.id } : {}) };
    },

    expire: (retention) =>
      inTurn(async () => {
        const before = clock() - retention;
        const gone = await inStore('erasing old examples', () =>
          db
            .updateTable('feedback')
            .set({ text: null })
            .where('text', 'is not', null)
            .where('time', '<', before)
            .executeTakeFirst(),
        );
        const count = Number(gone.numUpdatedRows);
        if (count === 0) return;
        await append({
          kind: 'admin.change',
          // No person can be called this.
          actor: 'feedback retention',
          action: 'evidence.expire',
          target: count === 1 ? 'the text of one labelled example' : `the texts of ${count} labelled examples`,
          outcome: 'done',
        });
      }),
  };
}
