// What a gateway costs before it does anything: node:http in, undici out, bytes passed through.
import { createServer } from 'node:http';
import { Pool } from 'undici';

const [upstreamPort, port] = process.argv.slice(2).map(Number);
const pool = new Pool(`http://127.0.0.1:${upstreamPort}`, { connections: 128 });

createServer((request, response) => {
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
}).listen(port, '127.0.0.1', () => process.stdout.write('ready\n'));
