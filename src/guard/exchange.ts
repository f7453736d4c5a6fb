// The pipeline over one exchange in process: a request body judged before it is sent, its answer judged before it is
// used, whole or as it streams. For those who hold the client themselves and want no proxy.
import { AncileError } from '../base/index.ts';
import {
  type LlmSurface,
  type RequestView,
  type StreamPiece,
  type TokenUsage,
  createSseParser,
  parseJson,
  passEvent,
} from '../codec/index.ts';
import type { Decision, Finding, Principal } from '../contract/index.ts';
import { documentsOf, knownHosts } from '../detect/index.ts';
import type { Subject } from '../policy/index.ts';
import { toDenial } from './denial.ts';
import type { OutputJudge } from './output.ts';
import type { Pipeline } from './pipeline.ts';
import { createStreamGate } from './stream-gate.ts';

export interface ExchangeOptions {
  /** On whose behalf; policies may rule on it. */
  readonly principal?: Principal;
  /** Strings planted in system prompts: one in the answer is a leak. */
  readonly canaries?: readonly string[];
}

/** What was ruled in one direction. */
export interface Judged<T> {
  readonly denied: boolean;
  readonly decision: Decision;
  readonly findings: readonly Finding[];
  /** The body, with what policy redacts redacted; undefined when it was denied. */
  readonly body: T | undefined;
  /** The denial as an error that can be thrown or shown: which policies and why; undefined when it was not denied. */
  readonly denial: AncileError | undefined;
}

/** An exchange whose request was judged, and whose answer can be. */
export interface GuardedExchange<Q> {
  readonly request: Judged<Q>;
  /** Judges a whole answer. @throws AncileError `upstream_malformed` when it is not of the dialect */
  judgeAnswer<A>(answer: A): Judged<A>;
  /**
   * Passes the events of a streamed answer on, held back and redacted as through the gateway.
   * @throws AncileError `blocked_by_policy` (or `held_for_approval`) where policy stops it; what was yielded before is
   *   what may be shown
   */
  guardStream<E>(events: AsyncIterable<E>): AsyncGenerator<E, void, undefined>;
}

/** Who is told of an exchange as it goes, to put it on record. */
export interface Witness {
  request(view: RequestView): void;
  /** The judgement of the answer as it begins: what it found it says however the exchange ends. */
  answer(judge: OutputJudge): void;
  /** What the model says it used; the last word counts. */
  usage(usage: TokenUsage): void;
}

/** On whose behalf, where nobody is named. */
export const ANYONE: Principal = { id: 'library', kind: 'service', name: 'library', tenant: 'default' };

/** A deep copy through JSON: what is judged is what JSON says of it, and the caller's own object stays as it was. */
function toJson(value: unknown, what: string): unknown {
  return parseJson(JSON.stringify(value), { what });
}

async function* guardStream(
  surface: LlmSurface,
  judge: OutputJudge,
  events: AsyncIterable<unknown>,
  witness: Witness | undefined,
): AsyncGenerator<unknown, void, undefined> {
  const reader = surface.openStream?.({ hideUsage: false });
  if (reader === undefined) throw new AncileError('request_invalid', `answers of ${surface.id} do not stream`);
  const finishReasons: string[] = [];
  const gate = createStreamGate(judge, surface);
  const parser = createSseParser();
  const encoder = new TextEncoder();

  const pass = (piece: StreamPiece): { values: unknown[]; denied: boolean } => {
    judge.noteUninspected(piece.uninspected);
    if (piece.usage !== undefined) witness?.usage(piece.usage);
    finishReasons.push(...piece.finishReasons);
    const { out, cut } = passEvent(reader, piece, gate);
    const values = parser
      .push(encoder.encode(out))
      .filter((event) => event.data !== '[DONE]')
      .map((event) => parseJson(event.data, { what: 'an event' }));
    return { values, denied: cut || judge.denied };
  };

  for await (const event of events) {
    const { values, denied } = pass(reader.read({ data: JSON.stringify(event) }));
    yield* values;
    if (denied) throw toDenial(judge.decision(), 'output');
  }
  const { values, denied } = pass(reader.end());
  yield* values;
  judge.noteEnding({ finishReasons });
  if (denied) throw toDenial(judge.decision(), 'output');
}

/** Judges a request of a dialect and opens the judgement of its answer. */
export function openExchange<Q>(
  pipeline: Pipeline,
  surface: LlmSurface,
  request: Q,
  options: ExchangeOptions = {},
  witness?: Witness,
): GuardedExchange<Q> {
  const body = toJson(request, 'the request');
  const view = surface.readRequest(body);
  witness?.request(view);
  const subject: Subject = { principal: options.principal ?? ANYONE, route: '*', surface: surface.id };
  const verdict = pipeline.judgeInput(subject, view);
  const openOutput = (stream: boolean): OutputJudge => {
    const judge = pipeline.openOutput(subject, stream, {
      systemPrompts: view.systemPrompts,
      canaries: options.canaries ?? [],
      responseSchema: view.responseSchema,
      get knownHosts() {
        return knownHosts(view.segments);
      },
      get documents() {
        return documentsOf(view.segments);
      },
    });
    witness?.answer(judge);
    return judge;
  };
  return {
    request: {
      denied: verdict.denied,
      decision: verdict.decision,
      findings: verdict.findings,
      body: verdict.denied ? undefined : (surface.redact(body, verdict.rewrites) as Q),
      denial: verdict.denied ? toDenial(verdict.decision, 'input') : undefined,
    },
    judgeAnswer<A>(answer: A): Judged<A> {
      const copy = toJson(answer, 'the answer');
      const answerView = surface.readResponse(copy);
      if (answerView.usage !== undefined) witness?.usage(answerView.usage);
      const judge = openOutput(false);
      judge.noteUninspected(answerView.uninspected);
      const { rewrites } = judge.judgeBody(answerView.segments);
      const denied = judge.noteEnding(answerView);
      return {
        denied,
        decision: judge.decision(),
        findings: judge.findings,
        body: denied ? undefined : (surface.redact(copy, rewrites) as A),
        denial: denied ? toDenial(judge.decision(), 'output') : undefined,
      };
    },
    guardStream: <E>(events: AsyncIterable<E>) =>
      guardStream(surface, openOutput(true), events, witness) as AsyncGenerator<E, void, undefined>,
  };
}
