// An agent's session with the gateway, whatever carries it: the servers that it may reach, what of them it is shown, its
// calls, and what servers ask of it.
import { randomUUID } from 'node:crypto';
import { toFrozen } from '../../access/index.ts';
import { isObject, toAncileError } from '../../base/index.ts';
import { AgentAsks, type AgentWire } from './agent-asks.ts';
import { type McpAffected, affectedBy, atServer, isFrozenAt } from './affected.ts';
import { type Asking, makeCall, toRefusal } from './call.ts';
import { Catalogue, JOINT } from './catalogue.ts';
import type { Definition, ListedKind } from './definitions.ts';
import {
  INVALID_PARAMS,
  INVALID_REQUEST,
  type Json,
  METHOD_NOT_FOUND,
  RESOURCE_NOT_FOUND,
  type RpcId,
  type RpcMessage,
  type RpcNotice,
  type RpcOutcome,
  type RpcRequest,
  toFailure,
  toNotice,
} from './json-rpc.ts';
import { KIND_OF_LIST, NOTICES, REFUSED } from './methods.ts';
import { OBJECTIONS } from './objections.ts';
import type { AgentSessionOptions, CallParts, McpParts } from './parts.ts';
import { progressToken, toProgress } from './progress.ts';
import { agreeOn } from './revisions.ts';
import { answerServer, offeredTo } from './server-requests.ts';
import { findDefinition, findOwner } from './find-definition.ts';
import { ServerSession } from './server-session.ts';
import { type McpCaller, type ToolServer, mayReach } from './tool-server.ts';

/** Requests of one agent under way at once. */
const UNDER_WAY_MOST = 64;
const CHANGED_MS = 100;

interface UnderWay {
  readonly stop: AbortController;
  readonly server: string | undefined;
  readonly network: string | undefined;
}

export class AgentSession {
  /** Never told by anybody but to whom it belongs. */
  readonly id = randomUUID();
  readonly caller: McpCaller;
  revision = '';
  readonly #parts: McpParts;
  readonly #only: ToolServer | undefined;
  readonly #wire: AgentWire;
  readonly #servers: ReadonlyMap<string, ToolServer>;
  readonly #sessions = new Map<string, ServerSession>();
  readonly #underWay = new Map<RpcId, UnderWay>();
  readonly #asks: AgentAsks;
  readonly #catalogue: Catalogue;
  readonly #unsubscribe: () => void;
  readonly #changed = new Set<ListedKind>();
  #telling: NodeJS.Timeout | undefined;
  #agent: Json = {};
  #ended = false;

  constructor({ parts, caller, only, servers, wire }: AgentSessionOptions) {
    this.#parts = parts;
    this.caller = caller;
    this.#only = only;
    this.#wire = wire;
    this.#asks = new AgentAsks(wire);
    this.#catalogue = new Catalogue(parts, caller, only !== undefined);
    const reached = servers.filter((server) => mayReach(server, caller));
    this.#servers = new Map(reached.map((server) => [server.name, server]));
    this.#unsubscribe = parts.pins.onChange((server, kind) => {
      if (kind !== 'instructions' && this.#sessions.has(server)) this.#tellChanged(kind);
    });
  }

  /** Names of the servers that it has sessions with. */
  get connected(): readonly string[] {
    return [...this.#sessions.keys()];
  }

  /** Whether something of it is under way. */
  get busy(): boolean {
    return this.#underWay.size > 0;
  }

  /**
   * Takes in a message of the agent's.
   * @param network - keyed label of the network that it came from
   * @returns the answer to a request; undefined where nothing is to be said, or a cancelled request is not answered
   */
  async handle(message: RpcMessage, network?: string): Promise<RpcOutcome | undefined> {
    switch (message.kind) {
      case 'notice':
        this.#takeNotice(message);
        return undefined;
      case 'answer':
        this.#asks.take(message);
        return undefined;
      case 'request':
        return this.#takeRequest(message, network);
    }
  }

  /** Ends a request that nobody waits for any more, here and at its server. */
  cancel(id: RpcId): void {
    this.#underWay.get(id)?.stop.abort();
  }

  /** Ends what is under way and the sessions with servers. */
  async end(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.#unsubscribe();
    clearTimeout(this.#telling);
    for (const { stop } of this.#underWay.values()) stop.abort();
    this.#asks.end();
    await Promise.all([...this.#sessions.values()].map((session) => session.close()));
  }

  async #takeRequest(request: RpcRequest, network: string | undefined): Promise<RpcOutcome | undefined> {
    const { id, method } = request;
    if (method === 'ping') return { result: {} };
    if (this.#underWay.has(id) || this.#underWay.size >= UNDER_WAY_MOST) {
      return { error: { code: INVALID_REQUEST, message: 'an id in use, or too many requests at once' } };
    }
    const stop = new AbortController();
    const { calls } = this.#parts;
    const inForce = calls();
    const session = this.#label;
    const server = this.#serverOf(request);
    const affected = affectedBy(request, { ...this.caller, session, server, joined: this.#only === undefined });
    let frozen = false;
    const remove = inForce.inflight.add(affected, (why) => {
      frozen = why === 'frozen';
      stop.abort();
    });
    this.#underWay.set(id, { stop, server, network });
    try {
      inForce.restraints.checkFrozen(affected);
      const outcome = await this.#answer(inForce, request, affected, stop.signal);
      if (frozen) throw toFrozen();
      return stop.signal.aborted ? undefined : outcome;
    } catch (thrown) {
      const error = toAncileError(thrown);
      if (error.code === 'internal') inForce.onFault(thrown, undefined);
      return method === 'tools/call' ? toRefusal(method, error) : toFailure(error);
    } finally {
      remove();
      this.#underWay.delete(id);
    }
  }

  /** As records and flow control name it. */
  get #label(): string {
    return this.#parts.calls().keyedLabel(`${this.caller.principal.id}\0mcp\0${this.id}`);
  }

  async #answer(
    calls: CallParts,
    request: RpcRequest,
    affected: McpAffected,
    signal: AbortSignal,
  ): Promise<RpcOutcome> {
    const { method, params } = request;
    if (method === 'initialize') return { result: await this.#initialize(calls, params) };
    const list = Object.hasOwn(KIND_OF_LIST, method) ? KIND_OF_LIST[method]! : undefined;
    if (list !== undefined) return { result: { [list.member]: await this.#list(calls, list.kind) } };
    switch (method) {
      case 'tools/call':
        return this.#call(calls, request, 'tool', affected, signal);
      case 'prompts/get':
        return this.#call(calls, request, 'prompt', affected, signal);
      case 'resources/read':
        return this.#call(calls, request, 'resource', affected, signal);
      default:
        return { error: { code: METHOD_NOT_FOUND, message: REFUSED[method] ?? `the gateway does not take ${method}` } };
    }
  }

  async #initialize(calls: CallParts, params: Json): Promise<Json> {
    this.revision = agreeOn(params['protocolVersion']);
    this.#agent = isObject(params['capabilities']) ? params['capabilities'] : {};
    // One that cannot be reached now is tried again when it is asked for.
    await Promise.all(
      this.#open.map((server) =>
        this.#session(server)
          .connect()
          .catch((thrown: unknown) => calls.onFault(thrown, undefined)),
      ),
    );
    const instructions = await this.#instructions(calls);
    return {
      protocolVersion: this.revision,
      capabilities: {
        tools: { listChanged: true },
        prompts: { listChanged: true },
        resources: { listChanged: true, subscribe: false },
      },
      serverInfo: {
        name: this.#only === undefined ? 'ancile' : `ancile-${this.#only.name}`,
        version: this.#parts.version,
      },
      ...(instructions === '' ? {} : { instructions }),
    };
  }

  /** What servers tell the agent of themselves, as far as a person has read it: it reaches the agent's model. */
  async #instructions(calls: CallParts): Promise<string> {
    const texts: string[] = [];
    for (const server of this.#open) {
      const session = this.#session(server);
      if (!session.isOpen) continue;
      const shown = this.#catalogue.shown(calls, server, await session.definitions('instructions'));
      texts.push(...shown.map(({ instructions }) => this.#catalogue.heading(server) + String(instructions)));
    }
    return texts.join('\n\n');
  }

  /** Of what passes between the agent and a server beside his requests. */
  #isFrozen({ name }: ToolServer): boolean {
    return isFrozenAt(this.#parts.calls().restraints, this.caller.principal, this.#label, name);
  }

  /** The servers that are not frozen: no other is asked for anything. */
  get #open(): ToolServer[] {
    return [...this.#servers.values()].filter((server) => !this.#isFrozen(server));
  }

  #session(server: ToolServer): ServerSession {
    let session = this.#sessions.get(server.name);
    if (session !== undefined) return session;
    session = new ServerSession(server, offeredTo(server, this.#agent), this.#parts.version, {
      request: (request, signal) =>
        answerServer(
          {
            parts: this.#parts.calls(),
            isFrozen: () => this.#isFrozen(server),
            subject: this.#catalogue.subject(server),
            server,
            agent: this.#agent,
            ask: (method, params) => {
              this.#noteAside(JSON.stringify(params));
              return this.#ask(server, method, params, signal);
            },
          },
          request,
        ),
      notice: (notice) => this.#takeServerNotice(server, notice),
      connected: async (info) => {
        const tools = this.#parts.seen.get(server.name)?.tools ?? [];
        await this.#parts.seen.note({ server: server.name, ...info, tools });
      },
      listed: (kind, definitions) => this.#catalogue.note(server, kind, definitions),
    });
    this.#sessions.set(server.name, session);
    return session;
  }

  async #list(calls: CallParts, kind: ListedKind): Promise<Json[]> {
    const lists = await Promise.all(
      this.#open.map(async (server): Promise<Json[]> => {
        let definitions: readonly Definition[];
        try {
          definitions = await this.#session(server).definitions(kind);
        } catch (thrown) {
          // Of several servers those that answer are shown.
          if (this.#only !== undefined) throw thrown;
          calls.onFault(thrown, undefined);
          return [];
        }
        return this.#catalogue.shown(calls, server, definitions);
      }),
    );
    return lists.flat();
  }

  /** The server that a request is for, by the name in it; undefined where it names none. */
  #serverOf({ method, params }: Pick<RpcRequest, 'method' | 'params'>): string | undefined {
    if (this.#only !== undefined) return this.#only.name;
    const name = params['name'];
    if (method === 'resources/read' || typeof name !== 'string') return undefined;
    const at = name.indexOf(JOINT);
    return at > 0 && this.#servers.has(name.slice(0, at)) ? name.slice(0, at) : undefined;
  }

  async #call(
    calls: CallParts,
    request: RpcRequest,
    kind: 'tool' | 'prompt' | 'resource',
    affected: McpAffected,
    signal: AbortSignal,
  ): Promise<RpcOutcome> {
    const { params, id } = request;
    const named = kind === 'resource' ? params['uri'] : params['name'];
    const given = params['arguments'] ?? {};
    if (typeof named !== 'string' || named === '' || named.length > 2000 || !isObject(given)) {
      return { error: { code: INVALID_PARAMS, message: 'expected a name, and arguments that are an object' } };
    }
    const serverName = this.#serverOf(request);
    const server =
      kind === 'resource'
        ? (this.#only ?? (await findOwner(this.#open, (each) => this.#session(each), named)))
        : serverName === undefined
          ? undefined
          : this.#servers.get(serverName);
    if (server === undefined) {
      const code = kind === 'resource' ? RESOURCE_NOT_FOUND : INVALID_PARAMS;
      return { error: { code, message: `there is no such ${kind} here` } };
    }
    Object.assign(affected, atServer(server.name));
    calls.restraints.checkFrozen(affected);
    const name =
      this.#only === undefined && kind !== 'resource' ? named.slice(server.name.length + JOINT.length) : named;
    const session = this.#session(server);
    const definition = await findDefinition(session, kind, name);
    const objection =
      definition === undefined ? { policy: OBJECTIONS.unknown } : this.#catalogue.objection(calls, server, definition);
    const method = ({ tool: 'tools/call', prompt: 'prompts/get', resource: 'resources/read' } as const)[kind];
    const asking: Asking = { method, name, arguments: given, server, definition, objection };
    const token = progressToken(params);
    return makeCall(
      {
        parts: calls,
        caller: this.caller,
        session: affected.session,
        network: this.#underWay.get(id)?.network,
        flow: this.#parts.flow,
        affected,
        signal,
        send: (sent) =>
          session.ask(method, sent, {
            timeout: server.settings.timeout,
            signal,
            ...(token === undefined
              ? {}
              : { onProgress: (progress) => this.#passProgress(server, token, progress, id) }),
          }),
      },
      asking,
    );
  }

  /** What a server says of its progress is shown to people, and by some agents to models: it is judged like a result. */
  #passProgress(server: ToolServer, token: string | number, progress: Json, related: RpcId): void {
    if (this.#isFrozen(server)) return;
    const params = toProgress(progress, (said) => this.#catalogue.mayTell(this.#parts.calls(), server, said));
    if (params === undefined) return;
    if (typeof params['message'] === 'string') this.#noteAside(params['message']);
    this.#wire.send(toNotice('notifications/progress', { progressToken: token, ...params }), related);
  }

  /** What a server says beside its results may reach a model as well. */
  #noteAside(text: string): void {
    this.#parts.flow?.noteAside({ principal: this.caller.principal, session: this.#label }, text);
  }

  #takeNotice({ method, params }: RpcNotice): void {
    if (method === 'notifications/cancelled') {
      this.cancel(params['requestId'] as RpcId);
    } else if (method === 'notifications/roots/list_changed') {
      for (const session of this.#sessions.values()) {
        if (session.server.settings.roots === 'allow') void session.notify(method);
      }
    }
  }

  #takeServerNotice(server: ToolServer, { method }: RpcNotice): void {
    for (const kind of Object.keys(NOTICES) as ListedKind[]) {
      if (NOTICES[kind] !== method || this.#isFrozen(server)) continue;
      // Pinned at once: what is new is held, and told to those who decide, whether or not the agent asks.
      this.#session(server).refresh(kind, (thrown) => this.#parts.calls().onFault(thrown, undefined));
      this.#tellChanged(kind);
    }
  }

  /** Tells the agent once of several changes. */
  #tellChanged(kind: ListedKind): void {
    this.#changed.add(kind);
    this.#telling ??= setTimeout(() => {
      this.#telling = undefined;
      const methods = new Set([...this.#changed].map((each) => NOTICES[each]));
      this.#changed.clear();
      for (const method of methods) this.#wire.send(toNotice(method), undefined);
    }, CHANGED_MS).unref();
  }

  /** Puts a server's request to the agent, in the course of its latest request to that server. */
  #ask(server: ToolServer, method: string, params: Json, signal: AbortSignal): Promise<RpcOutcome> {
    const related = [...this.#underWay].findLast(([, each]) => each.server === server.name)?.[0];
    return this.#asks.ask(method, params, related, signal);
  }
}
