// Judges what comes back: a body at once, or texts as they stream; one tally for both.
import {
  type Channel,
  type Decision,
  type Finding,
  type Segment,
  type StageReport,
  type Uninspected,
  isDenial,
} from '../contract/index.ts';
import type { DetectContext, Detector } from '../detect/index.ts';
import type { Policies, Subject } from '../policy/index.ts';
import { TextGate } from './gate.ts';
import { judgeText } from './judge.ts';
import { type Rewrite, clusterSpans, rewriteSegment } from './redact.ts';
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
  /** The segments that changed. */
  readonly rewrites: readonly Rewrite[];
}

const OUTPUT_CHANNELS: readonly Channel[] = ['output', 'tool_argument'];

/** Whether policy could let a detector of unbounded reach do more than flag. */
function mayEnforceUnbounded(detector: Detector, { policies, subject }: OutputParts): boolean {
  if (detector.reach !== Infinity) return false;
  return OUTPUT_CHANNELS.some(
    (channel) =>
      detector.appliesTo(channel, 'output') &&
      detector.classes.some((name) => policies.mayEnforce(subject, 'output', { channel, class: name })),
  );
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

  get findings(): readonly Finding[] {
    return this.#tally.findings;
  }

  decision(): Decision {
    return this.#tally.decision();
  }

  /** Notes parts of the answer that nobody can read; policy rules on them. */
  noteUninspected(kinds: readonly Uninspected[]): void {
    if (isDenial(this.#tally.noteUninspected(kinds))) this.#denied = true;
  }

  /** Judges the texts of a whole body. Every segment is judged, also after one was denied. */
  judgeBody(segments: readonly Segment[]): OutputVerdict {
    const rewrites: Rewrite[] = [];
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
      else if (clusters.length > 0) rewrites.push(rewriteSegment(segment.path, segment.text, clusters));
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
