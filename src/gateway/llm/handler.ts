// The path of an LLM request, from its key to its upstream. docs/architecture.md draws it.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AccessKey } from '../../access/index.ts';
import { AncileError, toAncileError } from '../../base/index.ts';
import { type LlmSurface, type RequestAddress, parseJson } from '../../codec/index.ts';
import { drain, mayKeepConnection, readBody } from '../body.ts';
import { onceOver } from '../ending.ts';
import { marksOf } from '../marks.ts';
import { admitExchange } from './admission.ts';
import { turns } from '../turns.ts';
import { authenticate } from './authenticate.ts';
import { dispatchExchange } from './dispatch.ts';
import type { LlmParts } from './parts.ts';
import { sendError } from './reply.ts';
import { toEndingError } from './watch.ts';

/** Request headers of the caller that are sent on: dialect versions, nothing that identifies or steers. */
const PASSED_HEADERS = ['anthropic-version', 'anthropic-beta', 'openai-beta'];

/** What dialect versions are made of; anything else has no business in a request of ours. */
const HEADER_VALUE = /^[\x20-\x7e]{1,1000}$/;

function passedHeaders(request: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of PASSED_HEADERS) {
    const value = request.headers[name];
    if (typeof value === 'string' && HEADER_VALUE.test(value)) headers[name] = value;
  }
  return headers;
}

/** Made once: under load there is no time for a stack trace each. */
const SHED = new AncileError('overloaded', 'the gateway has as much to do as it may have', {
  hint: 'Try again in a moment.',
});

/** Turned away before anything is read of it, with as little work as possible. */
function shed(parts: LlmParts, surface: LlmSurface, request: IncomingMessage, response: ServerResponse): void {
  parts.refusals.note('overloaded');
  if (!mayKeepConnection(request)) drain(request);
  sendError(surface, response, SHED);
}

/** The request's body as the surface reads it. */
function parseBody(parts: LlmParts, surface: LlmSurface, request: IncomingMessage, bytes: Buffer): unknown {
  const bounds = { maxBytes: parts.limits.bodyBytes, maxDepth: parts.limits.depth };
  if (surface.parseBody !== undefined) return surface.parseBody(bytes, request.headers['content-type'], bounds);
  return parseJson(bytes, { ...bounds, what: 'the request body' });
}

/** Answers an LLM request. @param address - what the request's own address says of it */
export async function handleExchange(
  parts: LlmParts,
  surface: LlmSurface,
  request: IncomingMessage,
  response: ServerResponse,
  address?: RequestAddress,
): Promise<void> {
  const startedAt = parts.clock();
  const slot = parts.load.enter(parts.limits);
  if (slot === undefined) return shed(parts, surface, request, response);
  const letGo = parts.upstreams.hold();
  const leave = (): void => {
    slot.leave();
    letGo();
  };
  onceOver(response, leave);
  let key: AccessKey | undefined;
  let removeReading: (() => void) | undefined;
  let admitted;
  let arrival;
  try {
    key = authenticate(parts.keys, request);
    // Counted from here, so that a server that stops waits for it.
    let cutReading: ((error: AncileError) => void) | undefined;
    removeReading = parts.inflight.add({ principal: key.id, tenant: key.tenant }, (why) =>
      cutReading?.(toEndingError(why)),
    );
    const onCut = (cut: (error: AncileError) => void): void => void (cutReading = cut);
    const bytes = await readBody(request, { maxBytes: parts.limits.bodyBytes, slot, onCut });
    const turn = turns.next();
    if (turn !== undefined) await turn;
    const body = parseBody(parts, surface, request, bytes);
    const view = surface.readRequest(body, address);
    const marks = marksOf(request, parts.marks, parts.keyedLabel);
    arrival = { key, body, view, slot, headers: passedHeaders(request), marks, startedAt };
    admitted = admitExchange(parts, surface, arrival);
  } catch (thrown) {
    const error = toAncileError(thrown);
    if (error.code === 'internal') parts.onFault(thrown, undefined);
    parts.refusals.note(error.code, key?.id);
    sendError(surface, response, error);
    removeReading?.();
    // Whoever does not read his refusal takes no place for it.
    leave();
    return;
  }
  const { run } = admitted;
  try {
    await dispatchExchange(surface, response, arrival, { ...admitted, watched: removeReading });
  } catch (thrown) {
    const error = toAncileError(thrown);
    parts.onFault(thrown, run.exchange.id);
    await run.close({ outcome: 'fault', status: error.status, reason: error.code }).catch(() => undefined);
    if (!response.headersSent) sendError(surface, response, error, run.exchange.id);
  } finally {
    removeReading();
  }
}
