// One bare text judged as if it had come by a channel: for the command line, the library and the console.
import type { Channel, Decision, Finding, Segment } from '../contract/index.ts';
import { injectionScore } from '../detect/index.ts';
import type { InputParts, Pipeline } from '../guard/index.ts';

/** What `inspect` says of a bare text. */
export interface TextVerdict {
  readonly decision: Decision;
  readonly findings: readonly Finding[];
  /** Injection score, 0..1. */
  readonly score: number;
}

const SUBJECT = {
  principal: { id: 'library', kind: 'service' as const, name: 'library', tenant: 'default' },
  route: '*',
  surface: 'library' as const,
};

const toInput = (segment: Segment): InputParts => ({
  segments: [segment],
  uninspected: [],
  capabilities: [],
  stream: false,
});

function judgeOutput(pipeline: Pipeline, segment: Segment): Pick<TextVerdict, 'decision' | 'findings'> {
  const context = { systemPrompts: [], canaries: [], knownHosts: new Set<string>() };
  const output = pipeline.openOutput(SUBJECT, false, context);
  output.judgeBody([segment]);
  return { decision: output.decision(), findings: output.findings };
}

const toSegment = (text: string, channel: Channel): Segment => ({ path: '', channel, origin: 'untrusted', text });

function toVerdict({ decision, findings }: Pick<TextVerdict, 'decision' | 'findings'>): TextVerdict {
  return { decision, findings, score: injectionScore(findings) };
}

/** Judges texts by the detectors of a pipeline; `output` as an answer to an empty request. */
export function createInspect(pipeline: Pipeline): (text: string, channel?: Channel) => TextVerdict {
  return (text, channel = 'user') => {
    const segment = toSegment(text, channel);
    return toVerdict(
      channel === 'output' ? judgeOutput(pipeline, segment) : pipeline.judgeInput(SUBJECT, toInput(segment)),
    );
  };
}

/** The same, and asks the second stage where the pipeline has one. */
export function createFullInspect(pipeline: Pipeline): (text: string, channel: Channel) => Promise<TextVerdict> {
  return async (text, channel) => {
    const segment = toSegment(text, channel);
    return toVerdict(
      channel === 'output' ? judgeOutput(pipeline, segment) : await pipeline.judgeInputFully(SUBJECT, toInput(segment)),
    );
  };
}
