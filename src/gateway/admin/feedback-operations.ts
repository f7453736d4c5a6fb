// What people say of prompt-attack findings, and of attacks that were missed; and the labelled examples it makes.
import type { FeedbackBook, FeedbackGiven } from '../../access/index.ts';
import { AncileError } from '../../base/index.ts';
import {
  type ApiAnswer,
  type ApiInput,
  type Direction,
  type Example,
  type Finding,
  type StoredRecord,
  isAttackFinding,
} from '../../contract/index.ts';
import { injectionScore } from '../../detect/index.ts';
import { type CapturedSegment, readCaptured } from './captured-segments.ts';
import type { RecordChange } from './changes.ts';
import { type ExchangeReaderParts, MAX_RECORDS, createExchangeReader } from './exchange-reader.ts';
import type { Operations } from './operation.ts';

const DEFAULT_LIMIT = 100;
/** Past so many records of one exchange no more is said of it: its own records must stay within what is shown. */
const RECORDS_MOST = MAX_RECORDS - 50;

export interface FeedbackParts extends ExchangeReaderParts {
  readonly feedback: FeedbackBook;
  readonly keyedDigest: (content: string) => string;
  readonly record: RecordChange;
}

type Given = ApiInput<'giveFeedback'>;
type Opened = Extract<StoredRecord, { kind: 'exchange.opened' }>;
type Closed = Extract<StoredRecord, { kind: 'exchange.closed' }>;
/** What is said of which text. */
type Target = Pick<FeedbackGiven, 'segment' | 'channel' | 'rule' | 'score'>;

const noTarget = (message: string, at: string): AncileError => new AncileError('not_found', message, { at });

/** The finding that is spoken of; of several by one rule in one text, the surest. */
function findTarget(findings: readonly Finding[], { rule, segment = '' }: Given): Target {
  if (rule === undefined) {
    throw new AncileError('request_invalid', 'say of which finding: by its rule and segment', { at: 'rule' });
  }
  const found = findings
    .filter((each) => each.rule === rule && each.segment === segment && isAttackFinding(each))
    .sort((a, b) => b.score - a.score)[0];
  if (found === undefined) throw noTarget('there is no such prompt-attack finding', 'rule');
  return { segment, channel: found.channel, rule, score: found.score };
}

/** The text in which an attack was missed: by its place, else the last that came by the channel. */
function missedTarget(
  texts: readonly CapturedSegment[],
  findings: readonly Finding[],
  direction: Direction,
  { segment, channel }: Given,
): Target {
  const by = channel ?? (direction === 'output' ? 'output' : 'user');
  const text =
    segment === undefined
      ? texts.findLast((each) => each.channel === by)
      : texts.find((each) => each.segment === segment);
  if (text === undefined && texts.length > 0) {
    throw noTarget('no text of this exchange is like that', segment === undefined ? 'channel' : 'segment');
  }
  // Without captured text, the place is taken at the person's word where something was found there.
  const known = findings.find((each) => each.segment === segment);
  const place = text ?? (known === undefined ? { segment: '', channel: by } : known);
  const score = injectionScore(findings.filter((each) => each.segment === place.segment));
  return { segment: place.segment, channel: place.channel, score };
}

function toExample({ channel, label, rule, score, exchange, time }: ApiAnswer<'giveFeedback'>, text?: string): Example {
  return { text: text ?? null, channel, label, rule: rule ?? null, score, exchange, time };
}

export function feedbackOperations(
  parts: FeedbackParts,
): Pick<Operations, 'giveFeedback' | 'listFeedback' | 'withdrawFeedback' | 'exportFeedback'> {
  const { feedback, keyedDigest, record } = parts;
  const reader = createExchangeReader(parts);

  return {
    async giveFeedback(given, { actor }) {
      const { id, verdict, direction = 'input' } = given;
      const { records } = await reader.exchange(id);
      if (records.length >= RECORDS_MOST) {
        throw new AncileError('conflict', 'as much was said of this exchange as may be', { at: 'id' });
      }
      const opened = records.find((each): each is Opened => each.kind === 'exchange.opened');
      const closed = records.find((each): each is Closed => each.kind === 'exchange.closed');
      const body = direction === 'input' ? opened?.inputDigest : closed?.outputDigest;
      const findings = (direction === 'input' ? opened?.findings : closed?.findings) ?? [];
      if (opened === undefined || body === undefined) {
        throw noTarget(`there is no record of the ${direction} of this exchange`, 'direction');
      }
      // Read here, and shown to nobody: who gives feedback need not be someone who may read what people wrote.
      const bodies = await reader.bodies(id, records);
      const texts = readCaptured(records, bodies).filter((each) => each.direction === direction);
      const target =
        verdict === 'missed' ? missedTarget(texts, findings, direction, given) : findTarget(findings, given);
      const text = texts.find(({ segment }) => segment === target.segment)?.text;
      return feedback.give({
        ...target,
        verdict,
        direction,
        actor: actor.name,
        exchange: id,
        principal: opened.exchange.principal.id,
        ...(text === undefined
          ? { digest: body, digestOf: 'body' as const }
          : { digest: keyedDigest(text), digestOf: 'text' as const, text }),
      });
    },
    async listFeedback({ verdict, exchange, before, limit = DEFAULT_LIMIT }) {
      const { items, next } = await feedback.list({
        limit,
        ...(verdict === undefined ? {} : { verdict }),
        ...(exchange === undefined ? {} : { exchange }),
        ...(before === undefined ? {} : { before }),
      });
      return { feedback: [...items], ...(next === undefined ? {} : { next }) };
    },
    withdrawFeedback: ({ id }, { actor }) => feedback.withdraw(id, actor.name),
    async exportFeedback({ all = false, before, limit = DEFAULT_LIMIT }, { actor }) {
      // On record before a word of it is shown.
      await record(actor, 'evidence.read', 'labelled examples');
      const { items, next } = await feedback.texts({ limit, ...(before === undefined ? {} : { before }) });
      const rows = items
        .filter(({ text }) => all || text !== undefined)
        .map(({ feedback: each, text }) => toExample(each, text));
      const withoutText = items.filter(({ text }) => text === undefined).length;
      return { rows, withoutText, ...(next === undefined ? {} : { next }) };
    },
  };
}
