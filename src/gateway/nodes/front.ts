// Where nodes send their records. Who is not enrolled is refused before a byte of his is read.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ERROR_TABLE, type ErrorCode, toAncileError } from '../../base/index.ts';
import { FORWARD_PATH } from '../../export/index.ts';
import { readSmallBody } from '../small-body.ts';
import type { Intake } from './intake.ts';
import { BODY_BYTES } from './read-batch.ts';

const RETRY_AFTER_SECONDS = 1;

export interface NodeFrontParts {
  readonly intake: Intake;
  readonly noteRefusal: (code: ErrorCode) => void;
  readonly onFault: (fault: unknown) => void;
}

function send(response: ServerResponse, status: number, value: unknown, headers: Record<string, string> = {}): void {
  const body = JSON.stringify(value);
  const length = String(Buffer.byteLength(body));
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': length, ...headers });
  response.end(body);
}

async function answer(
  { intake, noteRefusal, onFault }: NodeFrontParts,
  request: IncomingMessage,
  response: ServerResponse,
) {
  try {
    const keyId = request.headers['ancile-node'];
    const node = intake.identify(typeof keyId === 'string' && request.method === 'POST' ? keyId : undefined);
    send(response, 200, await intake.take(node, await readSmallBody(request, BODY_BYTES)));
  } catch (thrown) {
    const fault = toAncileError(thrown);
    if (fault.status >= 500 && fault.code !== 'overloaded') onFault(thrown);
    if (fault.code === 'unauthenticated') noteRefusal(fault.code);
    const { code, message, hint } = fault;
    const retry = ERROR_TABLE[code].retryable ? { 'retry-after': String(RETRY_AFTER_SECONDS) } : {};
    // What was not read must not be taken for the next request.
    send(response, fault.status, { error: { code, message, hint } }, { connection: 'close', ...retry });
  }
}

/** Answers what nodes send; false where it is nothing of theirs. */
export function createNodeFront(
  parts: NodeFrontParts,
): (request: IncomingMessage, response: ServerResponse) => boolean {
  return (request, response) => {
    if (request.url !== FORWARD_PATH) return false;
    answer(parts, request, response).catch((thrown: unknown) => {
      parts.onFault(thrown);
      response.destroy();
    });
    return true;
  };
}
