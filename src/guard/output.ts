// Judges what comes back: a body at once, or texts as they stream; one tally for both.
import {
  type Channel,
  type Decision,
  type Finding,
  type Action,
  type FindingClass,
  type Segment,
  type StageReport,
  type Uninspected,
  isDenial,
} from '../contract/index.ts';
import type { AnswerEnding, DetectContext, Detector, Documents } from '../detect/index.ts';
import type { Policies, Subject } from '../policy/index.ts';
import { TextGate } from './gate.ts';
import { type Judgement, judgeText } from './judge.ts';
import { type Rewrite, clusterSpans, clustersIfApproved, rewriteSegment } from './redact.ts';
import { Tally } from './tally.ts';

/** What of the request the judgement of its answer rests on. */
export type OutputContext = Omit<DetectContext, 'direction' | 'channel'>;

export interface OutputParts {
  readonly detectors: readonly Detector[];
  readonly policies: Policies;
  readonly subject: Subject;
  readonly stream: boolean;
  readonly context: OutputContext;
  /** The model can be asked once more: a whole answer, its first try, of a surface that can say what was wrong. */
  readonly reaskable?: boolean;
}

/** What a body's text became: as it was (absent), redacted, or stopped. */
export interface OutputVerdict {
  readonly denied: boolean;
  /** The segments that changed. */
  readonly rewrites: readonly Rewrite[];
  /** What is redacted once a person has approved what is held. */
  readonly ifApproved: readonly Rewrite[];
  /** What is taken out before the model is shown its answer again, to be asked once more. */
  readonly ifReasked: readonly Rewrite[];
}

/** Classes that say what is wrong with an answer as such; what all others find is not shown to another upstream. */
const ABOUT_THE_ANSWER: ReadonlySet<FindingClass> = new Set(['schema', 'ungrounded', 'refusal', 'model_error']);

/** What is too unsure for most policies, such as every name of a person or a city, is told unless a policy acts on it. */
const SURE = 0.5;

/** Whether what was found may not be shown to whoever is asked once more. */
function mustNotBeTold({ class: name, score, own }: { class: FindingClass; score: number; own: Action }): boolean {
  return !ABOUT_THE_ANSWER.has(name) && (score >= SURE || (own !== 'allow' && own !== 'flag'));
}

const OUTPUT_CHANNELS: readonly Channel[] = ['output', 'tool_argument'];

/** Whether policy could let a detector of unbounded reach do more than flag. */
function mayEnforceUnbounded(detector: Detector, { policies, subject }: OutputParts): boolean {
  if (detector.reach !== Infinity) return false;
  return OUTPUT_CHANNELS.some(
    (channel) =>
      detector.appliesTo(channel, 'output') &&
      (detector.outputClasses ?? detector.classes).some((name) =>
        policies.mayEnforce(subject, 'output', { channel, class: name }),
      ),
  );
}

/**
 * The judgement of one answer. A second try of the model gets a judge of its own: what was found in the first answer
 * says nothing of the second, and goes on record with the attempt.
 */
export class OutputJudge {
  readonly #parts: OutputParts;
  readonly #tally: Tally;
  readonly #whole: boolean;
  #denied: boolean;
  /** Some text or tool call came. */
  #hasContent = false;
  #documents: Documents | undefined;

  constructor(parts: OutputParts) {
    this.#parts = parts;
    const question = { direction: 'output', stream: parts.stream, uninspected: [], capabilities: [] } as const;
    this.#tally = new Tally(parts.policies, parts.subject, question, parts.reaskable === true && !parts.stream);
    this.#denied = isDenial(this.#tally.action);
    this.#whole = parts.stream && parts.detectors.some((each) => mayEnforceUnbounded(each, parts));
  }

  /** Whether policy lets a detector of unbounded reach enforce, so that every text is held until its end. */
  get whole(): boolean {
    return this.#whole;
  }

  get denied(): boolean {
    return this.#denied;
  }

  /** Whether the model is to be asked once more in place of what was ruled. */
  get reask(): boolean {
    return this.#tally.reask;
  }

  /** Whether a person's yes is all that keeps it from passing. */
  get held(): boolean {
    return this.#tally.action === 'hold';
  }

  get findings(): readonly Finding[] {
    return this.#tally.findings;
  }

  decision(): Decision {
    return this.#tally.decision();
  }

  /** Notes parts of the answer that nobody can read; policy rules on them. */
  noteUninspected(kinds: readonly Uninspected[]): void {
    if (kinds.length > 0) this.#hasContent = true;
    if (isDenial(this.#tally.noteUninspected(kinds))) this.#denied = true;
  }

  /** Judges the texts of a whole body. Every segment is judged, also after one was denied. */
  judgeBody(segments: readonly Segment[]): OutputVerdict {
    const rewrites: Rewrite[] = [];
    const ifApproved: Rewrite[] = [];
    const ifReasked: Rewrite[] = [];
    for (const segment of segments) {
      if (segment.text !== '') this.#hasContent = true;
      const { findings, failures } = judgeText(this.#parts.detectors, segment.text, this.#context(segment.channel));
      for (const failure of failures) if (this.#fail(failure)) this.#denied = true;
      if (findings.length === 0) continue;
      const spans = findings.map((finding) => ({
        ...finding,
        ...this.#tally.add({ ...finding, segment: segment.path, channel: segment.channel }),
      }));
      const clusters = clusterSpans(spans);
      if (clusters.some((cluster) => cluster.denied)) this.#denied = true;
      else if (clusters.length > 0) rewrites.push(rewriteSegment(segment.path, segment.text, clusters));
      const kept = clustersIfApproved(spans);
      if (kept.length > 0) ifApproved.push(rewriteSegment(segment.path, segment.text, kept));
      const shown = spans.filter(mustNotBeTold);
      if (this.#parts.reaskable === true && shown.length > 0) {
        const hidden = clusterSpans(shown.map((span) => ({ ...span, action: 'redact' as const })));
        ifReasked.push(rewriteSegment(segment.path, segment.text, hidden));
      }
    }
    return { denied: this.#denied, rewrites, ifApproved, ifReasked };
  }

  /**
   * Judges how the answer ended, once no more of it comes. Of a stream, whose text has left, it only flags.
   * @returns whether the answer is denied
   */
  noteEnding(ending: Pick<AnswerEnding, 'finishReasons'>): boolean {
    const { detectors, stream } = this.#parts;
    const seen: AnswerEnding = { ...ending, empty: !this.#hasContent };
    for (const detector of detectors) {
      const findings = detector.inspectEnding?.(seen) ?? [];
      this.noteJudgement(
        { findings: findings.map((finding) => ({ ...finding, detector: detector.id })), failures: [] },
        { path: '', channel: 'output' },
        stream ? 'flag' : undefined,
      );
    }
    return this.#denied;
  }

  /**
   * Takes in what was found of a text by another way than the detectors: a judge that had to be asked.
   * @param cap - the findings may only flag: the text has left
   * @returns whether the answer is denied
   */
  noteJudgement(
    { findings, failures }: Judgement,
    place: { readonly path: string; readonly channel: Channel },
    cap?: 'flag',
  ): boolean {
    const { path, channel } = place;
    for (const finding of findings) {
      const { action } = this.#tally.add({ ...finding, segment: path, channel }, cap);
      if (isDenial(action)) this.#denied = true;
    }
    for (const report of failures) {
      if (report.status === 'failed') {
        if (this.#fail(report) && cap === undefined) this.#denied = true;
      } else this.#tally.note(report);
    }
    return this.#denied;
  }

  /** Notes that text or a tool call came, where that is passed on without `judgeBody`. */
  noteContent(): void {
    this.#hasContent = true;
  }

  /** Opens a gate for one text of a stream. */
  openText(path: string, channel: Channel): TextGate {
    return new TextGate({
      detectors: this.#parts.detectors,
      context: this.#context(channel),
      whole: this.#whole,
      ruler: {
        rule: (finding, capped) => ({
          ...finding,
          action: this.#tally.add({ ...finding, segment: path, channel }, capped ? 'flag' : undefined).action,
        }),
        fail: (report) => this.#fail(report),
      },
    });
  }

  #fail(report: StageReport): boolean {
    return this.#tally.fault(report) === 'block';
  }

  /** The context as a detector sees it; what is made on first use stays so. */
  #context(channel: Channel): DetectContext {
    const context = this.#parts.context;
    const readDocuments = (): Documents | undefined => (this.#documents ??= context.documents);
    return {
      direction: 'output',
      channel,
      systemPrompts: context.systemPrompts,
      canaries: context.canaries,
      responseSchema: context.responseSchema,
      get knownHosts() {
        return context.knownHosts;
      },
      get documents() {
        return readDocuments();
      },
    };
  }
}
