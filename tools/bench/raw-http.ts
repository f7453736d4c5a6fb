// The smallest HTTP/1.1 that two ends of a benchmark need, over bare sockets: so that what is measured is what
// stands between them, and not the tools on either side.
import { type Server, type Socket, connect, createServer } from 'node:net';

/** Reads messages off a socket: calls back with each whole one (head and body as latin1 text). */
export function readMessages(socket: Socket, onMessage: (message: string) => void, onFirstData?: () => void): void {
  let pending = '';
  let begun = false;
  socket.setNoDelay(true);
  socket.setEncoding('latin1');
  socket.on('data', (chunk: string) => {
    pending += chunk;
    for (;;) {
      const head = pending.indexOf('\r\n\r\n');
      if (head === -1) return;
      if (!begun && pending.length > head + 4) {
        begun = true;
        onFirstData?.();
      }
      const length = /\r\ncontent-length: (\d+)/i.exec(pending.slice(0, head));
      let end: number;
      if (length !== null) end = head + 4 + Number(length[1]);
      else if (/\r\ntransfer-encoding: chunked/i.test(pending.slice(0, head))) {
        const last = pending.indexOf('\r\n0\r\n\r\n', head);
        end = last === -1 ? Infinity : last + 7;
      } else end = head + 4;
      if (pending.length < end) return;
      const message = pending.slice(0, end);
      pending = pending.slice(end);
      begun = false;
      onMessage(message);
    }
  });
  socket.on('error', () => socket.destroy());
}

/** A server that answers each request with the same bytes, or with chunks `gapMs` apart. */
export function startUpstream(answer: (request: string) => readonly string[], gapMs = 0): Promise<Server> {
  const server = createServer((socket) =>
    readMessages(socket, (request) => {
      const parts = answer(request);
      if (gapMs === 0 || parts.length === 1) {
        socket.write(parts.join(''), 'latin1');
        return;
      }
      let index = 0;
      const timer = setInterval(() => {
        if (socket.destroyed || index >= parts.length) clearInterval(timer);
        else socket.write(parts[index++]!, 'latin1');
      }, gapMs);
    }),
  );
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly firstByteP50: number;
  readonly failures: number;
}

export interface LoadOptions {
  readonly port: number;
  readonly path: string;
  readonly key: string;
  readonly connections: number;
  readonly requests: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** The body of the n-th request. */
  readonly body: (n: number) => string;
}

const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? NaN;

/** Sends `requests` requests over `connections` connections, each sending its next when its last is answered. */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const latencies: number[] = [];
  const firsts: number[] = [];
  const extra = Object.entries(options.headers ?? {})
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
  let sent = 0;
  let failures = 0;
  const started = performance.now();
  await Promise.all(
    Array.from(
      { length: options.connections },
      () =>
        new Promise<void>((resolve, reject) => {
          const socket = connect(options.port, '127.0.0.1');
          let at = 0;
          const next = (): void => {
            if (sent >= options.requests) {
              socket.end();
              resolve();
              return;
            }
            const body = options.body(sent++);
            at = performance.now();
            socket.write(
              `POST ${options.path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${options.key}\r\n${extra}` +
                `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
            );
          };
          readMessages(
            socket,
            (message) => {
              latencies.push(performance.now() - at);
              if (!message.startsWith('HTTP/1.1 200')) {
                if (failures++ === 0) process.stderr.write(`first failure: ${message.slice(0, 600)}\n`);
              }
              next();
            },
            () => firsts.push(performance.now() - at),
          );
          socket.once('error', reject);
          socket.once('close', () => resolve());
          socket.once('connect', next);
        }),
    ),
  );
  const seconds = (performance.now() - started) / 1000;
  latencies.sort((a, b) => a - b);
  firsts.sort((a, b) => a - b);
  return {
    requests: latencies.length,
    seconds,
    perSecond: latencies.length / seconds,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    firstByteP50: quantile(firsts, 0.5),
    failures,
  };
}
