// An error answer to a request that has none yet.
import type { ServerResponse } from 'node:http';
import type { AncileError } from '../../base/index.ts';
import type { LlmSurface } from '../../codec/index.ts';
import { mayKeepConnection } from '../body.ts';

/**
 * When to come back, for what was turned away.
 * @param restsFor - milliseconds for which every upstream rests
 */
export function retryHeaders(error: AncileError, restsFor = 0): Record<string, string> {
  if (error.code === 'upstream_unreachable' && restsFor > 0) {
    return { 'retry-after': String(Math.ceil(restsFor / 1000)) };
  }
  return error.code === 'overloaded' || error.code === 'shutting_down' ? { 'retry-after': '1' } : {};
}

/** Answers with an error in the surface's shape, where nothing has been answered yet. */
export function sendError(
  surface: LlmSurface,
  response: ServerResponse,
  error: AncileError,
  exchange?: string,
  more: Readonly<Record<string, string>> = {},
): void {
  if (response.headersSent || response.destroyed) return;
  const rendered = surface.renderError(error);
  response.writeHead(rendered.status, {
    ...(exchange === undefined ? {} : { 'x-ancile-exchange': exchange }),
    ...retryHeaders(error),
    ...rendered.headers,
    ...more,
    'content-length': Buffer.byteLength(rendered.body),
    // What is left of a request that was not read to its end must not be taken for the next one.
    ...(mayKeepConnection(response.req) ? {} : { connection: 'close' }),
  });
  response.end(rendered.body);
}
