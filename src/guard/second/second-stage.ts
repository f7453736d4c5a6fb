// The second stage: asks an opinion on texts that the fast stage is unsure of, within a deadline and so many at once, and
// keeps what it said by keyed digest.
import { toAncileError } from '../../base/index.ts';
import type { Channel, OnFault, SecondCounts, SecondKind } from '../../contract/index.ts';
import type { CacheDigest } from '../verdict-cache.ts';
import { AnswerCache } from './answer-cache.ts';
import { Lanes } from './lanes.ts';
import type { Opinion, OpinionAnswer } from './opinion.ts';

export interface SecondSettings {
  /** See `SecondStage.isUncertain`. */
  readonly band: readonly [low: number, high: number];
  /** For all texts of one request together, milliseconds. */
  readonly deadline: number;
  readonly onFault: OnFault;
  /** Texts of one request that are asked about at most. */
  readonly texts: number;
  /** Texts asked about at once, of all requests. */
  readonly concurrency: number;
  /** Rules that never fire. */
  readonly disabled?: readonly string[];
}

export interface SecondParts {
  readonly settings: SecondSettings;
  readonly opinion: Opinion;
  /** With it, answers are kept by digest of channel and text. */
  readonly cacheDigest?: CacheDigest;
  /** Milliseconds, from anywhere. */
  readonly now?: () => number;
}

/** An uncertain text, as it is shown. */
export interface Question {
  readonly text: string;
  readonly channel: Channel;
  /** What the fast stage says of it: the most suspicious are asked about first. */
  readonly score: number;
}

/** The channels by which an outsider speaks. Earlier words of the model and those of the application are not asked about. */
const ASKED: ReadonlySet<Channel> = new Set(['user', 'tool_description', 'tool_result', 'document', 'metadata']);

const LATE: OpinionAnswer = { status: 'failed', detail: 'deadline' };

const isScore = (score: number): boolean => score >= 0 && score <= 1;

export class SecondStage {
  readonly settings: SecondSettings;
  readonly #opinion: Opinion;
  readonly #cache: AnswerCache | undefined;
  readonly #now: () => number;
  readonly #lanes: Lanes;
  #counts = { texts: 0, uncertain: 0, asked: 0, cached: 0, ruled: 0, skipped: 0, failed: 0 };
  #askedMs = 0;
  #done = 0;

  constructor({ settings, opinion, cacheDigest, now = () => performance.now() }: SecondParts) {
    this.settings = settings;
    this.#opinion = opinion;
    this.#cache = cacheDigest === undefined ? undefined : new AnswerCache(cacheDigest);
    this.#now = now;
    this.#lanes = new Lanes(settings.concurrency);
  }

  get kind(): SecondKind {
    return this.#opinion.kind;
  }

  /** Whether texts leave the machine to be judged: what policy redacts is redacted in them. */
  get isLocal(): boolean {
    return this.#opinion.local;
  }

  /** Whether every text is asked about, also where the detectors found nothing. */
  get asksAll(): boolean {
    return this.settings.band[0] === 0;
  }

  /** Whether texts of the channel can be asked about. */
  asks(channel: Channel): boolean {
    return ASKED.has(channel);
  }

  /**
   * Whether a text is to be asked about: its injection score is at least the band's lower end, and its surest finding, by
   * which policies act, at most the upper.
   */
  isUncertain(channel: Channel, score: number, surest: number): boolean {
    const [low, high] = this.settings.band;
    return score >= low && surest <= high && this.asks(channel);
  }

  /** Counts texts that the fast stage judged, for the call rate. */
  noteTexts(count: number): void {
    this.#counts.texts += count;
  }

  /** What was asked since it was opened. */
  counts(): SecondCounts {
    const meanMs = this.#done === 0 ? null : this.#askedMs / this.#done;
    return { kind: this.kind, ...this.#counts, meanMs };
  }

  /** Counts uncertain texts that are not asked about. */
  skip(count: number, detail: string): OpinionAnswer[] {
    this.#counts.uncertain += count;
    this.#counts.skipped += count;
    return Array.from({ length: count }, () => ({ status: 'skipped', detail }));
  }

  /**
   * Asks about texts, all at once; equal ones once.
   * @returns an answer for each, in their order; it never rejects
   */
  async consult(questions: readonly Question[]): Promise<OpinionAnswer[]> {
    this.#counts.uncertain += questions.length;
    const gone = new AbortController();
    const timer = setTimeout(() => gone.abort(), this.settings.deadline);
    const under = new Map<string, OpinionAnswer | Promise<OpinionAnswer>>();
    let asked = 0;
    for (const question of [...questions].sort((a, b) => b.score - a.score)) {
      const name = nameOf(question);
      if (under.has(name)) continue;
      const known = this.#cache?.get(this.#keyOf(question));
      if (known !== undefined) {
        this.#counts.cached++;
        under.set(name, { status: 'ruled', score: known });
      } else if (asked < this.settings.texts) {
        asked++;
        under.set(name, this.#ask(question, gone.signal));
      } else {
        under.set(name, { status: 'skipped', detail: `more than ${this.settings.texts} uncertain texts` });
      }
    }
    try {
      const all = await Promise.all(questions.map((question) => under.get(nameOf(question))!));
      for (const { status } of all) this.#counts[status]++;
      return all;
    } finally {
      clearTimeout(timer);
    }
  }

  close(): Promise<void> {
    return this.#opinion.close();
  }

  /** The parts cannot be taken for each other: neither version nor channel holds a zero. */
  #keyOf({ text, channel }: Question): string {
    return `${this.#opinion.kind}\0${this.#opinion.version}\0${channel}\0${text}`;
  }

  async #ask(question: Question, signal: AbortSignal): Promise<OpinionAnswer> {
    if (!(await this.#lanes.enter(signal))) return LATE;
    // Whoever is late keeps its lane until it is done, and what it says then serves the next who asks.
    const answer = this.#askOpinion(question, signal).then((said) => {
      this.#lanes.leave();
      if (said.status === 'ruled') this.#cache?.keep(this.#keyOf(question), said.score);
      return said;
    });
    return Promise.race([answer, whenAborted(signal)]);
  }

  async #askOpinion({ text, channel }: Question, signal: AbortSignal): Promise<OpinionAnswer> {
    this.#counts.asked++;
    const from = this.#now();
    try {
      const said = await this.#opinion.ask(text, channel, signal);
      if (said.status === 'ruled' && !isScore(said.score)) return { status: 'failed', detail: 'no score' };
      return said;
    } catch (thrown) {
      // Its kind only: a message could quote what was judged.
      return { status: 'failed', detail: toAncileError(thrown).code };
    } finally {
      this.#askedMs += this.#now() - from;
      this.#done++;
    }
  }
}

const nameOf = ({ text, channel }: Question): string => `${channel}\0${text}`;

/** The answer of whoever is late, when the signal comes. */
function whenAborted(signal: AbortSignal): Promise<OpinionAnswer> {
  if (signal.aborted) return Promise.resolve(LATE);
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(LATE), { once: true }));
}
