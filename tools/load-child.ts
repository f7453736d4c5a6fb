// Offers load to a gateway from a process of its own, so that what is measured is not the measurer: closed loop (so many
// at a time) or open loop (so many a second, whatever comes back). Driven by its parent over IPC.
import { type Socket, connect } from 'node:net';
import { readMessages } from './bench/raw-http.ts';

export interface LoadOrder {
  readonly port: number;
  readonly key: string;
  readonly seconds: number;
  /** Closed loop: connections, each sending its next request when its last is answered. */
  readonly connections?: number;
  /** Open loop: requests a second... */
  readonly perSecond?: number;
  /** ...over a pool of so many connections made beforehand, and more where those are all in use. */
  readonly pool?: number;
  /** Goes on with the connections of the order before: the same clients, who now ask more or less. */
  readonly resume?: boolean;
  /** Keeps the connections for the next order. */
  readonly keep?: boolean;
}

export interface LoadReport {
  readonly seconds: number;
  readonly sent: number;
  readonly admitted: number;
  readonly shed: number;
  /** Answers that are neither fine nor turned away in the surface's shape, and connections that broke. */
  readonly failures: number;
  readonly firstFailure?: string;
  /** Milliseconds, of admitted requests, from the moment each was due. */
  readonly p50: number;
  readonly p99: number;
  /** Of requests turned away. */
  readonly shedP99: number;
  /** Turned away in each second of the run, by when they were due. */
  readonly shedBySecond: readonly number[];
}

/** Connections that an order kept for the next. */
let kept: Connection[] = [];

const MAX_CONNECTIONS = 6000;
const TICK_MS = 4;
const prose =
  'The quarterly report shows that shipments to the northern region rose while returns fell, and the team would like a short summary of what changed and why. ';
let serial = 0;

function requestOf(key: string): string {
  const content = `Request ${++serial}. ${prose.repeat(6)}Reference ${(serial * 7919) % 100_003}.`;
  const body = JSON.stringify({ model: 'm', max_tokens: 100, messages: [{ role: 'user', content }] });
  return `POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${key}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

/** Whether a refusal is one that the surface's clients understand: status, shape, and when to come back. */
function isShed(message: string): boolean {
  if (!/^HTTP\/1\.1 (503|429) /.test(message) || !/\r\nretry-after: \d+\r\n/i.test(message)) return false;
  const body = JSON.parse(message.slice(message.indexOf('\r\n\r\n') + 4)) as { error?: { code?: string } };
  return body.error?.code === 'overloaded';
}

const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0;

class Load {
  readonly #order: LoadOrder;
  #startedAt = 0;
  readonly #idle: Connection[] = [];
  readonly #all = new Set<Connection>();
  readonly #latencies: number[] = [];
  readonly #shedLatencies: number[] = [];
  readonly #shedBySecond: number[] = [];
  #sent = 0;
  #failures = 0;
  #firstFailure: string | undefined;

  constructor(order: LoadOrder) {
    this.#order = order;
  }

  async run(): Promise<LoadReport> {
    const { connections, perSecond, pool = 0, seconds, resume = false, keep = false } = this.#order;
    if (resume) {
      for (const connection of kept) connection.listener = this.#listen(connection, (free) => this.#idle.push(free));
      this.#idle.push(...kept);
      for (const connection of kept) this.#all.add(connection);
    }
    kept = [];
    const made = Array.from({ length: pool }, () => this.#open((free) => this.#idle.push(free)));
    await Promise.all(made.map((connection) => connection.made));
    this.#idle.push(...made);
    this.#startedAt = performance.now();
    const end = this.#startedAt + seconds * 1000;
    if (connections !== undefined) {
      for (let i = 0; i < connections; i++) this.#open((connection) => this.#again(connection, end)).send();
    } else {
      const rate = perSecond! / 1000;
      let due = 0;
      while (performance.now() < end) {
        const target = Math.floor((performance.now() - this.#startedAt) * rate);
        for (; due < target; due++) this.#offer(this.#startedAt + due / rate);
        await new Promise((resolve) => setTimeout(resolve, TICK_MS));
      }
    }
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, end - performance.now())));
    // What is under way may end.
    const patience = performance.now() + 10_000;
    while (this.#idle.length < this.#all.size && performance.now() < patience) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const late = this.#all.size - this.#idle.length;
    if (late > 0) this.#fail(`${late} requests were never answered`);
    if (keep) kept = [...this.#idle];
    for (const connection of this.#all) if (!kept.includes(connection)) connection.close();
    this.#latencies.sort((a, b) => a - b);
    this.#shedLatencies.sort((a, b) => a - b);
    return {
      seconds,
      sent: this.#sent,
      admitted: this.#latencies.length,
      shed: this.#shedLatencies.length,
      failures: this.#failures,
      ...(this.#firstFailure === undefined ? {} : { firstFailure: this.#firstFailure }),
      p50: quantile(this.#latencies, 0.5),
      p99: quantile(this.#latencies, 0.99),
      shedP99: quantile(this.#shedLatencies, 0.99),
      shedBySecond: Array.from({ length: Math.ceil(seconds) }, (_, i) => this.#shedBySecond[i] ?? 0),
    };
  }

  #again(connection: Connection, end: number): void {
    if (performance.now() < end) connection.send();
    else this.#idle.push(connection);
  }

  #offer(due: number): void {
    const connection = this.#idle.pop();
    if (connection !== undefined) connection.send(due);
    else if (this.#all.size < MAX_CONNECTIONS) this.#open((free) => this.#idle.push(free)).send(due);
    else this.#fail(`more than ${MAX_CONNECTIONS} requests wait`);
  }

  #open(onFree: (connection: Connection) => void): Connection {
    const connection = new Connection(this.#order);
    connection.listener = this.#listen(connection, onFree);
    this.#all.add(connection);
    return connection;
  }

  #listen(connection: Connection, onFree: (connection: Connection) => void): Listener {
    return {
      sent: () => this.#sent++,
      answered: (message, due, ms) => {
        this.#count(message, due, ms);
        onFree(connection);
      },
      broke: (busy) => {
        this.#all.delete(connection);
        const at = this.#idle.indexOf(connection);
        if (at !== -1) this.#idle.splice(at, 1);
        if (busy) this.#fail('a connection broke');
      },
    };
  }

  #count(message: string, due: number, ms: number): void {
    if (message.startsWith('HTTP/1.1 200')) this.#latencies.push(ms);
    else if (isShed(message)) {
      this.#shedLatencies.push(ms);
      const second = Math.floor((due - this.#startedAt) / 1000);
      this.#shedBySecond[second] = (this.#shedBySecond[second] ?? 0) + 1;
    } else this.#fail(message.slice(0, 400));
  }

  #fail(what: string): void {
    this.#failures++;
    this.#firstFailure ??= what;
  }
}

interface Listener {
  sent(): void;
  answered(message: string, due: number, ms: number): void;
  broke(busy: boolean): void;
}

class Connection {
  readonly #socket: Socket;
  readonly made: Promise<unknown>;
  readonly #key: string;
  /** Who is told what becomes of it: the order that is under way. */
  listener: Listener | undefined;
  #due: number | undefined;
  #closing = false;

  constructor({ port, key }: LoadOrder) {
    this.#key = key;
    this.#socket = connect(port, '127.0.0.1');
    this.made = new Promise((resolve) => this.#socket.once('connect', resolve));
    readMessages(this.#socket, (message) => {
      const due = this.#due;
      // A connection that was never used is told that it is closed (408).
      if (due === undefined) return;
      this.#due = undefined;
      this.listener?.answered(message, due, performance.now() - due);
    });
    this.#socket.once('close', () => {
      if (!this.#closing) this.listener?.broke(this.#due !== undefined);
    });
  }

  send(due = performance.now()): void {
    this.#due = due;
    this.listener?.sent();
    this.#socket.write(requestOf(this.#key));
  }

  close(): void {
    this.#closing = true;
    this.#socket.destroy();
  }
}

process.on('message', (order: LoadOrder) => {
  new Load(order).run().then(
    (report) => process.send!(report),
    (thrown: unknown) => {
      process.stderr.write(`${String(thrown)}\n`);
      process.exit(1);
    },
  );
});
