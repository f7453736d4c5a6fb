// What a detector is: a pure judge of one text.
import type { Channel, Direction, Explanation, FindingClass, TextFinding } from '../contract/index.ts';
import type { TextView } from './view.ts';

/** What of a request its answer can rest on. */
export interface Documents {
  /** Documents, tool results, and what the user gave as material. Without any, an answer has nothing to be held against. */
  readonly texts: readonly string[];
  /** All else that was said: an answer may repeat it, and need not bear it out. */
  readonly said: readonly string[];
}

/** How an answer ended, as no text of it shows. */
export interface AnswerEnding {
  /** As the upstream words them: `length`, `max_tokens`, `content_filter`, `refusal`, `SAFETY`... */
  readonly finishReasons: readonly string[];
  /** Neither text nor a tool call came. */
  readonly empty: boolean;
}

/** What surrounds the text under judgement. Plain data: a detector asks nobody. */
export interface DetectContext {
  readonly direction: Direction;
  readonly channel: Channel;
  /** System prompts of the exchange: an output that repeats them is a leak. */
  readonly systemPrompts: readonly string[];
  /** Strings planted to be recognised; one in an output is a leak for certain. */
  readonly canaries: readonly string[];
  /** Lower-case host names that the user's or the system's own words contain; links to them carry nothing away. */
  readonly knownHosts: ReadonlySet<string>;
  /** JSON Schema that the request asks the output to conform to. */
  readonly responseSchema?: unknown;
  /** What the answer can rest on; absent where nobody gathered it. */
  readonly documents?: Documents | undefined;
}

/** The context of a text that stands by itself: nothing of a conversation bears on it. */
export function bareContext(channel: Channel, direction: Direction = 'input'): DetectContext {
  return { direction, channel, systemPrompts: [], canaries: [], knownHosts: new Set() };
}

/**
 * Judges a text. Pure: no I/O, no clock, no state that outlives the call; runs anywhere JavaScript runs.
 *
 * Two bounds, both in *folded* characters (see `TextView`), let a stream be judged piece by piece with the
 * outcome of the whole (invariant 1). For every text T and every finding f of it:
 * - `reach`: T may be cut at any point at least `reach` after f's start, and f is found unchanged. Nor does a
 *   finding of the cut text that starts at least `reach` before the cut fail to be one of T.
 * - `lookbehind`: all text further than this before f's start may be removed, and f is found unchanged.
 *
 * Every start position is therefore judged by itself: a match never depends on where an earlier one ended.
 * `reach: Infinity` says that any later text may change the answer; such a detector can only flag on a stream.
 */
export interface Detector {
  readonly id: string;
  /** Changes whenever the answers may: part of the verdict cache's key. */
  readonly version: string;
  readonly classes: readonly FindingClass[];
  /** Classes of what it finds in answers, where these are fewer: what it never finds there holds no stream back. */
  readonly outputClasses?: readonly FindingClass[];
  readonly reach: number;
  readonly lookbehind: number;
  /** Whether the detector judges texts of this channel and direction at all. */
  appliesTo(channel: Channel, direction: Direction): boolean;
  /**
   * Whether the context (system prompts, hosts, schema) changes the answer. A verdict of a detector that
   * ignores it can be cached by text alone.
   */
  readonly usesContext: boolean;
  /**
   * For streams, where less than `reach` need be held back: the folded index from which on later text may still
   * bring or change a finding. Every finding of any continuation that starts before it is found already, and found
   * the same. Ordinary prose has no open match at its end, and so flows at once. Without a context a detector that
   * uses one answers as if it had no `openFrom`.
   */
  openFrom?(view: TextView, context?: DetectContext): number;
  /**
   * For streams, where less than `lookbehind` need be kept: the folded index before which the text may be dropped
   * without changing a finding that starts at or after `from`, of this text or of any continuation.
   */
  neededFrom?(view: TextView, from: number): number;
  /** Judges how an answer ended; findings have no span (0..0). Only detectors of output have it. */
  inspectEnding?(ending: AnswerEnding): readonly TextFinding[];
  /** Compiles what would else be compiled on first use. */
  warmUp?(): void;
  inspect(view: TextView, context: DetectContext): readonly TextFinding[];
  /**
   * What moved the scores of what it judges by more than one reason, also where a score is too low for a finding. It may
   * quote words of the text: it is asked on demand alone, by whoever has the text, and recorded nowhere.
   */
  explain?(view: TextView, context: DetectContext): readonly Explanation[];
}
