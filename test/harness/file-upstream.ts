// Plain files on loopback, as a static web server offers them, and what may go wrong on the way.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { atEnd } from './cleanup.ts';
import { sendRanged } from './hub-upstream.ts';

export interface FileUpstream {
  readonly url: string;
  /** What lies there, by path; may be changed. */
  readonly files: Map<string, Buffer>;
  /** `GET /path`, with the range and token that came along. */
  readonly asked: { readonly line: string; readonly range?: string | undefined; readonly token?: string | undefined }[];
  /** Breaks the next GET's answer off behind so many bytes. */
  cutNext(bytes: number): void;
  /** Says no ETag any more, or only a weak one, or answers no HEAD. */
  behave(how: { etag?: 'none' | 'weak'; noHead?: boolean; noTime?: boolean }): void;
}

const MODIFIED = 'Fri, 02 Jan 2026 03:04:05 GMT';

export async function startFileUpstream(files: Readonly<Record<string, Buffer>>): Promise<FileUpstream> {
  const lying = new Map(Object.entries(files));
  const asked: FileUpstream['asked'] = [];
  let cut: number | undefined;
  let manner: Parameters<FileUpstream['behave']>[0] = {};
  const server = createServer((request, response) => {
    const { authorization, range } = request.headers;
    asked.push({ line: `${request.method} ${request.url}`, range, token: authorization });
    const bytes = lying.get(decodeURIComponent(request.url!.slice(1)));
    if (bytes === undefined) return void response.writeHead(404).end('nothing here');
    const digest = createHash('md5').update(bytes).digest('hex');
    const etag = manner.etag === 'none' ? undefined : `${manner.etag === 'weak' ? 'W/' : ''}"${digest}"`;
    if (manner.noTime !== true) response.setHeader('last-modified', MODIFIED);
    if (request.method === 'HEAD') {
      if (manner.noHead === true) return void response.writeHead(405).end();
      return void response.writeHead(200, { 'content-length': bytes.length, ...(etag && { etag }) }).end();
    }
    const now = cut;
    cut = undefined;
    sendRanged(request, response, bytes, etag, now === undefined ? undefined : { bytes: now, how: 'break' });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    files: lying,
    asked,
    cutNext: (bytes) => (cut = bytes),
    behave: (how) => (manner = how),
  };
}
