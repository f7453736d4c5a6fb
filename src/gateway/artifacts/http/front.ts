// Files by their plain addresses, for curl, wget and whatever takes a URL.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AncileError } from '../../../base/index.ts';
import { findFile, findSource } from '../find-file.ts';
import type { FrontParts } from '../front.ts';
import type { Refused } from '../gate.ts';
import { serveFile } from '../serve.ts';
import { refusedDetail, refusedStatus } from '../refused-detail.ts';

interface Told {
  readonly error: string;
  readonly code: string;
  readonly hint?: string;
  readonly findings?: readonly object[];
  readonly policies?: readonly object[];
}

/** An error as lines that a terminal shows, or as JSON for whoever asks for that. */
function tell(request: IncomingMessage, response: ServerResponse, status: number, told: Told): void {
  if (response.headersSent) return void response.destroy();
  const asJson = /\bjson\b/i.test(request.headers.accept ?? '');
  const lines = [told.error, ...(told.hint === undefined ? [] : [told.hint])];
  // One line each: what a finding quotes must not be taken for a line of ours.
  const text = lines.map((line) => `${line.replace(/[\x00-\x1f\x7f]/g, '?')}\n`).join('');
  const body = asJson ? JSON.stringify(told) : text;
  response.writeHead(status, {
    'content-type': asJson ? 'application/json; charset=utf-8' : 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'x-content-type-options': 'nosniff',
    ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

export function sendHttpError(request: IncomingMessage, response: ServerResponse, error: AncileError): void {
  const { status, message, code, hint } = error;
  tell(request, response, status, { error: message, code, ...(hint === undefined ? {} : { hint }) });
}

function sendRefused(request: IncomingMessage, response: ServerResponse, refused: Refused): void {
  tell(request, response, refusedStatus(refused), { error: refused.message, ...refusedDetail(refused) });
}

/**
 * Answers what comes below `/files`.
 * @param target - the rest of the request's target: `/NAME/models/weights.safetensors`
 * @throws AncileError for what goes wrong, for `sendHttpError`
 */
export async function handleHttp(
  parts: FrontParts,
  target: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const key = parts.authenticate(request);
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    throw new AncileError('not_found', 'files are read here, with GET and HEAD');
  }
  const { source, rest } = findSource(parts.sources, 'http', target.split('?', 1)[0]!);
  parts.checkFrozen({ principal: key.id, tenant: key.tenant, upstream: source.name });
  const { asset, file } = await findFile(parts, source, key, rest);
  const headers = {
    'content-type': 'application/octet-stream',
    'accept-ranges': 'bytes',
    etag: file.etag.startsWith('"') ? file.etag : `"${file.etag}"`,
    ...(asset.modified === undefined ? {} : { 'last-modified': new Date(asset.modified).toUTCString() }),
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
  };
  const refuse = (refused: Refused): void => sendRefused(request, response, refused);
  await serveFile({ parts, source, asset, file, key, headers, refuse }, request, response);
}
