// Judges what comes back: a body at once, or texts as they stream; one tally for both.
import type { Channel, Decision, Finding, Segment, StageReport } from '../contract/index.ts';
import type { DetectContext, Detector } from '../detect/index.ts';
import { type Policies, type Subject, canEnforce } from '../policy/index.ts';
import { TextGate } from './gate.ts';
import { judgeText } from './judge.ts';
import { clusterSpans, redactText } from './redact.ts';
import { Tally } from './tally.ts';

/** What of the request the judgement of its answer rests on. */
export type OutputContext = Omit<DetectContext, 'direction' | 'channel'>;

export interface OutputParts {
  readonly detectors: readonly Detector[];
  readonly policies: Policies;
  readonly subject: Subject;
  readonly stream: boolean;
  readonly context: OutputContext;
}

/** What a body's text became: as it was (absent), redacted, or stopped. */
export interface OutputVerdict {
  readonly denied: boolean;
  /** New text by segment path, for the segments that changed. */
  readonly rewrites: ReadonlyMap<string, string>;
}

export class OutputJudge {
  readonly #parts: OutputParts;
  readonly #tally: Tally;
  readonly #whole: boolean;
  #denied: boolean;

  constructor(parts: OutputParts) {
    this.#parts = parts;
    this.#tally = new Tally(parts.policies, parts.subject, {
      direction: 'output',
      stream: parts.stream,
      uninspected: [],
      capabilities: [],
    });
    this.#denied = this.#tally.action === 'block' || this.#tally.action === 'hold';
    this.#whole = parts.detectors.some(
      (each) => each.reach === Infinity && canEnforce(parts.policies, parts.subject, 'output', each.classes),
    );
  }

  /** Whether policy lets a detector of unbounded reach enforce, so that every text is held until its end. */
  get whole(): boolean {
    return this.#whole;
  }

  get denied(): boolean {
    return this.#denied;
  }

  get findings(): readonly Finding[] {
    return this.#tally.findings;
  }

  decision(): Decision {
    return this.#tally.decision();
  }

  /** Judges the texts of a whole body. Every segment is judged, also after one was denied. */
  judgeBody(segments: readonly Segment[]): OutputVerdict {
    const rewrites = new Map<string, string>();
    for (const segment of segments) {
      const { findings, failures } = judgeText(this.#parts.detectors, segment.text, this.#context(segment.channel));
      for (const failure of failures) if (this.#fail(failure)) this.#denied = true;
      const clusters = clusterSpans(
        findings.map((finding) => ({
          ...finding,
          action: this.#tally.add({ ...finding, segment: segment.path, channel: segment.channel }),
        })),
      );
      if (clusters.some((cluster) => cluster.denied)) this.#denied = true;
      else if (clusters.length > 0) rewrites.set(segment.path, redactText(segment.text, clusters));
    }
    return { denied: this.#denied, rewrites };
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
          action: this.#tally.add({ ...finding, segment: path, channel }, capped ? 'flag' : undefined),
        }),
        fail: (report) => this.#fail(report),
      },
    });
  }

  /** Stops the answer for something that is no finding: a part that could not be rewritten. */
  deny(id: string, reason: string): void {
    this.#denied = true;
    this.#tally.raise('block', { id, action: 'block', reason });
  }

  /** Notes what a stage answered, for the decision. */
  report(report: StageReport): void {
    this.#tally.report(report);
  }

  #fail(report: StageReport): boolean {
    return this.#tally.fault(report) === 'block';
  }

  /** The context as a detector sees it; what is made on first use stays so. */
  #context(channel: Channel): DetectContext {
    const context = this.#parts.context;
    return {
      direction: 'output',
      channel,
      systemPrompts: context.systemPrompts,
      canaries: context.canaries,
      responseSchema: context.responseSchema,
      get knownHosts() {
        return context.knownHosts;
      },
    };
  }
}
