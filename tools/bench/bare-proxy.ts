// What a gateway costs before it does anything: node:http in, undici out, bytes passed through. `dispatch` is the leanest
// way to write it, `request` (body and answer piped) the usual one.
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { Pool } from 'undici';

const [upstreamPort, port, mode] = process.argv.slice(2);
const pool = new Pool(`http://127.0.0.1:${upstreamPort}`, { connections: 128 });

function passByDispatch(request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    pool.dispatch(
      {
        path: request.url ?? '/',
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks),
      },
      {
        // undici takes a handler with this method for one of the present form.
        onRequestStart() {},
        onResponseStart(_controller, status, headers) {
          response.writeHead(status, { 'content-type': String(headers['content-type']) });
        },
        onResponseData(_controller, chunk) {
          response.write(chunk);
        },
        onResponseEnd() {
          response.end();
        },
        onResponseError() {
          response.destroy();
        },
      },
    );
  });
}

async function passByRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const answer = await pool.request({
    path: request.url ?? '/',
    method: 'POST',
    headers: { 'content-type': 'application/json', 'content-length': request.headers['content-length'] },
    body: request,
  });
  response.writeHead(answer.statusCode, { 'content-type': String(answer.headers['content-type']) });
  await pipeline(answer.body, response);
}

createServer((request, response) => {
  if (mode === 'request') void passByRequest(request, response).catch(() => response.destroy());
  else passByDispatch(request, response);
}).listen(Number(port), '127.0.0.1', () => process.stdout.write('ready\n'));
