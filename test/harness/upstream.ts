// An upstream that does what a test tells it, and remembers what it was sent: for what the practice model is too
// well-behaved for.
import { once } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import { type AddressInfo, type Socket, createServer as createTcpServer } from 'node:net';
import { atEnd } from './cleanup.ts';

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body as JSON. */
  readonly body: Record<string, unknown>;
}

export type Behaviour = (response: ServerResponse, received: Received) => unknown;

export interface TestUpstream {
  /** Base address with the version: `http://127.0.0.1:9000/v1`. */
  readonly url: string;
  readonly received: Received[];
  /** What the next requests get. */
  behave(behaviour: Behaviour): void;
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** Starts an HTTP upstream on loopback; it ends with the test file. */
export async function startUpstream(first: Behaviour): Promise<TestUpstream> {
  let behaviour = first;
  const received: Received[] = [];
  const server = createServer((request, response) => {
    response.on('error', () => undefined);
    readText(request).then(
      async (text) => {
        const { method = '', url = '', headers } = request;
        const entry = { method, path: url, headers, text, body: text === '' ? {} : (JSON.parse(text) as never) };
        received.push(entry);
        await behaviour(response, entry);
      },
      () => undefined,
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(() => {
    server.close();
    server.closeAllConnections();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    received,
    behave: (next) => (behaviour = next),
  };
}

/** Starts an upstream of bare connections on loopback; it ends with the test file. */
export async function startRawUpstream(onConnection: (socket: Socket) => void): Promise<{ readonly url: string }> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1` };
}

/** Answers a whole body. */
export function sendJson(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

/** Begins a stream; events are written as they are given. */
export function beginStream(response: ServerResponse): (...events: string[]) => void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.flushHeaders();
  return (...events) => void response.write(events.join(''));
}
