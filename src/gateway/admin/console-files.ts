// The built console, read once at the start: no path of a request ever touches the file system.
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, sep } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { pageHeaders } from './security-headers.ts';

const compress = promisify(gzip);

const BASE = '/console/';
/** Stands in the built page for the nonce of an answer's content policy. */
const NONCE_MARK = '__CSP_NONCE__';
const MAX_FILES = 1000;

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.txt': 'text/plain; charset=utf-8',
  '.woff2': 'font/woff2',
};

interface ConsoleFile {
  readonly type: string;
  readonly bytes: Buffer;
  readonly etag: string;
  /** Whether its name changes with its content. */
  readonly hashed: boolean;
  /** Made when it is first asked for. */
  gzipped?: Promise<Buffer>;
}

const NOT_BUILT = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Ancile</title>
<h1>The console is not built</h1>
<p>The gateway runs, and its interface answers at /api/v1. To have the console as well, run
<code>npm run build</code> in the folder of the program, and start the server again.</p>
</html>
`;

function readFiles(folder: string): Map<string, ConsoleFile> {
  const files = new Map<string, ConsoleFile>();
  if (!existsSync(join(folder, 'index.html'))) return files;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const type = TYPES[extname(entry.name)];
    if (!entry.isFile() || type === undefined || files.size >= MAX_FILES) continue;
    const path = join(entry.parentPath, entry.name);
    const bytes = readFileSync(path);
    files.set(BASE + path.slice(folder.length + 1).replaceAll(sep, '/'), {
      type,
      bytes,
      etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`,
      hashed: /[-.][A-Za-z0-9_-]{8,}\.\w+$/.test(entry.name),
    });
  }
  return files;
}

/** Answers requests for the console, or says that a path is not of it. */
export type ServeConsole = (path: string, request: IncomingMessage, response: ServerResponse) => boolean;

/** @param folder - what `vite build` wrote; a missing one is served as a page that says how to build it */
export function openConsoleFiles(folder: string): ServeConsole {
  const files = readFiles(folder);
  const index = files.get(`${BASE}index.html`)?.bytes.toString('utf8') ?? NOT_BUILT;

  const send = (request: IncomingMessage, response: ServerResponse, body: Buffer, headers: object): void => {
    response.writeHead(200, { ...headers, 'content-length': body.length });
    response.end(request.method === 'HEAD' ? undefined : body);
  };

  function sendPage(request: IncomingMessage, response: ServerResponse): void {
    const nonce = randomBytes(18).toString('base64url');
    const headers = { ...pageHeaders(nonce), 'content-type': TYPES['.html'], 'cache-control': 'no-store' };
    send(request, response, Buffer.from(index.replaceAll(NONCE_MARK, nonce)), headers);
  }

  async function sendFile(request: IncomingMessage, response: ServerResponse, file: ConsoleFile): Promise<void> {
    const headers = {
      ...pageHeaders(),
      'content-type': file.type,
      'cache-control': file.hashed ? 'public, max-age=31536000, immutable' : 'no-cache',
      etag: file.etag,
      vary: 'accept-encoding',
    };
    if (request.headers['if-none-match'] === file.etag) {
      response.writeHead(304, headers).end();
      return;
    }
    const small = file.bytes.length < 1024 || /^(image\/(png|x-icon)|font)/.test(file.type);
    if (small || !/\bgzip\b/.test(String(request.headers['accept-encoding']))) {
      send(request, response, file.bytes, headers);
      return;
    }
    file.gzipped ??= compress(file.bytes, { level: 9 });
    send(request, response, await file.gzipped, { ...headers, 'content-encoding': 'gzip' });
  }

  return (path, request, response) => {
    const reads = request.method === 'GET' || request.method === 'HEAD';
    if (path === '/' || path === '/console') {
      if (!reads) return false;
      response.writeHead(302, { ...pageHeaders(), location: BASE, 'content-length': 0 }).end();
      return true;
    }
    const file = files.get(path);
    if (!reads || (path !== BASE && file === undefined)) return false;
    // The page with its mark is never sent as it lies there.
    if (file === undefined || path === `${BASE}index.html`) sendPage(request, response);
    else sendFile(request, response, file).catch(() => response.destroy());
    return true;
  };
}
