// One bare text judged as if it had come by a channel: for the command line, the library and the console.
import type { Channel, Decision, Finding, Segment } from '../contract/index.ts';
import { injectionScore } from '../detect/index.ts';
import type { Pipeline } from '../guard/index.ts';

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

/** Judges texts by a pipeline; `output` as an answer to an empty request. */
export function createInspect(pipeline: Pipeline): (text: string, channel?: Channel) => TextVerdict {
  function judge(segment: Segment): Pick<TextVerdict, 'decision' | 'findings'> {
    if (segment.channel !== 'output') {
      const input = { segments: [segment], uninspected: [], capabilities: [], stream: false };
      return pipeline.judgeInput(SUBJECT, input);
    }
    const context = { systemPrompts: [], canaries: [], knownHosts: new Set<string>() };
    const output = pipeline.openOutput(SUBJECT, false, context);
    output.judgeBody([segment]);
    return { decision: output.decision(), findings: output.findings };
  }

  return (text, channel = 'user') => {
    const { decision, findings } = judge({ path: '', channel, origin: 'untrusted', text });
    return { decision, findings, score: injectionScore(findings) };
  };
}
