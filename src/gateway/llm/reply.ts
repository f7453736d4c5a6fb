// An error answer to a request that has none yet.
import type { ServerResponse } from 'node:http';
import type { AncileError } from '../../base/index.ts';
import type { LlmSurface } from '../../codec/index.ts';

export function sendError(surface: LlmSurface, response: ServerResponse, error: AncileError, exchange?: string): void {
  if (response.headersSent || response.destroyed) return;
  const rendered = surface.renderError(error);
  response.writeHead(rendered.status, {
    ...(exchange === undefined ? {} : { 'x-ancile-exchange': exchange }),
    ...rendered.headers,
    'content-length': Buffer.byteLength(rendered.body),
    // What is left of a request that was not read to its end must not be taken for the next one.
    ...(error.code === 'body_too_large' ? { connection: 'close' } : {}),
  });
  response.end(rendered.body);
}
