// The practice traffic of a drill: a lane for every way of saying who one is and every form of call. Each call is logged in
// the order in which things happened, so that what passed after an order is told apart without a clock.
import { performance } from 'node:perf_hooks';
import { parseJson } from '../../codec/index.ts';
import type { Outlet } from '../../net/index.ts';

/** One event after the other, whatever the clock says. */
export class Order {
  #last = 0;
  next(): number {
    return ++this.#last;
  }
}

export interface Call {
  readonly began: number;
  readonly ended: number;
  /** Milliseconds of `performance.now()` at its end. */
  readonly at: number;
  readonly passed: boolean;
  /** By what it was refused: an error code where one was said. */
  readonly reason?: string | undefined;
  /** The gateway's id of the exchange, where it said one. */
  readonly exchange: string | undefined;
}

export interface Lane {
  readonly name: string;
  /** Whose calls these are. `quiet`: a key that has hardly used its budgets. `bystander`: somebody whom the incident is not about. */
  readonly whose: 'key' | 'token' | 'quiet' | 'bystander';
  readonly calls: Call[];
  /** Between calls, milliseconds. */
  readonly pauseMs: number;
  call(): Promise<Pick<Call, 'passed' | 'reason'> & { readonly exchange?: string | undefined }>;
}

const MOST_BYTES = 1_000_000;
const JSON_TYPE = { 'content-type': 'application/json' };
const say = [{ role: 'user', content: 'Good morning.' }];

const exchangeOf = (headers: Readonly<Record<string, unknown>>): string | undefined => {
  const id = headers['x-ancile-exchange'];
  return typeof id === 'string' ? id : undefined;
};

const PAUSE_MS = 15;

export function lane(name: string, whose: Lane['whose'], call: Lane['call'], pauseMs = PAUSE_MS): Lane {
  return { name, whose, calls: [], call, pauseMs };
}

/** The code of an error, in whatever form the surface says it. */
const CODE =
  /held_for_approval|\b(?:frozen|budget_exceeded|unauthenticated|overloaded|not_found|blocked(?:_by_policy)?)\b/;

export function reasonOf(status: number, body: Buffer): string {
  const text = body.toString('utf8');
  if (/was held\b/.test(text)) return 'held_for_approval';
  return CODE.exec(text)?.[0] ?? `status ${status}`;
}

/** A quiet lane stays within what a cap leaves, so that what else stops it shows. */
const QUIET_MS = 500;

/** Chat calls, by one header of credentials each. */
export function chatLanes(
  outlet: Outlet,
  { key, quiet, bystander }: Readonly<Record<'key' | 'quiet' | 'bystander', string>>,
): Lane[] {
  const post = (path: string, headers: Readonly<Record<string, string>>, body: unknown): Lane['call'] => {
    const request = {
      method: 'POST',
      path,
      headers: { ...JSON_TYPE, ...headers },
      body: JSON.stringify(body),
    } as const;
    return async () => {
      const answer = await outlet.collect(request, MOST_BYTES);
      const { status, headers: said } = answer;
      const exchange = exchangeOf(said);
      return status === 200
        ? { passed: true, exchange }
        : { passed: false, exchange, reason: reasonOf(status, answer.body) };
    };
  };
  const chat = (of: string, model: string) =>
    post('/v1/chat/completions', { authorization: `Bearer ${of}` }, { model, messages: say });
  return [
    lane('chat, Authorization', 'key', chat(key, 'drilled')),
    lane('messages, x-api-key', 'key', post('/v1/messages', { 'x-api-key': key, 'anthropic-version': '2023-06-01' }, { model: 'drilled', max_tokens: 50, messages: say })), // prettier-ignore
    lane('Gemini, x-goog-api-key', 'key', post('/v1beta/models/drilled:generateContent', { 'x-goog-api-key': key }, { contents: [{ role: 'user', parts: [{ text: 'Good morning.' }] }] })), // prettier-ignore
    lane('chat, a quiet key', 'quiet', chat(quiet, 'drilled'), QUIET_MS),
    lane('another key', 'bystander', chat(bystander, 'bystander')),
  ];
}

interface RpcAnswer {
  readonly result?: { readonly content?: unknown; readonly isError?: boolean };
}

/** The answer of a JSON-RPC call, as JSON or as the last event of a stream. */
function readRpc(type: unknown, body: Buffer): RpcAnswer {
  const text = body.toString('utf8');
  if (!String(type).startsWith('text/event-stream')) return parseJson(text, { what: 'the answer' }) as RpcAnswer;
  const last = [...text.matchAll(/^data: (\{.*\})$/gm)].at(-1)?.[1];
  return last === undefined ? {} : (parseJson(last, { what: 'the answer' }) as RpcAnswer);
}

/** Calls of a tool over the Model Context Protocol: in the session that there is, else in a new one. */
export function toolLane(outlet: Outlet, name: string, whose: 'key' | 'token', bearer: string): Lane {
  let session: string | undefined;
  let id = 0;
  const send = (message: Readonly<Record<string, unknown>>) =>
    outlet.collect(
      {
        method: 'POST',
        path: '/mcp',
        headers: {
          ...JSON_TYPE,
          accept: 'application/json, text/event-stream',
          authorization: `Bearer ${bearer}`,
          'mcp-protocol-version': '2025-06-18',
          ...(session === undefined ? {} : { 'mcp-session-id': session }),
        },
        body: JSON.stringify({ jsonrpc: '2.0', ...message }),
      },
      MOST_BYTES,
    );
  async function begin(): Promise<void> {
    const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'drill', version: '1' } };
    const { status, headers } = await send({ id: ++id, method: 'initialize', params });
    const given = headers['mcp-session-id'];
    if (status !== 200 || typeof given !== 'string') return;
    session = given;
    await send({ method: 'notifications/initialized' });
    await send({ id: ++id, method: 'tools/list' });
  }
  return lane(name, whose, async () => {
    if (session === undefined) await begin();
    if (session === undefined) return { passed: false };
    const params = { name: 'drill__echo', arguments: { text: 'Good morning.' } };
    const answer = await send({ id: ++id, method: 'tools/call', params });
    if (answer.status !== 200) {
      session = undefined;
      return { passed: false, reason: reasonOf(answer.status, answer.body) };
    }
    const { result } = readRpc(answer.headers['content-type'], answer.body);
    if (result !== undefined && result.isError !== true) return { passed: true, exchange: exchangeOf(answer.headers) };
    return { passed: false, reason: reasonOf(answer.status, answer.body) };
  });
}

/** Calls over a lane again and again until it is told to stop. A call that fails on the wire has not passed. */
export async function pump(lane: Lane, order: Order, stopped: () => boolean): Promise<void> {
  while (!stopped()) {
    const began = order.next();
    const { passed, exchange, reason } = await lane
      .call()
      .catch(() => ({ passed: false, exchange: undefined, reason: 'the wire' }));
    lane.calls.push({ began, ended: order.next(), at: performance.now(), passed, exchange, reason });
    await new Promise((resolve) => setTimeout(resolve, lane.pauseMs));
  }
}

/** A stream under way. */
export interface StreamWatch {
  /** Place in the order, and time, of each piece of the answer that came. */
  readonly pieces: { readonly order: number; readonly at: number }[];
  /** Place of its regular end; undefined where it was cut, or goes on. */
  whole: number | undefined;
  ended: boolean;
}

/** Begins a long answer. Resolves when its first words are there. */
export function openStream(outlet: Outlet, key: string, order: Order): Promise<StreamWatch> {
  const watch: StreamWatch = { pieces: [], whole: undefined, ended: false };
  const body = { model: 'drilled-slow', stream: true, messages: [{ role: 'user', content: 'Good morning to all of you. '.repeat(120) }] }; // prettier-ignore
  return new Promise((resolve, reject) => {
    outlet.send(
      {
        method: 'POST',
        path: '/v1/chat/completions',
        headers: { ...JSON_TYPE, authorization: `Bearer ${key}` },
        body: JSON.stringify(body),
      },
      {
        head: () => undefined,
        data(chunk) {
          const text = chunk.toString('utf8');
          if (/"content":"[^"]/.test(text)) {
            watch.pieces.push({ order: order.next(), at: performance.now() });
            resolve(watch);
          }
          if (text.includes('[DONE]')) watch.whole = order.next();
        },
        end() {
          watch.ended = true;
          resolve(watch);
        },
        fail(error) {
          watch.ended = true;
          if (watch.pieces.length === 0) reject(error);
        },
      },
    );
  });
}

/** A call that a policy holds for a person. */
export async function heldCall(outlet: Outlet, key: string): Promise<boolean> {
  const messages = [{ role: 'user', content: 'Please pay 100 euros to DE89 3704 0044 0532 0130 00.' }];
  const answer = await outlet.collect(
    {
      method: 'POST',
      path: '/v1/chat/completions',
      headers: { ...JSON_TYPE, authorization: `Bearer ${key}` },
      body: JSON.stringify({ model: 'drilled', messages }),
    },
    MOST_BYTES,
  );
  return answer.status === 200;
}
