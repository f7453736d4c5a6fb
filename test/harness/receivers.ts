// Receivers of events as strict as the interfaces that they stand for: what does not conform is refused as the real one
// would, and kept for the test to read. They can be ended, started again on their port, and told to misbehave.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { checkEcs, checkOcsf, checkOtlp } from '../../src/export/testing/schema-checks.ts';
import { atEnd } from './cleanup.ts';

type Json = Record<string, unknown>;

export interface Receiver {
  readonly url: string;
  /** Ids of events that it has, in the order they came, copies included. */
  readonly ids: string[];
  /** What did not conform. */
  readonly wrong: string[];
  /** Requests so far. */
  readonly requests: { readonly path: string; readonly body: string; readonly headers: IncomingMessage['headers'] }[];
  /** Answers the next requests itself; `undefined` lets the receiver answer. */
  meddle(how: ((request: { path: string; body: string }) => Answer | undefined) | undefined): void;
  /** Ends it with its connections. */
  stop(): Promise<void>;
  /** Listens again on the port that it had. */
  start(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Takes what came, and goes without a word. */
  readonly hangUp?: boolean;
}

interface Asked {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: string;
  readonly headers: IncomingMessage['headers'];
}

interface Taken extends Answer {
  readonly ids?: readonly string[];
  readonly wrong?: readonly string[];
}

async function startReceiver(take: (asked: Asked) => Taken): Promise<Receiver> {
  const ids: string[] = [];
  const wrong: string[] = [];
  const requests: Receiver['requests'] = [];
  let meddler: Parameters<Receiver['meddle']>[0];
  let server: Server | undefined;
  let port = 0;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString('utf8');
    const { pathname: path, searchParams: query } = new URL(request.url!, 'http://x');
    requests.push({ path, body, headers: request.headers });
    let answer: Taken | undefined = meddler?.({ path, body });
    if (answer === undefined || answer.hangUp === true) {
      const taken = take({ path, query, body, headers: request.headers });
      ids.push(...(taken.ids ?? []));
      wrong.push(...(taken.wrong ?? []));
      if (answer?.hangUp === true) return void request.socket.destroy();
      answer = taken;
    }
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
    response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body ?? {}));
  }

  const receiver: Receiver = {
    get url() {
      return `http://127.0.0.1:${port}`;
    },
    ids,
    wrong,
    requests,
    meddle: (how) => void (meddler = how),
    async stop() {
      const ending = server;
      server = undefined;
      if (ending === undefined) return;
      ending.closeAllConnections();
      ending.close();
      await once(ending, 'close');
    },
    async start() {
      server = createServer((request, response) => {
        handle(request, response).catch((thrown: unknown) => {
          wrong.push(String(thrown));
          response.destroy();
        });
      });
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
      port = (server.address() as AddressInfo).port;
    },
  };
  await receiver.start();
  atEnd(() => receiver.stop());
  return receiver;
}

const parsed = (text: string): Json => JSON.parse(text) as Json;
const inner = (value: unknown, name: string): Json => (value as Json)[name] as Json;

/** OCSF by HTTP: an array or lines, each event checked by its class. */
export function startOcsfReceiver(): Promise<Receiver> {
  return startReceiver(({ body, headers }) => {
    const lines = headers['content-type'] === 'application/x-ndjson';
    const events = lines ? body.trimEnd().split('\n').map(parsed) : (JSON.parse(body) as Json[]);
    const wrong = events.flatMap(checkOcsf);
    if (wrong.length > 0) return { status: 400, wrong };
    return { status: 200, ids: events.map((event) => String(inner(event, 'metadata')['uid'])) };
  });
}

/** Splunk's HTTP Event Collector; `acks` says when a batch is indexed, by how often it was asked for. */
export async function startSplunkReceiver(token: string, acks: (asked: number) => boolean = () => true) {
  const waiting = new Map<number, { ids: string[]; asked: number }>();
  const indexed: string[] = [];
  let next = 0;
  const receiver = await startReceiver(({ path, query, body, headers }) => {
    const channel = (headers['x-splunk-request-channel'] as string | undefined) ?? query.get('channel');
    if (headers.authorization !== `Splunk ${token}`) return { status: 403, body: { text: 'Invalid token', code: 4 } };
    if (!/^[0-9a-f-]{36}$/.test(channel ?? '')) {
      return { status: 400, body: { text: 'Data channel is missing', code: 10 }, wrong: ['no channel'] };
    }
    if (path === '/services/collector/ack') {
      const states = (parsed(body)['acks'] as number[]).map((id) => {
        const batch = waiting.get(id);
        if (batch === undefined) return [id, false] as const;
        if (!acks(++batch.asked)) return [id, false] as const;
        indexed.push(...batch.ids);
        waiting.delete(id);
        return [id, true] as const;
      });
      return { status: 200, body: { acks: Object.fromEntries(states) } };
    }
    if (path !== '/services/collector/event') return { status: 404, wrong: [path] };
    const events = body.split('\n').map(parsed);
    const known = new Set(['time', 'host', 'source', 'sourcetype', 'index', 'event', 'fields']);
    for (const [i, event] of events.entries()) {
      const flat = Object.values((event['fields'] ?? {}) as Json).every((value) => typeof value === 'string');
      const fits = typeof event['time'] === 'number' && event['event'] !== undefined && flat;
      if (fits && Object.keys(event).every((name) => known.has(name))) continue;
      return {
        status: 400,
        body: { text: 'Invalid data format', code: 6, 'invalid-event-number': i },
        wrong: ['event'],
      };
    }
    const ids = events.map((event) => String(inner(event, 'fields')['ancile_id']));
    waiting.set(next, { ids, asked: 0 });
    return { status: 200, body: { text: 'Success', code: 0, ackId: next++ }, ids };
  });
  return { receiver, indexed };
}

/** Elasticsearch's bulk API with an index that has each id once; `fate` is the status of a document. */
export async function startElasticReceiver(fate: (id: string, event: Json) => number = () => 201) {
  const documents = new Map<string, Json>();
  const receiver = await startReceiver(({ path, body, headers }) => {
    if (path !== '/_bulk' || headers['content-type'] !== 'application/x-ndjson' || !body.endsWith('\n')) {
      return { status: 400, wrong: [`${path} ${headers['content-type']}`] };
    }
    const lines = body.trimEnd().split('\n').map(parsed);
    const wrong: string[] = [];
    const ids: string[] = [];
    const items = [];
    for (let i = 0; i < lines.length; i += 2) {
      const { _id: id, _index: index } = inner(lines[i], 'create') as { _id: string; _index: string };
      const event = lines[i + 1]!;
      const problems = [...checkEcs(event), ...(typeof index === 'string' ? [] : ['no index'])];
      wrong.push(...problems);
      const status = problems.length > 0 ? 400 : documents.has(id) ? 409 : fate(id, event);
      if (status === 201) documents.set(id, event);
      if (status === 201 || status === 409) ids.push(id);
      const error = { type: status === 429 ? 'es_rejected_execution_exception' : 'document_parsing_exception' };
      items.push({ create: { _index: index, _id: id, status, ...(status < 300 ? {} : { error }) } });
    }
    return {
      status: 200,
      body: { took: 1, errors: items.some(({ create }) => create.status > 299), items },
      ids,
      wrong,
    };
  });
  return { receiver, documents };
}

/** A collector of OTLP logs; `rejects` names events that it does not take, of which it says only how many. */
export function startOtlpReceiver(rejects: (id: string) => boolean = () => false): Promise<Receiver> {
  return startReceiver(({ path, body }) => {
    if (path !== '/v1/logs') return { status: 404, wrong: [path] };
    const { wrong, ids } = checkOtlp(parsed(body));
    if (wrong.length > 0) return { status: 400, wrong };
    const kept = ids.filter((id) => !rejects(id));
    const rejected = ids.length - kept.length;
    const partialSuccess = { rejectedLogRecords: String(rejected), errorMessage: 'too old' };
    return { status: 200, body: rejected === 0 ? {} : { partialSuccess }, ids: kept };
  });
}

/** A consumer of Standard Webhooks: what is not signed, or not now, is refused. */
export function startWebhookReceiver(secret: string): Promise<Receiver> {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  return startReceiver(({ body, headers }) => {
    const id = headers['webhook-id'] as string;
    const time = headers['webhook-timestamp'] as string;
    const given = Buffer.from(/^v1,(.+)$/.exec(headers['webhook-signature'] as string)?.[1] ?? '', 'base64');
    const right = createHmac('sha256', key).update(`${id}.${time}.${body}`).digest();
    const fresh = Math.abs(Date.now() / 1000 - Number(time)) < 300;
    if (given.length !== right.length || !timingSafeEqual(given, right) || !fresh)
      return { status: 401, wrong: ['signature'] };
    const { type, timestamp, data } = parsed(body) as { type: string; timestamp: string; data: Json };
    const fits = /^[A-Za-z0-9_.]+$/.test(type) && !Number.isNaN(Date.parse(timestamp)) && data['id'] === id;
    return fits ? { status: 204, body: '', ids: [id] } : { status: 400, wrong: ['payload'] };
  });
}

/** Slack's incoming webhooks: blocks within their bounds, and nothing that it would make markup of. */
export function startSlackReceiver(path: string): Promise<Receiver> {
  return startReceiver((asked) => {
    if (asked.path !== path) return { status: 404, body: 'no_service', wrong: [asked.path] };
    const message = parsed(asked.body) as {
      text?: string;
      blocks?: { type: string; text: { type: string; text: string } }[];
    };
    const blocks = message.blocks ?? [];
    const fits =
      typeof message.text === 'string' &&
      blocks.length <= 50 &&
      blocks.every(({ type, text }) => type === 'section' && text.type === 'plain_text' && text.text.length <= 3000);
    if (!fits) return { status: 400, body: 'invalid_blocks', wrong: ['blocks'] };
    const texts = blocks.map(({ text }) => text.text);
    return {
      status: 200,
      body: 'ok',
      ids: texts.map((text) => /(?:^id: |record )(\S+)$/m.exec(text)?.[1]?.replaceAll('\u2060', '') ?? '?'),
      wrong: texts.filter((text) => /[<>@]/.test(text)),
    };
  });
}

/** PagerDuty's Events API v2; `alerts` are those that are open, by their key. */
export async function startPagerDutyReceiver(routingKey: string) {
  const alerts = new Set<string>();
  const receiver = await startReceiver(({ path, body }) => {
    const event = parsed(body);
    const { dedup_key: key, event_action: action } = event as { dedup_key: string; event_action: string };
    const payload = event['payload'] as Json | undefined;
    const fits =
      path === '/v2/enqueue' &&
      event['routing_key'] === routingKey &&
      key.length <= 255 &&
      (action === 'resolve' ||
        (action === 'trigger' &&
          typeof payload?.['summary'] === 'string' &&
          payload['summary'].length <= 1024 &&
          typeof payload['source'] === 'string' &&
          ['critical', 'error', 'warning', 'info'].includes(payload['severity'] as string)));
    if (!fits) return { status: 400, body: { status: 'invalid event' }, wrong: [body.slice(0, 200)] };
    if (action === 'trigger') alerts.add(key);
    else alerts.delete(key);
    const id = (payload?.['custom_details'] as Json | undefined)?.['id'];
    return {
      status: 202,
      body: { status: 'success', message: 'Event processed', dedup_key: key },
      ids: id === undefined ? [] : [id as string],
    };
  });
  return { receiver, alerts };
}
