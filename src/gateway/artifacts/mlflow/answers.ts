// Errors as MLflow's clients read them: they show the body, and raise by its code.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AncileError, ErrorCode } from '../../../base/index.ts';
import type { Refused } from '../gate.ts';

function tell(request: IncomingMessage, response: ServerResponse, status: number, code: string, message: string): void {
  if (response.headersSent) return void response.destroy();
  const body = JSON.stringify({ error_code: code, message });
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(request.method === 'HEAD' ? undefined : body);
}

const CODES: Partial<Record<ErrorCode, string>> = {
  unauthenticated: 'UNAUTHENTICATED',
  forbidden: 'PERMISSION_DENIED',
  not_found: 'RESOURCE_DOES_NOT_EXIST',
  request_invalid: 'INVALID_PARAMETER_VALUE',
  body_too_large: 'INVALID_PARAMETER_VALUE',
  overloaded: 'TEMPORARILY_UNAVAILABLE',
  shutting_down: 'TEMPORARILY_UNAVAILABLE',
};

export function sendMlflowError(request: IncomingMessage, response: ServerResponse, error: AncileError): void {
  const message = error.hint === undefined ? error.message : `${error.message}. ${error.hint}`;
  tell(request, response, error.status, CODES[error.code] ?? 'INTERNAL_ERROR', message);
}

/** A refusal, also of a key that has pulled enough: its client would try a 429 again for minutes. */
export function sendMlflowRefused(request: IncomingMessage, response: ServerResponse, refused: Refused): void {
  tell(request, response, 403, 'PERMISSION_DENIED', refused.message);
}
