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

function toError(report: ErrorReport): Record<string, unknown> {
  const type = TYPES[ERROR_TABLE[report.code].status] ?? 'server_error';
  return { message: toClientMessage(report), type, param: report.at ?? null, code: report.code };
}

const toBody = (report: ErrorReport): string => JSON.stringify({ error: toError(report) });

export function renderChatError(report: ErrorReport): HttpAnswer {
  return { status: ERROR_TABLE[report.code].status, headers: toErrorHeaders(report), body: toBody(report) };
}

/** The last event of a stream that failed: the official client throws on `data.error`. No `[DONE]` follows. */
export function renderChatStreamError(report: ErrorReport): string {
  return encodeSse({ data: toBody(report) });
}

/** The same for a Responses stream, whose clients know an error by its event's type, or by `error` as above. */
export function renderResponsesStreamError(report: ErrorReport): string {
  const error = toError(report);
  const { message, param, code } = error;
  const body = { type: 'error', code, message, param, sequence_number: 0, error };
  return encodeSse({ event: 'error', data: JSON.stringify(body) });
}

/** The answer of `GET /v1/models`. */
export function renderChatModels(models: readonly string[]): unknown {
  return { object: 'list', data: models.map((id) => ({ id, object: 'model', created: 0, owned_by: 'ancile' })) };
}
