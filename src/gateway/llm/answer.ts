// Receives the upstream's answer and decides by its head how it is read: whole, as a stream, or as an error.
import type { ServerResponse } from 'node:http';
import { AncileError } from '../../base/index.ts';
import type { LlmSurface } from '../../codec/index.ts';
import type { Segment } from '../../contract/index.ts';
import type { FlowTurn, OutputJudge } from '../../guard/index.ts';
import type { AnswerHeaders, AnswerSink, Flight } from '../../net/index.ts';
import type { Slot } from '../load.ts';
import type { LlmParts } from './parts.ts';
import { retryHeaders } from './reply.ts';
import { type ExchangeRun, faultOutcome } from './run.ts';
import { answerStream } from './stream-answer.ts';
import { answerUpstreamError } from './upstream-error.ts';
import { answerWhole } from './whole-answer.ts';

/** What the readers of an answer share. */
export interface AnswerScene {
  readonly parts: LlmParts;
  readonly surface: LlmSurface;
  readonly response: ServerResponse;
  readonly run: ExchangeRun;
  readonly judge: OutputJudge;
  readonly slot: Slot;
  /** What calls of the answer are ruled on with. */
  readonly flow?: FlowTurn | undefined;
  /** The asking that is under way. */
  readonly flight: () => Flight;
  /** The request as it was judged and sent. */
  readonly asked: unknown;
  /** Its texts, as they were sent. */
  readonly sent: () => readonly Segment[];
  /**
   * Asks the plan once more, with another body and a judge of its own; its answer takes the place of this one, of which
   * nothing may have been written. What both used is charged. Absent where the model is not asked again: for a stream,
   * for the second answer, for what acts on the world.
   */
  readonly reask?: (body: unknown) => void;
}

/** Answer headers of the upstream that a client may see: limits it should heed, nothing that names the account. */
const PASSED =
  /^(retry-after(-ms)?|x-ratelimit-(limit|remaining|reset)-(requests|tokens)|anthropic-ratelimit-(requests|tokens|input-tokens|output-tokens)-(limit|remaining|reset))$/;
/** Counts, spans of time and dates: a value that could carry anything else is no limit to heed. */
const LIMIT =
  /^(\d{1,10}(\.\d{1,6})?|(\d{1,6}(\.\d{1,6})?(ms|s|m|h|d)){1,5}|[\d-]{10}T[\d:.]{8,15}(Z|[+-]\d\d:\d\d)|[A-Z][a-z]{2}, [\w :]{10,25} GMT)$/;

/** The headers of every answer to an exchange. */
export function answerHeaders(scene: AnswerScene, upstream: AnswerHeaders): Record<string, string> {
  const headers: Record<string, string> = { 'x-ancile-exchange': scene.run.exchange.id };
  for (const [name, value] of Object.entries(upstream)) {
    if (typeof value === 'string' && PASSED.test(name) && LIMIT.test(value)) headers[name] = value;
  }
  return headers;
}

/** Answers with an error in the surface's shape, once the closed record is durable. */
export async function answerError(scene: AnswerScene, error: AncileError, headers: AnswerHeaders = {}): Promise<void> {
  const { surface, response, run } = scene;
  const rendered = surface.renderError(error);
  const ending = { outcome: faultOutcome(error), status: rendered.status, reason: error.code };
  // An ending that could not be recorded has been told to nobody.
  if (!(await run.close(ending).catch(() => true)) && !run.closeFailed) return;
  if (response.headersSent || response.destroyed) return;
  response.writeHead(rendered.status, {
    ...answerHeaders(scene, headers),
    ...retryHeaders(error, run.restsFor),
    ...rendered.headers,
    'content-length': Buffer.byteLength(rendered.body),
  });
  response.end(rendered.body);
}

/** A reader of one answer, chosen when its head has come. */
export interface AnswerReader {
  data(chunk: Buffer): void;
  end(): void;
  fail(error: AncileError): void;
}

export function createAnswer(scene: AnswerScene): AnswerSink {
  let reader: AnswerReader | undefined;
  const { parts, run } = scene;

  function chooseReader(status: number, headers: AnswerHeaders): AnswerReader {
    const type = String(headers['content-type'] ?? '');
    const encoding = headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity') {
      throw new AncileError('upstream_malformed', 'the upstream compressed its answer although asked not to');
    }
    if (status < 200 || status >= 300) return answerUpstreamError(scene, status, headers);
    if (run.target.door.streams(type)) {
      const { surface } = scene;
      if (run.view.stream && surface.openStream !== undefined) {
        return answerStream(scene, surface.openStream({ hideUsage: !run.view.includeUsage }), headers);
      }
      throw new AncileError('upstream_malformed', 'the upstream streams although no stream was asked for');
    }
    return answerWhole(scene, status, headers);
  }

  function fail(error: AncileError): void {
    if (run.ended) return;
    parts.onFault(error, run.exchange.id);
    if (reader === undefined) void answerError(scene, error);
    else reader.fail(error);
  }

  /** Faults in our own reading end the exchange, not the process. */
  function guarded(step: () => void): void {
    if (run.ended) return;
    try {
      step();
    } catch (thrown) {
      scene.flight().abort();
      fail(
        thrown instanceof AncileError
          ? thrown
          : new AncileError('internal', 'the answer could not be processed', { cause: thrown }),
      );
    }
  }

  return {
    head: (status, headers) => guarded(() => (reader = chooseReader(status, headers))),
    data: (chunk) => guarded(() => reader?.data(chunk)),
    end: () => guarded(() => reader?.end()),
    fail,
  };
}
