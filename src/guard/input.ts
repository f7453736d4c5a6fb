// Judges what goes to the model: every segment of the request, those seen before from the cache.
import {
  type Capability,
  type Decision,
  type Finding,
  type Segment,
  type Uninspected,
  isDenial,
} from '../contract/index.ts';
import type { DetectContext, Detector } from '../detect/index.ts';
import type { Policies, Subject } from '../policy/index.ts';
import { judgeText } from './judge.ts';
import { type Rewrite, clusterSpans, rewriteSegment } from './redact.ts';
import { Tally } from './tally.ts';
import type { VerdictCache } from './verdict-cache.ts';

/** A request as the guard sees it, whatever its wire form. */
export interface InputParts {
  readonly segments: readonly Segment[];
  readonly uninspected: readonly Uninspected[];
  readonly capabilities: readonly Capability[];
  readonly stream: boolean;
}

export interface InputVerdict {
  readonly denied: boolean;
  readonly decision: Decision;
  readonly findings: readonly Finding[];
  /** The segments that a policy redacts. Empty when denied. */
  readonly rewrites: readonly Rewrite[];
}

/** Nothing of the conversation bears on the judgement of an input text: so a verdict holds wherever the text recurs. */
const NO_CONTEXT = { systemPrompts: [], canaries: [], knownHosts: new Set<string>() };
const CONTEXTS = new Map<Segment['channel'], DetectContext>();

function inputContext(channel: Segment['channel']): DetectContext {
  let context = CONTEXTS.get(channel);
  if (context === undefined) CONTEXTS.set(channel, (context = { ...NO_CONTEXT, direction: 'input', channel }));
  return context;
}

export function judgeInput(
  detectors: readonly Detector[],
  policies: Policies,
  cache: VerdictCache | undefined,
  subject: Subject,
  input: InputParts,
): InputVerdict {
  const tally = new Tally(policies, subject, {
    direction: 'input',
    stream: input.stream,
    uninspected: input.uninspected,
    capabilities: input.capabilities,
  });
  const rewrites: Rewrite[] = [];
  // Without detectors there is nothing to say of any text.
  for (const segment of detectors.length === 0 ? [] : input.segments) {
    if (segment.text.length === 0) continue;
    const judge = () => judgeText(detectors, segment.text, inputContext(segment.channel));
    const { findings, failures } = cache === undefined ? judge() : cache.resolve(segment.channel, segment.text, judge);
    for (const failure of failures) tally.fault(failure);
    if (findings.length === 0) continue;
    const clusters = clusterSpans(
      findings.map((finding) => ({
        ...finding,
        action: tally.add({ ...finding, segment: segment.path, channel: segment.channel }),
      })),
    );
    if (clusters.length > 0) rewrites.push(rewriteSegment(segment.path, segment.text, clusters));
  }
  const decision = tally.decision();
  const denied = isDenial(decision.action);
  return { denied, decision, findings: tally.findings, rewrites: denied ? [] : rewrites };
}
