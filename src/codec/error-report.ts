// What a client is told of an error or a denial: the outcome and what to do, never the cause.
import { ERROR_TABLE } from '../base/index.ts';
import type { ErrorReport } from './surface.ts';

/**
 * The sentence for a client: message and hint. The message of `internal` comes from whatever was thrown and may say
 * anything, so it stays in the log.
 */
export function toClientMessage(report: ErrorReport): string {
  if (report.code === 'internal') return 'Internal error of the gateway; its log says more.';
  return report.hint === undefined
    ? report.message
    : `${report.message}${/[.!?]$/.test(report.message) ? '' : '.'} ${report.hint}`;
}

/** Headers of an error answer. Official clients retry 408, 409, 429 and 5xx unless told not to. */
export function toErrorHeaders(report: ErrorReport): Record<string, string> {
  const headers = { 'content-type': 'application/json; charset=utf-8' };
  return ERROR_TABLE[report.code].retryable ? headers : { ...headers, 'x-should-retry': 'false' };
}
