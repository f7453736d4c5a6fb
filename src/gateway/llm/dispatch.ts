// Judges an admitted request, records the verdict, and sends it on: what was judged is what is sent.
import type { ServerResponse } from 'node:http';
import type { LlmSurface } from '../../codec/index.ts';
import { type StageReport, stricter } from '../../contract/index.ts';
import { knownHosts } from '../../detect/index.ts';
import { type InputVerdict, type OutputJudge, toDenial } from '../../guard/index.ts';
import type { Subject } from '../../policy/index.ts';
import type { Admitted, Arrival } from './admission.ts';
import { type AnswerScene, createAnswer } from './answer.ts';
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
  const opened = run.open(JSON.stringify(body), { ...verdict, decision });
  const closed = run.close({ outcome: 'denied_input', status: error.status, reason: error.code });
  const [, mine] = await Promise.all([opened, closed]);
  if (mine) sendError(surface, response, error, run.exchange.id);
}

export async function dispatchExchange(
  parts: LlmParts,
  surface: LlmSurface,
  response: ServerResponse,
  arrival: Arrival,
  { run, door, model, fault }: Admitted,
): Promise<void> {
  const { view, body } = arrival;
  const subject: Subject = { principal: run.exchange.principal, route: run.exchange.route, surface: surface.id };
  const verdict = withFault(parts.pipeline.judgeInput(subject, view), fault);
  const judge = parts.pipeline.openOutput(subject, view.stream, {
    systemPrompts: view.systemPrompts,
    // An upstream that repeats the key it was asked with gives it away: our keys are canaries too.
    canaries: [...parts.canaries, ...door.keys],
    responseSchema: view.responseSchema,
    get knownHosts() {
      return knownHosts(view.segments);
    },
  });
  run.attachJudge(judge);
  if (verdict.denied || judge.denied) return deny(surface, response, run, body, verdict, judge);

  const judged = verdict.rewrites.length === 0 ? body : surface.redact(body, verdict.rewrites);
  surface.prepareUpstream(judged, model);
  const payload = Buffer.from(JSON.stringify(judged));
  const opened = run.open(payload, verdict);
  // Hosted tools act on the world: such a call is sent only when its record is safe.
  if (view.capabilities.length > 0) await opened;

  const scene: AnswerScene = { parts, surface, response, run, judge, door, flight: () => flight };
  const flight = door.outlet.send(
    {
      method: 'POST',
      path: surface.upstreamPath,
      headers: {
        ...arrival.headers,
        ...door.credentials,
        'content-type': 'application/json',
        accept: view.stream ? 'text/event-stream' : 'application/json',
        'accept-encoding': 'identity',
      },
      body: payload,
    },
    createAnswer(scene),
  );
  run.noteSent();
  watchExchange(scene, arrival.key.id);
}
