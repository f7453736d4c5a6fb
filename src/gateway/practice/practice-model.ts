// The practice model: an upstream on loopback that speaks every dialect, for demos, examples and tests.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { AncileError, systemCode, toAncileError } from '../../base/index.ts';
import {
  anthropicCountTokens,
  anthropicMessages,
  geminiGenerate,
  openaiChat,
  parseJson,
  type LlmSurface,
  type RequestAddress,
} from '../../codec/index.ts';
import { readSmallBody } from '../small-body.ts';
import { toMessageAnswer, toMessageCount, toMessageEvents } from './anthropic-wire.ts';
import { decideAnswer, type Answer } from './answer.ts';
import { findGeminiWire } from './gemini-wires.ts';
import type { RawAnswer } from './media-wire.ts';
import { toChatChunks, toChatCompletion } from './openai-wire.ts';
import { OPENAI_WIRES } from './openai-wires.ts';
import { isRecord, readPrompt, type Prompt } from './prompt.ts';
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
const BOUNDS = { maxBytes: MAX_BODY, maxDepth: 100 };

/** One address: how its requests are read and its answers written. */
export interface Wire {
  readonly surface: LlmSurface;
  /** What the address itself says of the request. */
  readonly address?: RequestAddress;
  /** Absent: as both OpenAI's and Anthropic's bodies are read. */
  toPrompt?(body: Record<string, unknown>): Prompt;
  /** JSON, or bytes with their content type. */
  toWhole(prompt: Prompt, answer: Answer, body: Record<string, unknown>): unknown;
  /** Absent: its answers never stream. */
  toEvents?(prompt: Prompt, answer: Answer): Generator<string>;
}

const WIRES: Readonly<Record<string, Wire>> = {
  '/v1/chat/completions': { surface: openaiChat, toWhole: toChatCompletion, toEvents: toChatChunks },
  '/v1/messages': { surface: anthropicMessages, toWhole: toMessageAnswer, toEvents: toMessageEvents },
  '/v1/messages/count_tokens': { surface: anthropicCountTokens, toWhole: toMessageCount },
};

function findWire(path: string): Wire | undefined {
  if (Object.hasOwn(OPENAI_WIRES, path)) return OPENAI_WIRES[path];
  return Object.hasOwn(WIRES, path) ? WIRES[path] : findGeminiWire(path);
}

/** Whose errors and lists an address answers with. */
function dialectOf(path: string, wire: Wire | undefined, request: IncomingMessage): LlmSurface {
  if (wire !== undefined) return wire.surface;
  if (path.startsWith('/v1beta/')) return geminiGenerate;
  return request.headers['anthropic-version'] === undefined ? openaiChat : anthropicMessages;
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
  const events = [...(wire.toEvents?.(prompt, decideAnswer(prompt, script)) ?? [])];
  const upTo = script.fault === undefined ? events.length : Math.ceil(events.length / 2);
  for (const event of events.slice(0, upTo)) {
    await pause(script.delay, gone);
    if (!(await write(response, event, gone))) return;
  }
  if (script.fault === undefined) response.end();
  else await misbehave(response, script.fault, gone);
}

const isRaw = (body: unknown): body is RawAnswer => isRecord(body) && Buffer.isBuffer(body['bytes']);

function send(response: ServerResponse, body: unknown): void {
  if (isRaw(body)) response.writeHead(200, { 'content-type': body.contentType }).end(body.bytes);
  else sendJson(response, 200, body);
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

async function answer(wire: Wire, given: unknown, response: ServerResponse, gone: AbortSignal): Promise<void> {
  wire.surface.readRequest(given, wire.address);
  const body = given as Record<string, unknown>;
  const prompt = (wire.toPrompt ?? readPrompt)(body);
  const script = readScript(prompt);
  const { fault } = script;
  if (typeof fault === 'object') {
    const code = fault.status === 429 ? 'budget_exceeded' : 'upstream_unreachable';
    const error = wire.surface.renderError({
      code,
      message: `The practice model was told to fail with ${fault.status}`,
    });
    response.writeHead(fault.status, { 'content-type': 'application/json' }).end(error.body);
  } else if (prompt.stream && wire.toEvents !== undefined) {
    await stream(wire, prompt, script, response, gone);
  } else if (fault === 'malformed') {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"choices": [{');
  } else if (fault !== undefined) {
    await misbehave(response, fault, gone);
  } else {
    await pause(script.delay, gone);
    if (!gone.aborted) send(response, wire.toWhole(prompt, decideAnswer(prompt, script), body));
  }
}

async function handle(request: IncomingMessage, response: ServerResponse, options: PracticeOptions): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  // A client that leaves in the middle of a write is no fault of ours.
  response.on('error', () => gone.abort());
  const path = (request.url ?? '').split('?')[0]!;
  const wire = findWire(path);
  const surface = dialectOf(path, wire, request);
  try {
    if (request.method === 'GET' && (path === '/v1/models' || path === '/v1beta/models')) {
      sendJson(response, 200, surface.renderModels?.(MODELS.map((name) => `practice-${name}`)));
    } else if (request.method === 'POST' && wire !== undefined) {
      const bytes = await readSmallBody(request, MAX_BODY);
      const body =
        wire.surface.parseBody?.(bytes, request.headers['content-type'], BOUNDS) ??
        parseJson(bytes, { what: 'the request body' });
      options.onRequest?.(path, body);
      await answer(wire, body, response, gone.signal);
    } else {
      throw new AncileError('not_found', 'The practice model has no such address', {
        hint: 'docs/practice-model.md lists those there are.',
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
