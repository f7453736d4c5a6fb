// The second stage: asks an opinion on texts that the fast stage is unsure of, within a deadline and so many at once, and
// keeps what it said by keyed digest.
import { toAncileError } from '../../base/index.ts';
import type { Channel, OnFault, SecondCounts } from '../../contract/index.ts';
import type { CacheDigest } from '../verdict-cache.ts';
import { Lanes } from './lanes.ts';
import type { Opinion, OpinionAnswer } from './opinion.ts';

export interface SecondSettings {
  /** Texts are asked about whose injection score lies within, ends included. */
  readonly band: readonly [low: number, high: number];
  /** For all texts of one request together, milliseconds. */
  readonly deadline: number;
  readonly onFault: OnFault;
  /** Texts of one request that are asked about at most. */
  readonly texts: number;
  /** Texts asked about at once, of all requests. */
  readonly concurrency: number;
}

export interface SecondParts {
  readonly settings: SecondSettings;
  /** Opens the opinion; called once, on first use or by `ready`. */
  readonly open: () => Promise<Opinion>;
  /** With it, answers are kept by digest of channel and text. */
  readonly cacheDigest?: CacheDigest;
  /** Milliseconds, from anywhere. */
  readonly now?: () => number;
}

/** An uncertain text. */
export interface Question {
  readonly text: string;
  readonly channel: Channel;
}

/** The channels by which an outsider speaks. Earlier words of the model and those of the application are not asked about. */
const ASKED: ReadonlySet<Channel> = new Set(['user', 'tool_description', 'tool_result', 'document', 'metadata']);

const CACHED = 10_000;

const isScore = (score: number): boolean => score >= 0 && score <= 1;

export class SecondStage {
  readonly settings: SecondSettings;
  readonly #open: () => Promise<Opinion>;
  readonly #digest: CacheDigest | undefined;
  readonly #now: () => number;
  readonly #lanes: Lanes;
  readonly #scores = new Map<string, number>();
  #opinion: Promise<Opinion> | undefined;
  #counts = { texts: 0, uncertain: 0, asked: 0, cached: 0, ruled: 0, skipped: 0, failed: 0 };
  #askedMs = 0;

  constructor({ settings, open, cacheDigest, now = () => performance.now() }: SecondParts) {
    this.settings = settings;
    this.#open = open;
    this.#digest = cacheDigest;
    this.#now = now;
    this.#lanes = new Lanes(settings.concurrency);
  }

  /** Opens the opinion, where that is not done. @throws AncileError `config_invalid`, `model_invalid` */
  ready(): Promise<Opinion> {
    return (this.#opinion ??= this.#open());
  }

  /** Whether every text is asked about, also where the detectors found nothing. */
  get asksAll(): boolean {
    return this.settings.band[0] === 0;
  }

  /** Whether a text of this channel and injection score is to be asked about. */
  isUncertain(channel: Channel, score: number): boolean {
    const [low, high] = this.settings.band;
    return score >= low && score <= high && ASKED.has(channel);
  }

  /** Counts texts that the fast stage judged, for the call rate. */
  noteTexts(count: number): void {
    this.#counts.texts += count;
  }

  /** What was asked since it was opened. */
  counts(): SecondCounts {
    const { asked } = this.#counts;
    return { ...this.#counts, meanMs: asked === 0 ? null : this.#askedMs / asked };
  }

  /**
   * Asks about texts, all at once; equal ones once.
   * @param signal - nobody waits any more
   * @returns an answer for each, in their order
   * @throws AncileError where the opinion cannot be opened
   */
  async consult(questions: readonly Question[], signal?: AbortSignal): Promise<OpinionAnswer[]> {
    const opinion = await this.ready();
    this.#counts.uncertain += questions.length;
    const gone = new AbortController();
    const abort = (): void => gone.abort();
    const timer = setTimeout(abort, this.settings.deadline);
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted === true) abort();
    const under = new Map<string, Promise<OpinionAnswer>>();
    const answers = questions.map((question) => {
      const same = `${question.channel}\0${question.text}`;
      let answer = under.get(same);
      if (answer === undefined) under.set(same, (answer = this.#ask(opinion, question, gone.signal)));
      return answer;
    });
    try {
      const all = await Promise.all(answers);
      for (const { status } of all) this.#counts[status]++;
      return all;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    }
  }

  async #ask(opinion: Opinion, { text, channel }: Question, signal: AbortSignal): Promise<OpinionAnswer> {
    // The parts of a digest cannot be taken for each other: neither kind nor channel holds a zero.
    const key = this.#digest?.(`${opinion.kind}\0${opinion.version}\0${channel}\0${text}`);
    const known = key === undefined ? undefined : this.#scores.get(key);
    if (known !== undefined) {
      this.#counts.cached++;
      return { status: 'ruled', score: known };
    }
    const late: OpinionAnswer = { status: 'failed', detail: 'deadline' };
    if (!(await this.#lanes.enter(signal))) return late;
    // Whoever is late keeps its lane until it is done, and what it says then serves the next who asks.
    const answer = this.#askOpinion(opinion, text, channel, signal).then((said) => {
      this.#lanes.leave();
      if (said.status === 'ruled' && key !== undefined) this.#keep(key, said.score);
      return said;
    });
    return Promise.race([answer, aborted(signal, late)]);
  }

  async #askOpinion(opinion: Opinion, text: string, channel: Channel, signal: AbortSignal): Promise<OpinionAnswer> {
    this.#counts.asked++;
    const from = this.#now();
    try {
      const said = await opinion.ask(text, channel, signal);
      if (said.status === 'ruled' && !isScore(said.score)) return { status: 'failed', detail: 'no score' };
      return said;
    } catch (thrown) {
      // Its kind only: a message could quote what was judged.
      return { status: 'failed', detail: toAncileError(thrown).code };
    } finally {
      this.#askedMs += this.#now() - from;
    }
  }

  #keep(key: string, score: number): void {
    if (this.#scores.size >= CACHED) {
      // The oldest fifth goes: a map keeps the order of its entries.
      let most = CACHED / 5;
      for (const old of this.#scores.keys()) {
        if (most-- <= 0) break;
        this.#scores.delete(old);
      }
    }
    this.#scores.set(key, score);
  }
}

/** Resolves with the value when the signal comes. */
function aborted<T>(signal: AbortSignal, value: T): Promise<T> {
  if (signal.aborted) return Promise.resolve(value);
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(value), { once: true }));
}
