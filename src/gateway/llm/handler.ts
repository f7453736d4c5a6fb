// The path of an LLM request, from its key to its upstream. docs/architecture.md draws it.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AncileError, newId, toAncileError } from '../../base/index.ts';
import { type LlmSurface, type RequestView, estimateTokens, parseJson } from '../../codec/index.ts';
import { type AccessKey, type Reservation, costMicros } from '../../access/index.ts';
import { type Exchange, type Route, type StageReport, type Usage, stricter } from '../../contract/index.ts';
import { knownHosts } from '../../detect/index.ts';
import { type InputVerdict, toDenial } from '../../guard/index.ts';
import type { Subject } from '../../policy/index.ts';
import { readBody } from '../body.ts';
import { type AnswerScene, createAnswer } from './answer.ts';
import { authenticate } from './authenticate.ts';
import type { LlmParts, UpstreamDoor } from './parts.ts';
import { ExchangeRun } from './run.ts';

/** Request headers of the caller that are sent on: dialect versions, nothing that identifies or steers. */
const PASSED_HEADERS = ['anthropic-version', 'anthropic-beta', 'openai-beta'];

function sendError(surface: LlmSurface, response: ServerResponse, error: AncileError, exchange?: string): void {
  if (response.headersSent || response.destroyed) return;
  const rendered = surface.renderError(error);
  response.writeHead(rendered.status, {
    ...(exchange === undefined ? {} : { 'x-ancile-exchange': exchange }),
    ...rendered.headers,
    'content-length': Buffer.byteLength(rendered.body),
    // What is left of a request that was not read to its end must not be taken for the next one.
    ...(error.code === 'body_too_large' ? { connection: 'close' } : {}),
  });
  response.end(rendered.body);
}

/**
 * Sets the budget aside. A spent budget is an `AncileError`, `budget_exceeded`; a fault of the book itself is what the
 * policy set's `onFault` of the stage says.
 */
function reserveBudget(
  parts: LlmParts,
  key: AccessKey,
  view: RequestView,
  route: Route,
  inputTokens: number,
): { readonly reservation?: Reservation; readonly fault?: StageReport } {
  const tokens = { inputTokens, outputTokens: view.n * (view.maxOutputTokens ?? parts.limits.answerTokens) };
  const estimate: Usage = { ...tokens, costMicros: costMicros(route.price, tokens), estimated: true };
  let reserved;
  try {
    reserved = parts.budgets.reserve(key.id, key.budgets, estimate);
  } catch (thrown) {
    parts.onFault(thrown, undefined);
    const onFault = parts.policies.onFault.budget;
    if (onFault === 'deny') throw thrown;
    return { fault: { stage: 'budget', status: 'failed', detail: toAncileError(thrown).code, onFault } };
  }
  if (reserved.ok) return { reservation: reserved.reservation };
  const { refusal } = reserved;
  throw new AncileError('budget_exceeded', `the key's ${refusal.budget.period} budget of ${refusal.measure} is spent`, {
    hint: refusal.resets === undefined ? 'It does not renew.' : `It renews at ${refusal.resets}.`,
  });
}

/** A verdict that also says what failed before it, and does what the policy set says of that. */
function withFault(verdict: InputVerdict, fault: StageReport | undefined): InputVerdict {
  if (fault === undefined) return verdict;
  const { decision } = verdict;
  const action = fault.onFault === 'flag' ? stricter(decision.action, 'flag') : decision.action;
  return { ...verdict, decision: { ...decision, action, stages: [...decision.stages, fault] } };
}

export async function handleExchange(
  parts: LlmParts,
  surface: LlmSurface,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const startedAt = parts.clock();
  let key: AccessKey | undefined;
  try {
    key = authenticate(parts.keys, request);
    const bytes = await readBody(request, parts.limits.bodyBytes);
    const body = parseJson(bytes, {
      maxBytes: parts.limits.bodyBytes,
      maxDepth: parts.limits.depth,
      what: 'the request body',
    });
    const view = surface.readRequest(body);
    await admit(parts, surface, response, { key, body, view, request, bytes: bytes.length, startedAt });
  } catch (thrown) {
    const error = toAncileError(thrown);
    if (error.code === 'internal') parts.onFault(thrown, undefined);
    parts.refusals.note(error.code, key?.id);
    sendError(surface, response, error);
  }
}

interface Arrival {
  readonly key: AccessKey;
  readonly body: unknown;
  readonly view: RequestView;
  readonly request: IncomingMessage;
  readonly bytes: number;
  readonly startedAt: number;
}

/** Throws only before an exchange exists; afterwards every ending is a record. */
async function admit(parts: LlmParts, surface: LlmSurface, response: ServerResponse, arrival: Arrival): Promise<void> {
  const { key, view } = arrival;
  const route = parts.routes.select(view.model, key);
  const door = route === undefined ? undefined : parts.upstreams.get(route.route.upstream);
  if (route === undefined || door === undefined) {
    throw new AncileError('not_found', `there is no model "${view.model.slice(0, 100)}" for this key`, {
      at: 'model',
      hint: 'GET /v1/models lists those there are.',
    });
  }
  if (door.kind !== 'practice' && !surface.id.startsWith(door.kind)) {
    throw new AncileError('request_invalid', `the model "${view.model.slice(0, 100)}" does not speak this dialect`, {
      at: 'model',
      hint: `Its upstream speaks ${door.kind}'s.`,
    });
  }
  const inputTokens = view.segments.reduce((sum, segment) => sum + estimateTokens(segment.text), 0);
  const { reservation, fault } = reserveBudget(parts, key, view, route.route, inputTokens);

  const exchange: Exchange = {
    id: newId('ex', arrival.startedAt),
    surface: surface.id,
    principal: key.principal,
    session: parts.keyedDigest(`${key.id}\0${view.conversationKey}`).slice(0, 32),
    route: route.name,
    model: view.model,
    upstream: door.name,
    stream: view.stream,
  };
  const run = new ExchangeRun(parts, exchange, view, route.route, reservation, inputTokens, arrival.startedAt);
  try {
    await judgeAndSend(parts, surface, response, run, door, arrival, route.route.model ?? view.model, fault);
  } catch (thrown) {
    const error = toAncileError(thrown);
    parts.onFault(thrown, exchange.id);
    await run.close({ outcome: 'fault', status: error.status, reason: error.code }).catch(() => undefined);
    sendError(surface, response, error, exchange.id);
  }
}

async function judgeAndSend(
  parts: LlmParts,
  surface: LlmSurface,
  response: ServerResponse,
  run: ExchangeRun,
  door: UpstreamDoor,
  arrival: Arrival,
  upstreamModel: string,
  budgetFault: StageReport | undefined,
): Promise<void> {
  const { view, body } = arrival;
  const subject: Subject = { principal: run.exchange.principal, route: run.exchange.route, surface: surface.id };
  const verdict = withFault(parts.pipeline.judgeInput(subject, view), budgetFault);
  const judge = parts.pipeline.openOutput(subject, view.stream, {
    systemPrompts: view.systemPrompts,
    canaries: parts.canaries,
    responseSchema: view.responseSchema,
    get knownHosts() {
      return knownHosts(view.segments);
    },
  });
  run.attachJudge(judge);
  if (verdict.denied || judge.denied) {
    const [decision, direction] = verdict.denied
      ? ([verdict.decision, 'input'] as const)
      : ([judge.decision(), 'output'] as const);
    const error = toDenial(decision, direction);
    const opened = run.open(JSON.stringify(body), { ...verdict, decision });
    const closed = run.close({ outcome: 'denied_input', status: error.status, reason: error.code });
    await Promise.all([opened, closed]);
    sendError(surface, response, error, run.exchange.id);
    return;
  }
  const judged = verdict.rewrites.length === 0 ? body : surface.redact(body, verdict.rewrites);
  surface.prepareUpstream(judged, upstreamModel);
  const payload = JSON.stringify(judged);
  const opened = run.open(payload, verdict);
  // Hosted tools act on the world: such a call is sent only when its record is safe.
  if (view.capabilities.length > 0) await opened;

  const scene: AnswerScene = { parts, surface, response, run, judge, door, flight: () => flight };
  const flight = door.outlet.send(
    {
      method: 'POST',
      path: surface.upstreamPath,
      headers: {
        ...passedHeaders(arrival.request),
        ...door.credentials,
        'content-type': 'application/json',
        accept: view.stream ? 'text/event-stream' : 'application/json',
        'accept-encoding': 'identity',
      },
      body: payload,
    },
    createAnswer(scene),
  );
  watch(scene, arrival.key.id);
}

function passedHeaders(request: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of PASSED_HEADERS) {
    const value = request.headers[name];
    if (typeof value === 'string') headers[name] = value;
  }
  return headers;
}

/** Ends the exchange when the client goes, when its key is revoked, when the server stops. */
function watch(scene: AnswerScene, keyId: string): void {
  const { parts, surface, response, run } = scene;
  const end = (outcome: 'client_gone' | 'revoked', error: AncileError): void => {
    if (run.ended) return;
    scene.flight().abort();
    const closed = run.close({
      outcome,
      status: response.headersSent ? 200 : error.status,
      reason: error.code,
    });
    if (outcome === 'client_gone') return;
    void closed
      .catch(() => undefined)
      .then(() => {
        if (response.headersSent) response.end(surface.renderStreamError(error));
        else sendError(surface, response, error, run.exchange.id);
      });
  };
  const remove = parts.inflight.add(keyId, (why) =>
    why === 'revoked'
      ? end('revoked', new AncileError('unauthenticated', 'the key was revoked'))
      : end('revoked', new AncileError('shutting_down', 'the gateway is stopping')),
  );
  const onClose = (): void => {
    remove();
    if (!response.writableFinished) end('client_gone', new AncileError('request_invalid', 'the client went away'));
  };
  // The client may have gone while the record was awaited.
  if (response.destroyed) onClose();
  else response.once('close', onClose);
}
