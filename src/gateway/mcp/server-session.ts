// A session with one tool server on behalf of one agent: opened when it is needed, again (after a while) when it broke,
// with what the server offers as it was last listed.
import { AncileError, toAncileError, isObject } from '../../base/index.ts';
import type { DefinitionKind } from '../../contract/index.ts';
import { type Definition, type ListedKind, readDefinition, readInstructions } from './definitions.ts';
import type { Json, RpcNotice, RpcOutcome, RpcRequest } from './json-rpc.ts';
import { type AskOptions, Peer } from './peer.ts';
import { NEWEST, isSpokenWithServers } from './revisions.ts';
import type { ToolServer } from './tool-server.ts';

const CONNECT_MS = 20_000;
const LIST_MS = 20_000;
/** A list is read anew so often, however often it changes, milliseconds. */
const REFRESH_MS = 2000;
const PAGES_MOST = 50;
const DEFINITIONS_MOST = 2000;
/** After so many failures in a row the wait before the next try has grown to its longest, milliseconds. */
const BACKOFF_MS = [0, 1000, 2000, 5000, 15_000, 60_000];

const LISTS: Readonly<Record<ListedKind, { method: string; member: string; capability: string }>> = {
  tool: { method: 'tools/list', member: 'tools', capability: 'tools' },
  prompt: { method: 'prompts/list', member: 'prompts', capability: 'prompts' },
  resource: { method: 'resources/list', member: 'resources', capability: 'resources' },
  template: { method: 'resources/templates/list', member: 'resourceTemplates', capability: 'resources' },
};

export interface ServerSessionEvents {
  request(request: RpcRequest, signal: AbortSignal): Promise<RpcOutcome>;
  notice(notice: RpcNotice): void;
  /** It is connected: as it calls itself. */
  connected(info: ServerInfo): Promise<void>;
  /** It listed what it offers of a kind. */
  listed(kind: DefinitionKind, definitions: readonly Definition[]): Promise<void>;
}

export interface ServerInfo {
  readonly name: string;
  readonly version: string;
  readonly protocol: string;
}

/** What an agent can do for servers, as far as the configuration lets this one know. */
export type Offered = Json;

export class ServerSession {
  readonly server: ToolServer;
  readonly #events: ServerSessionEvents;
  readonly #offered: Offered;
  readonly #version: string;
  #peer: Peer | undefined;
  #connecting: Promise<Peer> | undefined;
  #capabilities: Json = {};
  readonly #lists = new Map<DefinitionKind, Promise<readonly Definition[]>>();
  /** Kinds that were read anew a moment ago, and whether they changed since. */
  readonly #refreshing = new Map<ListedKind, boolean>();
  #instructions: Definition | undefined;
  #failures = 0;
  #failedAt = 0;
  #closed = false;

  constructor(server: ToolServer, offered: Offered, version: string, events: ServerSessionEvents) {
    this.server = server;
    this.#offered = offered;
    this.#version = version;
    this.#events = events;
  }

  /** Whether it is connected at the moment. */
  get isOpen(): boolean {
    return this.#peer?.over === false;
  }

  /** @throws AncileError `upstream_unreachable` and the like */
  connect(): Promise<unknown> {
    return this.#connected();
  }

  /** What it offers, read anew after it said that something changed. @throws AncileError `upstream_...` */
  definitions(kind: DefinitionKind): Promise<readonly Definition[]> {
    let list = this.#lists.get(kind);
    if (list === undefined) {
      list = this.#list(kind);
      this.#lists.set(kind, list);
      list.catch(() => this.#lists.delete(kind));
    }
    return list;
  }

  /** Reads a list that has changed: at once, and however often a server says so, once in a while. */
  refresh(kind: ListedKind, onFault: (thrown: unknown) => void): void {
    if (this.#refreshing.has(kind)) {
      this.#refreshing.set(kind, true);
      return;
    }
    this.#refreshing.set(kind, false);
    const timer = setTimeout(() => {
      const isAgain = this.#refreshing.get(kind) === true;
      this.#refreshing.delete(kind);
      if (isAgain && !this.#closed) this.refresh(kind, onFault);
    }, REFRESH_MS);
    timer.unref();
    this.definitions(kind).catch(onFault);
  }

  /** Reads a list anew the next time it is asked for. */
  forget(capability: string): void {
    for (const [kind, { capability: of }] of Object.entries(LISTS)) {
      if (of === capability) this.#lists.delete(kind as DefinitionKind);
    }
  }

  /** @throws AncileError of the connection, or of the cancelling */
  async ask(method: string, params: Json, options: AskOptions): Promise<RpcOutcome> {
    const peer = await this.#connected();
    return peer.ask(method, params, options);
  }

  async notify(method: string): Promise<void> {
    this.#peer?.notify(method);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const peer = this.#peer ?? (await this.#connecting?.catch(() => undefined));
    await peer?.close();
  }

  #connected(): Promise<Peer> {
    if (this.#closed) return Promise.reject(new AncileError('upstream_reset', 'the session has ended'));
    if (this.#peer !== undefined && !this.#peer.over) return Promise.resolve(this.#peer);
    const wait = BACKOFF_MS[Math.min(this.#failures, BACKOFF_MS.length - 1)]!;
    if (this.#connecting === undefined && Date.now() - this.#failedAt < wait) {
      const seconds = Math.ceil((this.#failedAt + wait - Date.now()) / 1000);
      const hint = `It is tried again in ${seconds} s.`;
      return Promise.reject(
        new AncileError('upstream_unreachable', `the tool server "${this.server.name}" has failed`, { hint }),
      );
    }
    this.#connecting ??= this.#open().finally(() => (this.#connecting = undefined));
    return this.#connecting;
  }

  async #open(): Promise<Peer> {
    this.#lists.clear();
    let peer: Peer | undefined;
    try {
      peer = new Peer(this.server.open, {
        request: (request, signal) => this.#events.request(request, signal),
        notice: (notice) => this.#notice(notice),
        // One that fails while it is opened is counted below.
        closed: () => {
          if (peer !== undefined && this.#peer === peer) this.#fail();
        },
      });
      const outcome = await peer.ask(
        'initialize',
        {
          protocolVersion: NEWEST,
          capabilities: this.#offered,
          clientInfo: { name: 'ancile', version: this.#version },
        },
        { timeout: CONNECT_MS },
      );
      const info = this.#read(outcome);
      peer.begin(info.protocol);
      peer.notify('notifications/initialized');
      await this.#events.connected(info);
      this.#peer = peer;
      this.#failures = 0;
      return peer;
    } catch (thrown) {
      this.#fail();
      await peer?.close().catch(() => undefined);
      throw toAncileError(thrown, 'upstream_malformed');
    }
  }

  #read(outcome: RpcOutcome): ServerInfo {
    if ('error' in outcome) throw new AncileError('upstream_refused', 'the tool server refuses to begin a session');
    const { protocolVersion, capabilities, serverInfo } = outcome.result;
    if (!isSpokenWithServers(protocolVersion) || !isObject(capabilities) || !isObject(serverInfo)) {
      throw new AncileError('upstream_malformed', 'the tool server speaks no revision of the protocol that is known');
    }
    this.#capabilities = capabilities;
    this.#instructions = readInstructions(outcome.result['instructions']);
    const { name, version } = serverInfo;
    const text = (value: unknown): string => (typeof value === 'string' ? value : '');
    return { name: text(name), version: text(version), protocol: protocolVersion };
  }

  #fail(): void {
    this.#failures++;
    this.#failedAt = Date.now();
    this.#peer = undefined;
    this.#lists.clear();
  }

  #notice(notice: RpcNotice): void {
    const changed = /^notifications\/(\w+)\/list_changed$/.exec(notice.method)?.[1];
    if (changed !== undefined) this.forget(changed);
    this.#events.notice(notice);
  }

  async #list(kind: DefinitionKind): Promise<readonly Definition[]> {
    const peer = await this.#connected();
    const found = new Map<string, Definition>();
    if (kind === 'instructions') {
      if (this.#instructions !== undefined) found.set(kind, this.#instructions);
    } else if (isObject(this.#capabilities[LISTS[kind].capability])) {
      const { method, member } = LISTS[kind];
      let cursor: unknown;
      for (let page = 0; page < PAGES_MOST && found.size < DEFINITIONS_MOST; page++) {
        const params = cursor === undefined ? {} : { cursor };
        const outcome = await peer.ask(method, params, { timeout: LIST_MS });
        // A server that says it has resources need have no templates of them.
        if ('error' in outcome) break;
        const items = outcome.result[member];
        for (const item of Array.isArray(items) ? items.slice(0, DEFINITIONS_MOST - found.size) : []) {
          const definition = readDefinition(kind, item);
          // Of two of one name, the first: which of them would be called is not ours to guess.
          if (definition !== undefined && !found.has(definition.name)) found.set(definition.name, definition);
        }
        cursor = outcome.result['nextCursor'];
        if (typeof cursor !== 'string' || cursor === '') break;
      }
    }
    const definitions = [...found.values()];
    await this.#events.listed(kind, definitions);
    return definitions;
  }
}
