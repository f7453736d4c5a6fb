// Tool servers over Streamable HTTP: `/mcp` for all that a caller may reach, `/mcp/NAME` for one.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type KeyRing, restrains } from '../../../access/index.ts';
import { AncileError, toAncileError, isObject } from '../../../base/index.ts';
import { parseJson } from '../../../codec/index.ts';
import { mayKeepConnection, readBody } from '../../body.ts';
import { marksOf } from '../../marks.ts';
import { onceOver } from '../../ending.ts';
import { authenticate } from '../../llm/index.ts';
import { DEPTH_MOST } from '../link/lines.ts';
import { INTERNAL, INVALID_REQUEST, type RpcMessage, readMessage, toAnswer } from '../json-rpc.ts';
import type { McpParts, McpSettings } from '../parts.ts';
import { BATCHED, isSpoken } from '../revisions.ts';
import { type McpCaller, type ToolServer, mayReach } from '../tool-server.ts';
import { METADATA_PATH, challenge, metadataOf } from './metadata.ts';
import type { OriginCheck } from './origin.ts';
import { Reply } from './reply.ts';
import { type HttpSession, SessionBook } from './session-book.ts';

const SESSION_HEADER = 'mcp-session-id';
const BATCH_MOST = 32;
const JWT = /^Bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i;

export interface FrontOptions {
  readonly parts: McpParts;
  readonly keys: KeyRing;
  /** Of the configuration in force. */
  readonly checkOrigin: () => OriginCheck;
  /** Where the gateway listens. */
  readonly address: () => string;
}

export interface McpFront {
  /** @returns whether the address is one of these */
  handle(request: IncomingMessage, response: ServerResponse): boolean;
  counts(): ReadonlyMap<string, number>;
  close(): Promise<void>;
}

/** One request, and whose it is. */
interface Visit {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly settings: McpSettings;
  readonly caller: McpCaller;
  readonly only: ToolServer | undefined;
}

function sendJson(response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void {
  if (response.headersSent || response.destroyed) return;
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...headers,
    ...(mayKeepConnection(response.req) ? {} : { connection: 'close' }),
  });
  response.end(text);
}

function sendError(response: ServerResponse, error: AncileError, headers: Record<string, string> = {}): void {
  const message = error.hint === undefined ? error.message : `${error.message}. ${error.hint}`;
  const code = error.status < 500 ? INVALID_REQUEST : INTERNAL;
  sendJson(response, error.status, toAnswer(null, { error: { code, message, data: { code: error.code } } }), headers);
}

const header = (request: IncomingMessage, name: string): string | undefined => {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
};

export function createMcpFront({ parts, keys, checkOrigin, address }: FrontOptions): McpFront {
  const book = new SessionBook(parts);
  const { restraints } = parts.calls();
  const unsubscribes = [
    keys.onRevoked((ended) => book.endOf(({ id }) => id === ended)),
    restraints.onPut((restraint) =>
      restraint.effect === 'freeze'
        ? book.endOf(({ id, tenant }) => restrains(restraint, { principal: id, tenant }))
        : 0,
    ),
  ];

  async function callerOf(request: IncomingMessage, { tokens }: McpSettings, path: string): Promise<McpCaller> {
    const token = JWT.exec(request.headers.authorization ?? '')?.[1];
    if (tokens !== undefined && token !== undefined) return tokens.authenticate(token, path);
    const { id, principal, tools, budgets } = authenticate(keys, request);
    return { principal, tools, budgets, isActive: () => keys.isActive(id) };
  }

  function sessionOf({ request, caller, only, settings }: Visit): HttpSession {
    const id = header(request, SESSION_HEADER);
    if (id === undefined) {
      throw new AncileError('request_invalid', `the header ${SESSION_HEADER} is missing`, {
        at: SESSION_HEADER,
        hint: 'Begin a session with `initialize`.',
      });
    }
    const session = book.find(id, caller, only?.name, settings);
    const revision = header(request, 'mcp-protocol-version');
    if (revision !== undefined && !isSpoken(revision)) {
      throw new AncileError('request_invalid', 'the revision of the protocol is not spoken here', {
        at: 'mcp-protocol-version',
      });
    }
    return session;
  }

  function readMessages(value: unknown, session: HttpSession | undefined): RpcMessage[] {
    if (!Array.isArray(value)) return [readMessage(value)];
    if (session?.agent.revision !== BATCHED || value.length === 0 || value.length > BATCH_MOST) {
      throw new AncileError('request_invalid', `several messages at once are taken in revision ${BATCHED} alone`, {
        hint: `There, up to ${BATCH_MOST}.`,
      });
    }
    return value.map(readMessage);
  }

  async function post(visit: Visit): Promise<void> {
    const { request, response, caller, settings, only } = visit;
    const { limits, load } = parts.calls();
    if (!/^application\/json\b/i.test(header(request, 'content-type') ?? '')) {
      throw new AncileError('request_invalid', 'expected a body of type application/json', { at: 'content-type' });
    }
    const accept = header(request, 'accept') ?? '*/*';
    if (!/\*\/\*/.test(accept) && !(/application\/json/i.test(accept) && /text\/event-stream/i.test(accept))) {
      throw new AncileError('request_invalid', 'expected to be allowed to answer by JSON and by a stream', {
        at: 'accept',
        hint: 'Send "Accept: application/json, text/event-stream".',
      });
    }
    const slot = load.enter(limits);
    if (slot === undefined) throw new AncileError('overloaded', 'the gateway has as much to do as it may have');
    onceOver(response, () => slot.leave());
    const bytes = await readBody(request, { maxBytes: limits.bodyBytes, slot, onCut: () => undefined });
    const bounds = { maxBytes: limits.bodyBytes, maxDepth: Math.min(limits.depth, DEPTH_MOST) };
    const value = parseJson(bytes, { ...bounds, what: 'the request body' });
    // The key may have ended while its request was being read.
    if (!caller.isActive()) throw new AncileError('unauthenticated', 'the key is not valid');
    if (isObject(value) && value['method'] === 'initialize') {
      const message = readMessage(value);
      if (message.kind !== 'request') throw new AncileError('request_invalid', '`initialize` is a request');
      const session = book.begin(settings, caller, only);
      const outcome = await session.agent.handle(message);
      if (outcome === undefined || 'error' in outcome) book.end(session);
      const failed = { error: { code: INTERNAL, message: 'the session could not be begun' } };
      sendJson(response, 200, toAnswer(message.id, outcome ?? failed), { [SESSION_HEADER]: session.agent.id });
      return;
    }
    const session = sessionOf(visit);
    const { marks, keyedLabel } = parts.calls();
    const { network } = marksOf(request, marks, keyedLabel);
    const messages = readMessages(value, session);
    const requests = messages.filter((message) => message.kind === 'request');
    const reply = requests.length === 0 ? undefined : new Reply(response, requests.length, Array.isArray(value));
    for (const { id } of requests) if (reply !== undefined) session.replies.set(id, reply);
    // Streams are not resumed: whoever leaves before his answer is not waited for, nor is the server kept at work for him.
    onceOver(response, () => {
      for (const { id } of requests) if (session.replies.get(id) === reply) session.agent.cancel(id);
    });
    await Promise.all(
      messages.map(async (message) => {
        const outcome = await session.agent.handle(message, network);
        if (message.kind !== 'request') return;
        if (session.replies.get(message.id) === reply) session.replies.delete(message.id);
        reply?.answer(message.id, outcome);
      }),
    );
    if (reply === undefined) {
      response.writeHead(202, { 'content-length': 0 });
      response.end();
    }
  }

  function get(visit: Visit): void {
    const { request, response } = visit;
    const session = sessionOf(visit);
    if (!/text\/event-stream|\*\/\*/i.test(header(request, 'accept') ?? '*/*')) {
      throw new AncileError('request_invalid', 'expected to be allowed to answer by a stream', { at: 'accept' });
    }
    if (header(request, 'last-event-id') !== undefined) {
      throw new AncileError('request_invalid', 'streams are not resumed: events have no ids here', {
        at: 'last-event-id',
        hint: 'Open the stream without it; a call whose stream broke was cancelled.',
      });
    }
    if (session.streams) throw new AncileError('conflict', 'the session has its stream already');
    session.listen(response);
  }

  async function visit(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const settings = parts.settings();
    let principal: string | undefined;
    try {
      checkOrigin()({ host: request.headers.host, origin: header(request, 'origin') });
      const caller = await callerOf(request, settings, path);
      principal = caller.principal.id;
      restraints.checkFrozen({ principal, tenant: caller.principal.tenant });
      const name = path === '/mcp' ? undefined : path.slice('/mcp/'.length);
      const only = name === undefined ? undefined : settings.servers.get(name);
      // Whether a server is there is not told to those who may not reach it.
      if (name !== undefined && (only === undefined || !mayReach(only, caller))) {
        throw new AncileError('not_found', 'there is no such tool server for this key');
      }
      const here: Visit = { request, response, settings, caller, only };
      if (request.method === 'POST') await post(here);
      else if (request.method === 'GET') get(here);
      else if (request.method === 'DELETE') {
        book.end(sessionOf(here));
        response.writeHead(204);
        response.end();
      } else throw new AncileError('not_found', 'tool servers take POST, GET and DELETE');
    } catch (thrown) {
      const error = toAncileError(thrown);
      if (error.code === 'internal') parts.calls().onFault(thrown, undefined);
      parts.calls().refusals.note(error.code, principal);
      if (response.headersSent) response.destroy();
      const asks = { 'www-authenticate': challenge(settings.config, address(), path) };
      sendError(response, error, error.code === 'unauthenticated' ? asks : {});
    }
  }

  return {
    handle(request, response) {
      const settings = parts.settings();
      if (settings.servers.size === 0) return false;
      const path = (request.url ?? '/').split('?', 1)[0]!;
      if (path === METADATA_PATH || path.startsWith(`${METADATA_PATH}/`)) {
        const document = metadataOf(settings.config, address(), path.slice(METADATA_PATH.length));
        if (document === undefined || request.method !== 'GET') return false;
        sendJson(response, 200, document, { 'access-control-allow-origin': '*' });
        return true;
      }
      if (path !== '/mcp' && !path.startsWith('/mcp/')) return false;
      void visit(request, response, path);
      return true;
    },
    counts: () => book.counts(),
    async close() {
      for (const unsubscribe of unsubscribes) unsubscribe();
      await book.close();
    },
  };
}
