// What goes wrong, in the form that registry clients read and show: `{"errors":[{"code","message","detail"}]}`.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AncileError, ErrorCode } from '../../../base/index.ts';
import type { Refused } from '../gate.ts';
import { refusedDetail } from '../refused-detail.ts';

/** On every answer: clients know a registry by it. */
export const VERSION_HEADER = { 'docker-distribution-api-version': 'registry/2.0' } as const;

const NOT_FOUND: Readonly<Record<string, string>> = {
  repository: 'NAME_UNKNOWN',
  manifest: 'MANIFEST_UNKNOWN',
  blob: 'BLOB_UNKNOWN',
  layer: 'MANIFEST_BLOB_UNKNOWN',
  upload: 'BLOB_UPLOAD_UNKNOWN',
  method: 'UNSUPPORTED',
};
const INVALID: Readonly<Record<string, string>> = {
  manifest: 'MANIFEST_INVALID',
  digest: 'DIGEST_INVALID',
  upload: 'BLOB_UPLOAD_INVALID',
  range: 'BLOB_UPLOAD_INVALID',
};
const CODES: Partial<Record<ErrorCode, string>> = {
  unauthenticated: 'UNAUTHORIZED',
  forbidden: 'DENIED',
  budget_exceeded: 'DENIED',
  body_too_large: 'SIZE_INVALID',
  overloaded: 'TOOMANYREQUESTS',
};

function codeOf({ code, at }: AncileError): string {
  if (code === 'not_found') return NOT_FOUND[at ?? ''] ?? 'NAME_UNKNOWN';
  if (code === 'request_invalid' || code === 'conflict') return INVALID[at ?? ''] ?? 'UNSUPPORTED';
  return CODES[code] ?? 'UNKNOWN';
}

/** Clients look for missing content by 404, and for a place that does not fit by 416. */
function statusOf({ code, at, status }: AncileError): number {
  if (code === 'request_invalid' && at === 'range') return 416;
  if (code === 'not_found' && at === 'layer') return 400;
  // Clients show the reason of a 403, and try again after a 429.
  return code === 'budget_exceeded' ? 403 : code === 'overloaded' ? 429 : status;
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  error: { readonly code: string; readonly message: string; readonly detail: object },
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.headersSent) return void response.destroy();
  const body = JSON.stringify({ errors: [error] });
  response.writeHead(status, {
    ...VERSION_HEADER,
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    ...headers,
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

export function sendOciError(request: IncomingMessage, response: ServerResponse, error: AncileError): void {
  const { code, message, hint, at } = error;
  const status = statusOf(error);
  const headers: Record<string, string> =
    status === 401 ? { 'www-authenticate': 'Basic realm="Ancile", charset="UTF-8"' } : {};
  const detail = { code, ...(hint && { hint }), ...(at && { at }) };
  send(request, response, status, { code: codeOf(error), message, detail }, headers);
}

/** A refusal, with what was found: clients end with the message. */
export function sendDenied(request: IncomingMessage, response: ServerResponse, refused: Refused): void {
  send(request, response, 403, { code: 'DENIED', message: refused.message, detail: refusedDetail(refused) });
}
