// Judges what goes to the model: every segment of the request, those seen before from the cache. In two steps, what was
// found and what policy rules on it, so that another stage can have its say between them.
import {
  type Capability,
  type Decision,
  type Finding,
  type OnFault,
  type Segment,
  type StageReport,
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

/** One text of a request, and what was found in it. */
export interface JudgedText {
  readonly segment: Segment;
  readonly findings: readonly Finding[];
}

/** What the detectors say of a request. */
export interface Gathered {
  /** Every text that was looked at, also those in which nothing was found. */
  readonly texts: readonly JudgedText[];
  readonly failures: readonly StageReport[];
}

/** What a stage says of itself; of a failed one also what its failure does. */
export interface InputReport {
  readonly report: StageReport;
  readonly onFault?: OnFault;
}

/**
 * Runs the detectors over the texts of a request.
 * @param every - look at the texts of a conversation that was found clean as well
 */
export function gatherFindings(
  detectors: readonly Detector[],
  cache: VerdictCache | undefined,
  input: InputParts,
  every = false,
): Gathered {
  const texts: JudgedText[] = [];
  const failed: StageReport[] = [];
  const { segments, run } = every ? { segments: input.segments } : unjudged(input.segments, cache);
  let clean = true;
  for (const segment of segments) {
    if (segment.text.length === 0) continue;
    const judge = () => judgeText(detectors, segment.text, inputContext(segment.channel));
    const { findings, failures } = cache === undefined ? judge() : cache.resolve(segment.channel, segment.text, judge);
    failed.push(...failures);
    if (findings.length > 0 || failures.length > 0) clean = false;
    const { path, channel } = segment;
    texts.push({ segment, findings: findings.map((finding) => ({ ...finding, segment: path, channel })) });
  }
  if (clean && run !== undefined) {
    cache?.noteClean(run);
    // The last turn may be asked again in other words.
    if (segments.length >= run.length) cache?.noteClean(run.slice(0, -TURN));
  }
  return { texts, failures: failed };
}

export interface RuleOptions {
  readonly judgePast?: PastJudge | undefined;
  /** What other stages than the detectors say of themselves. */
  readonly reports?: readonly InputReport[];
}

/** Has policy rule on all that was found in a request. */
export function ruleInput(
  policies: Policies,
  subject: Subject,
  input: InputParts,
  { texts, failures }: Gathered,
  { judgePast, reports = [] }: RuleOptions = {},
): InputVerdict {
  const tally = new Tally(policies, subject, {
    direction: 'input',
    stream: input.stream,
    uninspected: input.uninspected,
    capabilities: input.capabilities,
  });
  for (const failure of failures) tally.fault(failure);
  for (const { report, onFault } of reports) {
    if (report.status === 'failed') tally.fault(report, onFault);
    else tally.note(report);
  }
  const judged = texts
    .filter(({ findings }) => findings.length > 0)
    .map(({ segment, findings }) => ({ segment, findings: [...findings] }));
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

/** Judges a request by the detectors alone. */
export function judgeInput(
  detectors: readonly Detector[],
  policies: Policies,
  cache: VerdictCache | undefined,
  subject: Subject,
  input: InputParts,
  judgePast?: PastJudge,
): InputVerdict {
  // Without detectors there is nothing to say of any text.
  const gathered = detectors.length === 0 ? { texts: [], failures: [] } : gatherFindings(detectors, cache, input);
  return ruleInput(policies, subject, input, gathered, { judgePast });
}
