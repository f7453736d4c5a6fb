// Judges what goes to the model: every segment of the request, those seen before from the cache.
import {
  type Capability,
  type Decision,
  type Finding,
  type Segment,
  type Uninspected,
  isDenial,
} from '../contract/index.ts';
import { type DetectContext, type Detector, bareContext } from '../detect/index.ts';
import type { Policies, Subject } from '../policy/index.ts';
import { judgeText } from './judge.ts';
import { type Rewrite, clusterSpans, clustersIfApproved, rewriteSegment } from './redact.ts';
import { Tally } from './tally.ts';
import type { VerdictCache } from './verdict-cache.ts';

/** A request as the guard sees it, whatever its wire form. */
export interface InputParts {
  readonly segments: readonly Segment[];
  readonly uninspected: readonly Uninspected[];
  readonly capabilities: readonly Capability[];
  readonly stream: boolean;
}

/** What is known of earlier exchanges adds findings to those of a request, before policy rules on it. */
export type PastJudge = (findings: readonly Finding[]) => readonly Finding[];

export interface InputVerdict {
  readonly denied: boolean;
  readonly decision: Decision;
  readonly findings: readonly Finding[];
  /** The segments that a policy redacts. Empty when denied. */
  readonly rewrites: readonly Rewrite[];
  /** Of a held request, what is redacted once a person has approved it. Empty otherwise. */
  readonly ifApproved: readonly Rewrite[];
}

/** Nothing of the conversation bears on the judgement of an input text: so a verdict holds wherever the text recurs. */
const CONTEXTS = new Map<Segment['channel'], DetectContext>();

function inputContext(channel: Segment['channel']): DetectContext {
  let context = CONTEXTS.get(channel);
  if (context === undefined) CONTEXTS.set(channel, (context = bareContext(channel)));
  return context;
}

/** Shorter conversations are not worth a digest of the whole. */
const LONG = 8;
/** What a turn adds to a conversation: an answer and the next message. */
const TURN = 2;

/**
 * The segments still to be judged: of a long conversation that goes on from one found clean, only what is new. `run` is
 * the conversation that can be noted as clean when nothing is found in it.
 */
function unjudged(
  segments: readonly Segment[],
  cache: VerdictCache | undefined,
): { readonly segments: readonly Segment[]; readonly run?: readonly Segment[] } {
  if (cache === undefined || segments.length < LONG) return { segments };
  const run = segments.filter((segment) => segment.path.startsWith('/messages/'));
  if (run.length < LONG) return { segments };
  if (!cache.isClean(run.slice(0, -TURN))) return { segments, run };
  const others = segments.filter((segment) => !segment.path.startsWith('/messages/'));
  return { segments: [...run.slice(-TURN), ...others], run };
}

export function judgeInput(
  detectors: readonly Detector[],
  policies: Policies,
  cache: VerdictCache | undefined,
  subject: Subject,
  input: InputParts,
  judgePast?: PastJudge,
): InputVerdict {
  const tally = new Tally(policies, subject, {
    direction: 'input',
    stream: input.stream,
    uninspected: input.uninspected,
    capabilities: input.capabilities,
  });
  const judged: { readonly segment: Segment; readonly findings: Finding[] }[] = [];
  // Without detectors there is nothing to say of any text.
  const { segments, run } = detectors.length === 0 ? { segments: [] } : unjudged(input.segments, cache);
  let clean = true;
  for (const segment of segments) {
    if (segment.text.length === 0) continue;
    const judge = () => judgeText(detectors, segment.text, inputContext(segment.channel));
    const { findings, failures } = cache === undefined ? judge() : cache.resolve(segment.channel, segment.text, judge);
    for (const failure of failures) tally.fault(failure);
    if (findings.length > 0 || failures.length > 0) clean = false;
    if (findings.length === 0) continue;
    const { path, channel } = segment;
    judged.push({ segment, findings: findings.map((finding) => ({ ...finding, segment: path, channel })) });
  }
  if (clean && run !== undefined) {
    cache?.noteClean(run);
    // The last turn may be asked again in other words.
    if (segments.length >= run.length) cache?.noteClean(run.slice(0, -TURN));
  }
  for (const finding of judgePast?.(judged.flatMap((each) => each.findings)) ?? []) {
    const known = judged.find(({ segment }) => segment.path === finding.segment);
    const segment = known?.segment ?? input.segments.find(({ path }) => path === finding.segment);
    if (known !== undefined) known.findings.push(finding);
    else if (segment !== undefined) judged.push({ segment, findings: [finding] });
  }
  const rewrites: Rewrite[] = [];
  const ifApproved: Rewrite[] = [];
  for (const { segment, findings } of judged) {
    const spans = findings.map((finding) => ({ ...finding, ...tally.add(finding) }));
    const clusters = clusterSpans(spans);
    if (clusters.length === 0) continue;
    rewrites.push(rewriteSegment(segment.path, segment.text, clusters));
    const kept = clustersIfApproved(spans);
    if (kept.length > 0) ifApproved.push(rewriteSegment(segment.path, segment.text, kept));
  }
  const decision = tally.decision();
  const denied = isDenial(decision.action);
  return {
    denied,
    decision,
    findings: tally.findings,
    rewrites: denied ? [] : rewrites,
    ifApproved: decision.action === 'hold' ? ifApproved : [],
  };
}
