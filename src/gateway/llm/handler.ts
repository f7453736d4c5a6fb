// The path of an LLM request, from its key to its upstream. docs/architecture.md draws it.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AccessKey } from '../../access/index.ts';
import { toAncileError } from '../../base/index.ts';
import { type LlmSurface, parseJson } from '../../codec/index.ts';
import { readBody } from '../body.ts';
import { admitExchange } from './admission.ts';
import { authenticate } from './authenticate.ts';
import { dispatchExchange } from './dispatch.ts';
import type { LlmParts } from './parts.ts';
import { sendError } from './reply.ts';

/** Request headers of the caller that are sent on: dialect versions, nothing that identifies or steers. */
const PASSED_HEADERS = ['anthropic-version', 'anthropic-beta', 'openai-beta'];

function passedHeaders(request: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of PASSED_HEADERS) {
    const value = request.headers[name];
    if (typeof value === 'string') headers[name] = value;
  }
  return headers;
}

export async function handleExchange(
  parts: LlmParts,
  surface: LlmSurface,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const startedAt = parts.clock();
  let key: AccessKey | undefined;
  let leave: (() => void) | undefined;
  let admitted;
  let arrival;
  try {
    key = authenticate(parts.keys, request);
    // Counted from here, so that a server that stops waits for it; until it is sent there is nothing to cut.
    leave = parts.inflight.add(key.id, () => undefined);
    const bytes = await readBody(request, parts.limits.bodyBytes);
    const body = parseJson(bytes, {
      maxBytes: parts.limits.bodyBytes,
      maxDepth: parts.limits.depth,
      what: 'the request body',
    });
    const view = surface.readRequest(body);
    arrival = { key, body, view, headers: passedHeaders(request), startedAt };
    admitted = admitExchange(parts, surface, arrival);
  } catch (thrown) {
    const error = toAncileError(thrown);
    if (error.code === 'internal') parts.onFault(thrown, undefined);
    parts.refusals.note(error.code, key?.id);
    sendError(surface, response, error);
    leave?.();
    return;
  }
  const { run } = admitted;
  try {
    await dispatchExchange(parts, surface, response, arrival, admitted);
  } catch (thrown) {
    const error = toAncileError(thrown);
    parts.onFault(thrown, run.exchange.id);
    await run.close({ outcome: 'fault', status: error.status, reason: error.code }).catch(() => undefined);
    if (!response.headersSent) sendError(surface, response, error, run.exchange.id);
  } finally {
    leave();
  }
}
