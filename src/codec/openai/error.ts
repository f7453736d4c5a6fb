// Errors and the list of models in OpenAI's shapes.
import { ERROR_TABLE } from '../../base/index.ts';
import { toClientMessage, toErrorHeaders } from '../error-report.ts';
import { encodeSse } from '../sse.ts';
import type { ErrorReport, HttpAnswer } from '../surface.ts';

const TYPES: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'invalid_request_error',
  429: 'rate_limit_error',
};

function toBody(report: ErrorReport): string {
  const type = TYPES[ERROR_TABLE[report.code].status] ?? 'server_error';
  return JSON.stringify({
    error: { message: toClientMessage(report), type, param: report.at ?? null, code: report.code },
  });
}

export function renderChatError(report: ErrorReport): HttpAnswer {
  return { status: ERROR_TABLE[report.code].status, headers: toErrorHeaders(report), body: toBody(report) };
}

/** The last event of a stream that failed: the official client throws on `data.error`. No `[DONE]` follows. */
export function renderChatStreamError(report: ErrorReport): string {
  return encodeSse({ data: toBody(report) });
}

/** The answer of `GET /v1/models`. */
export function renderChatModels(models: readonly string[]): unknown {
  return { object: 'list', data: models.map((id) => ({ id, object: 'model', created: 0, owned_by: 'ancile' })) };
}
