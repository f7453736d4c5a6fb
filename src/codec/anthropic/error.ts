// Errors and the list of models in Anthropic's shapes.
import { ERROR_TABLE } from '../../base/index.ts';
import { toClientMessage, toErrorHeaders } from '../error-report.ts';
import { encodeSse } from '../sse.ts';
import type { ErrorReport, HttpAnswer } from '../surface.ts';

const TYPES: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  408: 'timeout_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  503: 'overloaded_error',
  504: 'timeout_error',
};

function toBody(report: ErrorReport): string {
  const type = TYPES[ERROR_TABLE[report.code].status] ?? 'api_error';
  const place = report.at === undefined ? '' : `${report.at}: `;
  return JSON.stringify({
    type: 'error',
    error: { type, message: place + toClientMessage(report), details: { error_code: report.code } },
  });
}

export function renderMessagesError(report: ErrorReport): HttpAnswer {
  return { status: ERROR_TABLE[report.code].status, headers: toErrorHeaders(report), body: toBody(report) };
}

/** The last event of a stream that failed: the official client throws on the event named `error`. */
export function renderMessagesStreamError(report: ErrorReport): string {
  return encodeSse({ event: 'error', data: toBody(report) });
}

/** The answer of `GET /v1/models` to a client that sends `anthropic-version`. */
export function renderMessagesModels(models: readonly string[]): unknown {
  return {
    data: models.map((id) => ({ type: 'model', id, display_name: id, created_at: '1970-01-01T00:00:00Z' })),
    has_more: false,
    first_id: models[0] ?? null,
    last_id: models.at(-1) ?? null,
  };
}
