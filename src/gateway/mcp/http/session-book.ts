// Sessions of agents over HTTP: each of exactly one principal, found by an id that nobody can guess, ended when it is idle.
import type { Principal } from '../../../contract/index.ts';
import type { ServerResponse } from 'node:http';
import { AncileError } from '../../../base/index.ts';
import { AgentSession } from '../agent-session.ts';
import type { RpcId } from '../json-rpc.ts';
import type { McpParts, McpSettings } from '../parts.ts';
import type { McpCaller, ToolServer } from '../tool-server.ts';
import { type Reply, STREAM_HEADERS, writeEvent } from './reply.ts';

/** Kept for a stream that is not open at the moment. */
const QUEUE_MOST = 50;
const SWEEP_MS = 5000;
const ALIVE_MS = 25_000;
/** Sessions of one principal: the oldest idle one makes room. */
const OF_ONE_MOST = 32;

export class HttpSession {
  readonly agent: AgentSession;
  /** Of the path that it was begun at; undefined: of all servers. */
  readonly only: string | undefined;
  readonly settings: string;
  readonly replies = new Map<RpcId, Reply>();
  seen: number;
  #stream: ServerResponse | undefined;
  readonly #queue: object[] = [];

  constructor(parts: McpParts, settings: McpSettings, caller: McpCaller, only: ToolServer | undefined, now: number) {
    this.only = only?.name;
    this.settings = settings.id;
    this.seen = now;
    const servers = only === undefined ? [...settings.servers.values()] : [only];
    const wire = { send: (message: object, related: RpcId | undefined): void => this.#send(message, related) };
    this.agent = new AgentSession({ parts, caller, only, servers, wire });
  }

  get streams(): boolean {
    return this.#stream !== undefined;
  }

  /** Opens the stream of what is said without being asked. */
  listen(response: ServerResponse): void {
    this.#stream = response;
    response.writeHead(200, STREAM_HEADERS);
    response.flushHeaders();
    const alive = setInterval(() => response.write(': here\n\n'), ALIVE_MS).unref();
    response.once('close', () => {
      clearInterval(alive);
      if (this.#stream === response) this.#stream = undefined;
    });
    for (const message of this.#queue.splice(0)) writeEvent(response, message);
  }

  async end(): Promise<void> {
    this.#stream?.end();
    await this.agent.end();
  }

  #send(message: object, related: RpcId | undefined): void {
    const reply = related === undefined ? undefined : this.replies.get(related);
    if (reply?.send(message) === true) return;
    if (this.#stream !== undefined && writeEvent(this.#stream, message)) return;
    if (this.#queue.length < QUEUE_MOST) this.#queue.push(message);
  }
}

export class SessionBook {
  readonly #parts: McpParts;
  readonly #sessions = new Map<string, HttpSession>();
  readonly #timer: NodeJS.Timeout;

  constructor(parts: McpParts) {
    this.#parts = parts;
    this.#timer = setInterval(() => this.#sweep(), SWEEP_MS).unref();
  }

  /** @throws AncileError `overloaded` */
  begin(settings: McpSettings, caller: McpCaller, only: ToolServer | undefined): HttpSession {
    const own = [...this.#sessions.values()].filter((each) => each.agent.caller.principal.id === caller.principal.id);
    if (own.length >= OF_ONE_MOST) {
      const oldest = own.filter(({ agent }) => !agent.busy).sort((a, b) => a.seen - b.seen)[0];
      if (oldest !== undefined) this.end(oldest);
    }
    if (own.length >= 2 * OF_ONE_MOST || this.#sessions.size >= settings.config.sessions) {
      throw new AncileError('overloaded', 'there are as many sessions as there may be', {
        hint: 'End those that are not needed (DELETE), or raise mcp.sessions.',
      });
    }
    const session = new HttpSession(this.#parts, settings, caller, only, this.#now());
    this.#sessions.set(session.agent.id, session);
    return session;
  }

  /**
   * The session of an id, for the principal that began it, at the address where it was begun.
   * @throws AncileError `not_found` in one and the same words for every id that is not his
   */
  find(id: string, caller: McpCaller, only: string | undefined, settings: McpSettings): HttpSession {
    const session = this.#sessions.get(id);
    const isHis =
      session !== undefined && session.agent.caller.principal.id === caller.principal.id && session.only === only;
    if (isHis && session.settings === settings.id) {
      session.seen = this.#now();
      return session;
    }
    // What was begun under another configuration is begun anew.
    if (isHis) this.end(session);
    throw new AncileError('not_found', 'there is no such session', { hint: 'Begin a new one.' });
  }

  end(session: HttpSession): void {
    this.#sessions.delete(session.agent.id);
    session.end().catch((thrown: unknown) => this.#parts.calls().onFault(thrown, undefined));
  }

  /** Ends the sessions of somebody. @returns how many that were */
  endOf(isHis: (principal: Principal) => boolean): number {
    const his = [...this.#sessions.values()].filter(({ agent }) => isHis(agent.caller.principal));
    for (const session of his) this.end(session);
    return his.length;
  }

  /** Sessions with each server at the moment. */
  counts(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { agent } of this.#sessions.values()) {
      for (const server of agent.connected) counts.set(server, (counts.get(server) ?? 0) + 1);
    }
    return counts;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    const all = [...this.#sessions.values()];
    this.#sessions.clear();
    await Promise.all(all.map((session) => session.end()));
  }

  #now(): number {
    return this.#parts.calls().clock();
  }

  #sweep(): void {
    const { config, id } = this.#parts.settings();
    const oldest = this.#now() - config.sessionIdle;
    for (const session of [...this.#sessions.values()]) {
      const isIdle = session.seen < oldest && !session.agent.busy && !session.streams;
      if (isIdle || session.settings !== id || !session.agent.caller.isActive()) this.end(session);
    }
  }
}
