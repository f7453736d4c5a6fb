// Errors and the list of models in Google's shapes (https://google.aip.dev/193).
import { ERROR_TABLE } from '../../base/index.ts';
import { toClientMessage, toErrorHeaders } from '../error-report.ts';
import { encodeSse } from '../sse.ts';
import type { ErrorReport, HttpAnswer } from '../surface.ts';

/** Names of google.rpc.Code by the HTTP status they are told with. */
const STATUSES: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ABORTED',
  413: 'INVALID_ARGUMENT',
  429: 'RESOURCE_EXHAUSTED',
  502: 'UNAVAILABLE',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

function toBody(report: ErrorReport): string {
  const { status } = ERROR_TABLE[report.code];
  const place = report.at === undefined ? '' : `${report.at}: `;
  const info = {
    '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
    reason: report.code.toUpperCase(),
    domain: 'ancile',
  };
  return JSON.stringify({
    error: {
      code: status,
      message: place + toClientMessage(report),
      status: STATUSES[status] ?? 'INTERNAL',
      details: [info],
    },
  });
}

export function renderGenerateError(report: ErrorReport): HttpAnswer {
  return { status: ERROR_TABLE[report.code].status, headers: toErrorHeaders(report), body: toBody(report) };
}

/** The last event of a stream that failed: the official client throws on a chunk that holds an `error`. */
export function renderGenerateStreamError(report: ErrorReport): string {
  return encodeSse({ data: toBody(report) });
}

/** The answer of `GET /v1beta/models`. */
export function renderGenerateModels(models: readonly string[]): unknown {
  return {
    models: models.map((name) => ({
      name: `models/${name}`,
      displayName: name,
      supportedGenerationMethods: ['generateContent', 'countTokens'],
    })),
  };
}
