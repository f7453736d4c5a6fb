// Judges an admitted request, records the verdict, and sends it on: what was judged is what is sent.
import type { ServerResponse } from 'node:http';
import type { Affected } from '../../access/index.ts';
import type { LlmSurface, RequestView } from '../../codec/index.ts';
import { type Finding, type StageReport, isDenial, stricter } from '../../contract/index.ts';
import { documentsOf, knownHosts } from '../../detect/index.ts';
import { APPROVAL_HEADER, type InputVerdict, type OutputJudge, toDenial, watchMisuse } from '../../guard/index.ts';
import type { Flight } from '../../net/index.ts';
import type { Subject } from '../../policy/index.ts';
import { askUpstreams, prepareFirst } from '../upstreams/index.ts';
import { isCutOff, withHold } from '../contained.ts';
import type { Admitted, Arrival } from './admission.ts';
import { type AnswerScene, createAnswer } from './answer.ts';
import { type Approvers, askForApproval } from './approval.ts';
import { hearConversation } from './flow.ts';
import type { LlmParts } from './parts.ts';
import { sendError } from './reply.ts';
import type { ExchangeRun } from './run.ts';
import { watchExchange } from './watch.ts';

/** A verdict that also says what failed before it, and does what the policy set says of that. */
function withFault(verdict: InputVerdict, fault: StageReport | undefined): InputVerdict {
  if (fault === undefined) return verdict;
  const { decision } = verdict;
  const action = fault.onFault === 'flag' ? stricter(decision.action, 'flag') : decision.action;
  return { ...verdict, decision: { ...decision, action, stages: [...decision.stages, fault] } };
}

/** A verdict that containment holds for a person. */
function heldBack({ restraints }: LlmParts, affected: Affected, verdict: InputVerdict): InputVerdict {
  const decision = withHold(restraints, affected, verdict.decision);
  if (decision === verdict.decision || isDenial(verdict.decision.action)) return { ...verdict, decision };
  return { ...verdict, decision, denied: true, rewrites: [], ifApproved: verdict.rewrites };
}

/** Tells and records a denial; nothing is sent to the upstream. */
async function deny(
  surface: LlmSurface,
  response: ServerResponse,
  run: ExchangeRun,
  body: unknown,
  verdict: InputVerdict,
  judge: OutputJudge,
): Promise<void> {
  const decision = verdict.denied ? verdict.decision : judge.decision();
  const error = toDenial(decision, verdict.denied ? 'input' : 'output');
  const text = surface.encodeBody === undefined ? undefined : () => textOf(run.view);
  const opened = run.open(encodeBody(surface, body), { ...verdict, decision }, text);
  const closed = run.close({ outcome: 'denied_input', status: error.status, reason: error.code });
  const [, mine] = await Promise.all([opened, closed]);
  if (mine) sendError(surface, response, error, run.exchange.id);
}

/** The request as bytes, where no upstream is there to word it. */
function encodeBody(surface: LlmSurface, body: unknown): Buffer {
  return surface.encodeBody?.(body).bytes ?? Buffer.from(JSON.stringify(body));
}

/** What evidence capture keeps of a request that is no JSON: its texts. */
function textOf(view: RequestView): string {
  return JSON.stringify(view.segments.map(({ path, text }) => ({ path, text })));
}

/** What an approval of the request is bound to: all of it, as the caller sent it, with his headers that are sent on. */
function heldContent({ parts, surface }: AnswerScene, body: unknown, headers: Arrival['headers']): unknown {
  return { headers, body: surface.encodeBody === undefined ? body : parts.keyedDigest(surface.encodeBody(body).bytes) };
}

/** Lets a held request wait for a person. @returns whether it may go on; if not, its client has been told */
async function mayPass(
  approvers: Approvers,
  scene: AnswerScene,
  { body, headers }: Arrival,
  { decision, findings }: InputVerdict,
): Promise<boolean> {
  const { surface, response, run } = scene;
  const content = heldContent(scene, body, headers);
  const held = { direction: 'input', content, segments: run.view.segments, findings, decision } as const;
  const grant = await askForApproval(approvers, run, response, held);
  if (run.ended) return false;
  if (grant.granted) return true;
  const error = toDenial(decision, 'input', grant.approval);
  const more = grant.approval === undefined ? {} : { [APPROVAL_HEADER]: grant.approval.id };
  const mine = await run.close({ outcome: 'denied_input', status: error.status, reason: error.code });
  if (mine) sendError(surface, response, error, run.exchange.id, more);
  return false;
}

/** Before anything is asked. */
const NO_FLIGHT: Flight = { sent: false, pause() {}, resume() {}, abort() {}, release() {} };

export async function dispatchExchange(
  surface: LlmSurface,
  response: ServerResponse,
  arrival: Arrival,
  { parts, run, fault, affected, watched: onWatched }: Admitted & { readonly watched: () => void },
): Promise<void> {
  const { view, body, headers, slot } = arrival;
  const subject: Subject = { principal: run.exchange.principal, route: run.exchange.route, surface: surface.id };
  const watched = parts.misuse && watchMisuse(parts.misuse.memory, parts.misuse.settings, run.exchange, view.segments);
  run.attachWatch(watched);
  const judgePast = watched && ((findings: readonly Finding[]) => watched.judge(findings, parts.clock()));
  const judging = parts.pipeline.judgeInputFully(subject, view, judgePast);
  // Without a second stage the verdict is there at once, and no turn of the loop is spent on it.
  const ruled = withFault(judging instanceof Promise ? await judging : judging, fault);
  const verdict = heldBack(parts, affected, ruled);
  let canaries: readonly string[] | undefined;
  // What acts on the world is not asked for twice.
  const acts = view.capabilities.length > 0;
  const reaskable = !view.stream && !acts && surface.reask !== undefined;
  const openJudge = (first: boolean): OutputJudge => {
    const context = {
      systemPrompts: view.systemPrompts,
      // An upstream that repeats the key it was asked with gives it away: our keys are canaries too. Looked up when the
      // answer has come, as a key may have been fetched to ask for it.
      get canaries() {
        return (canaries ??= [...parts.canaries, ...run.plan.flatMap(({ door }) => door.keys)]);
      },
      responseSchema: view.responseSchema,
      get knownHosts() {
        return knownHosts(view.segments);
      },
      get documents() {
        return documentsOf(view.segments);
      },
    };
    return parts.pipeline.openOutput(subject, view.stream, context, first && reaskable);
  };
  const judge = openJudge(true);
  run.attachJudge(judge);
  const approvers = verdict.decision.action === 'hold' && !judge.denied ? parts.approvers : undefined;
  if (approvers === undefined && (verdict.denied || judge.denied)) {
    return deny(surface, response, run, body, verdict, judge);
  }

  // An approval is bound to what the caller sent, so neither redaction nor wording may change that.
  const [own, rewrites] =
    approvers === undefined ? [body, verdict.rewrites] : [structuredClone(body), verdict.ifApproved];
  const judged = rewrites.length === 0 ? own : surface.redact(own, rewrites);
  const request = { surface, body: judged, stream: view.stream, headers };
  const prepared = await prepareFirst(run.plan, request);
  const payload = prepared?.request?.body ?? encodeBody(surface, judged);
  const opened = run.open(payload, verdict, surface.encodeBody === undefined ? undefined : () => textOf(view));
  // Hosted tools act on the world: such a call is sent only when its record is safe, and never twice.
  if (acts || approvers !== undefined) await opened;

  let flight = NO_FLIGHT;
  const ask = (to: AnswerScene, asked: unknown, why: 'first' | 'reask'): void => {
    const { retries, clock, limits } = parts;
    flight = askUpstreams(
      {
        plan: run.plan,
        ask: { ...request, body: asked },
        why,
        // What has waited for a person is worded anew: signatures and tokens have their time.
        prepared: why === 'first' && approvers === undefined ? prepared : undefined,
        repeatable: !acts,
        retries,
        answerTimeout: limits.answerTimeout,
        clock,
        observer: run,
        mayAsk: ({ door }) => !isCutOff(parts.restraints, affected, door.name),
      },
      createAnswer(to),
    );
  };
  const scene: AnswerScene = {
    parts,
    surface,
    response,
    run,
    judge,
    slot,
    flow: hearConversation({ parts, surface, run }, judged),
    flight: () => flight,
    asked: judged,
    sent() {
      const changed = new Map(rewrites.map(({ path, text }) => [path, text]));
      return view.segments.map((segment) => ({ ...segment, text: changed.get(segment.path) ?? segment.text }));
    },
    ...(reaskable && {
      reask(changed: unknown) {
        const { reask: _, ...rest } = scene;
        const second = openJudge(false);
        run.attachJudge(second);
        ask({ ...rest, judge: second }, changed, 'reask');
      },
    }),
  };
  watchExchange(scene, {
    ...affected,
    // The one that is asked now, which may be another than the first of the plan.
    get upstream() {
      return run.target.door.name;
    },
  });
  // From here on it is under way by what is known of it, and counts once.
  onWatched();
  if (approvers !== undefined && !run.ended && !(await mayPass(approvers, scene, arrival, verdict))) return;
  // The client may have gone, or its key ended, while the request was being worded.
  if (!run.ended) ask(scene, judged, 'first');
}
