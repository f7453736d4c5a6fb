// The practice model: an upstream on loopback that speaks both dialects, for demos, examples and tests.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { AncileError, systemCode, toAncileError } from '../../base/index.ts';
import { anthropicMessages, openaiChat, parseJson, type LlmSurface } from '../../codec/index.ts';
import { toMessageAnswer, toMessageEvents } from './anthropic-wire.ts';
import { decideAnswer, type Answer } from './answer.ts';
import { toChatChunks, toChatCompletion } from './openai-wire.ts';
import { readPrompt, type Prompt } from './prompt.ts';
import { readScript, type Fault, type Script } from './script.ts';

export interface PracticeOptions {
  /** 0 takes a free one. */
  readonly port?: number;
  readonly host?: string;
  /** Told of each request that was read: its path and body. */
  readonly onRequest?: (path: string, body: unknown) => void;
}

export interface PracticeModel {
  /** Base address up to the version: `http://127.0.0.1:9000/v1`. Anthropic's client wants it without `/v1`. */
  readonly url: string;
  readonly port: number;
  /** Ends every connection and stops listening. */
  close(): Promise<void>;
}

const MODELS = [
  'echo',
  'leak',
  'slow',
  'tools',
  'script',
  'parrot-system',
  'json',
  'error-429',
  'reset',
  'malformed',
  'stall',
];
const MAX_BODY = 20_000_000;

interface Wire {
  readonly surface: LlmSurface;
  toWhole(prompt: Prompt, answer: Answer): unknown;
  toEvents(prompt: Prompt, answer: Answer): Generator<string>;
}

const WIRES: Readonly<Record<string, Wire>> = {
  '/v1/chat/completions': { surface: openaiChat, toWhole: toChatCompletion, toEvents: toChatChunks },
  '/v1/messages': { surface: anthropicMessages, toWhole: toMessageAnswer, toEvents: toMessageEvents },
};

async function readBody(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY) throw new AncileError('body_too_large', `the body is larger than ${MAX_BODY} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Writes within the client's pace. Answers false once the client is gone. */
async function write(response: ServerResponse, text: string, gone: AbortSignal): Promise<boolean> {
  if (gone.aborted) return false;
  if (!response.write(text)) await once(response, 'drain', { signal: gone }).catch(() => undefined);
  return !gone.aborted;
}

async function pause(milliseconds: number, gone: AbortSignal): Promise<void> {
  if (milliseconds > 0) await sleep(milliseconds, undefined, { signal: gone }).catch(() => undefined);
}

/** Ends a streamed answer in the way the fault says; `stall` leaves it open until the client leaves. */
async function misbehave(response: ServerResponse, fault: Fault, gone: AbortSignal): Promise<void> {
  if (fault === 'reset') response.destroy();
  else if (fault === 'malformed') response.end('data: {"choices": [{"index": 0, "delta"\n\n');
  else if (!gone.aborted) await once(gone, 'abort');
}

async function stream(
  wire: Wire,
  prompt: Prompt,
  script: Script,
  response: ServerResponse,
  gone: AbortSignal,
): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
  const events = [...wire.toEvents(prompt, decideAnswer(prompt, script))];
  const upTo = script.fault === undefined ? events.length : Math.ceil(events.length / 2);
  for (const event of events.slice(0, upTo)) {
    await pause(script.delay, gone);
    if (!(await write(response, event, gone))) return;
  }
  if (script.fault === undefined) response.end();
  else await misbehave(response, script.fault, gone);
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

async function answer(wire: Wire, body: unknown, response: ServerResponse, gone: AbortSignal): Promise<void> {
  wire.surface.readRequest(body);
  const prompt = readPrompt(body as Record<string, unknown>);
  const script = readScript(prompt);
  const { fault } = script;
  if (typeof fault === 'object') {
    const code = fault.status === 429 ? 'budget_exceeded' : 'upstream_unreachable';
    const error = wire.surface.renderError({
      code,
      message: `The practice model was told to fail with ${fault.status}`,
    });
    response.writeHead(fault.status, { 'content-type': 'application/json' }).end(error.body);
  } else if (prompt.stream) {
    await stream(wire, prompt, script, response, gone);
  } else if (fault === 'malformed') {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"choices": [{');
  } else if (fault !== undefined) {
    await misbehave(response, fault, gone);
  } else {
    await pause(script.delay, gone);
    if (!gone.aborted) sendJson(response, 200, wire.toWhole(prompt, decideAnswer(prompt, script)));
  }
}

async function handle(request: IncomingMessage, response: ServerResponse, options: PracticeOptions): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  // A client that leaves in the middle of a write is no fault of ours.
  response.on('error', () => gone.abort());
  const path = (request.url ?? '').split('?')[0]!;
  const wire = Object.hasOwn(WIRES, path) ? WIRES[path]! : undefined;
  const surface =
    wire?.surface ?? (request.headers['anthropic-version'] === undefined ? openaiChat : anthropicMessages);
  try {
    if (request.method === 'GET' && path === '/v1/models') {
      sendJson(response, 200, surface.renderModels(MODELS.map((name) => `practice-${name}`)));
    } else if (request.method === 'POST' && wire !== undefined) {
      const body = parseJson(await readBody(request), { what: 'the request body' });
      options.onRequest?.(path, body);
      await answer(wire, body, response, gone.signal);
    } else {
      throw new AncileError('not_found', 'The practice model has no such address', {
        hint: 'It serves POST /v1/chat/completions, POST /v1/messages and GET /v1/models.',
      });
    }
  } catch (thrown) {
    if (gone.signal.aborted || response.headersSent) {
      response.destroy();
      return;
    }
    const { status, headers, body } = surface.renderError(toAncileError(thrown));
    response.writeHead(status, headers).end(body);
  }
}

/**
 * Starts the practice model. What it answers is written in `docs/practice-model.md`.
 * @throws AncileError `address_in_use`.
 */
export async function startPracticeModel(options: PracticeOptions = {}): Promise<PracticeModel> {
  const { port = 0, host = '127.0.0.1' } = options;
  const server = createServer((request, response) => void handle(request, response, options));
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (thrown) {
    if (systemCode(thrown) !== 'EADDRINUSE') throw thrown;
    throw new AncileError('address_in_use', `port ${port} of ${host} is taken`, {
      hint: 'Choose another port, or 0.',
      cause: thrown,
    });
  }
  const address = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}/v1`,
    port: address.port,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
