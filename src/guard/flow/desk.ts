// Flow control for running agents, on both of their wires: what the model proposes is ruled on by the conversation that it resends,
// and what reaches a tool server by what was ruled on then. Kept in memory, within bounds: what is forgotten is untrusted.
import { canonicalJson } from '../../base/index.ts';
import { type HistoryItem, type ProposedToolCall, parseJson } from '../../codec/index.ts';
import type { FlowMode, Principal, Surface, ToolRuling } from '../../contract/index.ts';
import type { Policies } from '../../policy/index.ts';
import { Conversation } from './conversation.ts';
import { ruleCall } from './rule-call.ts';
import type { ToolBook } from './tool-book.ts';
import type { Vocabulary } from './vocabulary.ts';

export interface FlowSettings {
  readonly mode: FlowMode;
  readonly book: ToolBook;
  readonly vocabulary: Vocabulary;
  readonly policies: Policies;
  /** Values that ground a target whoever named them. */
  readonly allow: readonly string[];
  /** `seen`: only what came through a tool server behind the gateway has the trust of its labels; `labelled`: all that has labels. */
  readonly results: 'seen' | 'labelled';
}

/** A call of a tool server, as its wire has it. */
export interface ServerCall {
  readonly principal: Principal;
  readonly session: string;
  readonly server: string;
  readonly tool: string;
  readonly arguments: unknown;
}

/** What is ruled on in one request of a conversation. */
export interface FlowTurn {
  rule(call: ProposedToolCall): ToolRuling;
  /** A person has approved the call: it may go on, and so may others. */
  approve(ruling: ToolRuling): void;
  /** A person has approved the call when its answer had gone: the next like it may be made, once. */
  approveNext(ruling: ToolRuling): void;
}

interface Heard {
  readonly conversation: Conversation;
  order: string[];
  readonly seen: Set<string>;
  readonly calls: Map<string, { readonly tool: string; readonly arguments: unknown }>;
  /** Calls that may be made once, by their keys. */
  readonly approved: Set<string>;
}

interface Proposal {
  readonly ruling: ToolRuling;
  readonly until: number;
}

/** Conversations, and results and proposals of all principals, that are remembered; the oldest go first. */
const MOST_CONVERSATIONS = 500;
const MOST_RESULTS = 5000;
const MOST_PROPOSALS = 5000;
/** For how long what was ruled on a proposed call holds at the tool server, milliseconds. */
const PROPOSAL_MS = 10 * 60_000;

const MOST_BYTES = 20_000_000;

/** A map that forgets its oldest entries. */
class Remembered<V> {
  readonly #entries = new Map<string, V>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  get(key: string): V | undefined {
    const value = this.#entries.get(key);
    if (value === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }

  set(key: string, value: V): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#most) break;
      this.#entries.delete(oldest);
    }
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }
}

/** What a text of a result is as a value: its JSON, or the text. */
function toValue(text: string): unknown {
  if (!/^\s*[[{"]/.test(text)) return text;
  try {
    return parseJson(text, { maxBytes: MOST_BYTES, what: 'a result' });
  } catch {
    return text;
  }
}

const isAllowed = ({ action }: ToolRuling): boolean => action === 'allow' || action === 'flag';

function asApproved(ruling: ToolRuling): ToolRuling {
  const policy = { id: '(approved)', action: 'allow', reason: 'a person approved this call' } as const;
  return { ...ruling, action: 'allow', policies: [policy] };
}

/** The bare name of a tool, without the server that a client or the gateway puts before it. */
const bareName = (tool: string): string => tool.split(/__|\//).at(-1) ?? tool;

export class FlowDesk {
  readonly #digest: (text: string) => string;
  readonly #clock: () => number;
  readonly #heard = new Remembered<Heard>(MOST_CONVERSATIONS);
  readonly #results = new Remembered<{ readonly tool: string; readonly value: unknown }>(MOST_RESULTS);
  readonly #proposals = new Remembered<Proposal>(MOST_PROPOSALS);

  /** @param digest - of texts, for this process alone */
  constructor(digest: (text: string) => string, clock: () => number) {
    this.#digest = digest;
    this.#clock = clock;
  }

  #proposalKey(principal: Principal, tool: string, args: unknown): string {
    return this.#digest(`${principal.id}\0${bareName(tool)}\0${canonicalJson(args ?? null)}`);
  }

  /** Takes in a request's history: what is new of it, where it goes on from what was heard; else nothing of it is the user's. */
  hear(
    settings: FlowSettings,
    context: { readonly principal: Principal; readonly surface: Surface; readonly session: string },
    items: readonly HistoryItem[],
  ): FlowTurn {
    const { principal, session } = context;
    const digests = items.map((item) => this.#digest(JSON.stringify(item)));
    let heard = this.#heard.get(session);
    const isNew = heard === undefined;
    if (heard === undefined) {
      const conversation = new Conversation(settings.book, settings.vocabulary);
      this.#heard.set(
        session,
        (heard = { conversation, order: [], seen: new Set(), calls: new Map(), approved: new Set() }),
      );
    }
    // A conversation that begins with answers and results was begun elsewhere.
    const goesOn = isNew
      ? items.every(({ kind }) => kind === 'system' || kind === 'user')
      : heard.order.every((digest, index) => digests[index] === digest);
    for (const [index, item] of items.entries()) {
      const digest = digests[index]!;
      const isKnown = goesOn ? index < heard.order.length : heard.seen.has(digest);
      if (!isKnown) this.#note(settings, principal, heard, item, goesOn);
      heard.seen.add(digest);
    }
    heard.order = digests;
    const { conversation, approved } = heard;
    const propose = (ruling: ToolRuling, key: string): void =>
      this.#proposals.set(key, { ruling, until: this.#clock() + PROPOSAL_MS });
    return {
      rule: (call) => {
        const ruling = ruleCall(
          { ...settings, principal, surface: context.surface },
          conversation,
          { tool: call.name, arguments: call.arguments, ...(call.id === '' ? {} : { id: call.id }) },
          settings,
        );
        const key = this.#proposalKey(principal, call.name, call.arguments);
        if (!isAllowed(ruling) && !approved.delete(key)) {
          conversation.noteRefused(key);
          propose(ruling, key);
          return { ...ruling, digest: key };
        }
        const allowed = isAllowed(ruling) ? ruling : asApproved(ruling);
        propose(allowed, key);
        return { ...allowed, digest: key };
      },
      approve(ruling) {
        if (ruling.digest === undefined) return;
        conversation.noteApproved(ruling.digest);
        propose(asApproved(ruling), ruling.digest);
      },
      approveNext(ruling) {
        if (ruling.digest === undefined) return;
        conversation.noteApproved(ruling.digest);
        approved.add(ruling.digest);
      },
    };
  }

  #note(settings: FlowSettings, principal: Principal, heard: Heard, item: HistoryItem, goesOn: boolean): void {
    const { conversation, calls } = heard;
    switch (item.kind) {
      case 'system':
        if (goesOn) conversation.noteSystem(item.text);
        else conversation.noteUntrusted(item.text);
        return;
      case 'user':
        if (goesOn) conversation.noteUser(item.text);
        else conversation.noteUntrusted(item.text);
        return;
      case 'assistant':
        // The model's own words ground nothing.
        return;
      case 'call':
        calls.set(item.id, { tool: item.name, arguments: item.arguments });
        return;
      case 'result': {
        const known = this.#results.get(this.#resultKey(principal, item.text));
        const call = calls.get(item.id) ?? { tool: '', arguments: {} };
        if (known !== undefined) conversation.noteResult({ ...call, tool: known.tool }, known.value);
        else if (settings.results === 'labelled') conversation.noteResult(call, toValue(item.text));
        else conversation.noteUnseenResult(call.tool, item.text);
      }
    }
  }

  #resultKey(principal: Principal, text: string): string {
    return this.#digest(`${principal.id}\0result\0${text}`);
  }

  /** What is ruled on a call at a tool server: as on the model's wire, where it was proposed there; else by what this session saw. */
  decide(settings: FlowSettings, call: ServerCall): ToolRuling {
    const { principal, server, tool } = call;
    const key = this.#proposalKey(principal, tool, call.arguments);
    const proposal = this.#proposals.get(key);
    if (proposal !== undefined && proposal.until > this.#clock()) {
      // A yes is for one call.
      if (isAllowed(proposal.ruling)) this.#proposals.delete(key);
      return { ...proposal.ruling, server, tool, digest: key };
    }
    const { conversation } = this.#serverSession(settings, call);
    const named = { tool: settings.book.nameOf(server, tool), arguments: call.arguments };
    const ruling = ruleCall({ ...settings, principal, surface: 'mcp', server }, conversation, named, settings);
    return { ...ruling, tool, digest: key };
  }

  /** Takes in what a tool server answered, as it was passed on to the agent. */
  noteResult(settings: FlowSettings, call: ServerCall, result: unknown): void {
    const { structured, texts } = readToolResult(result);
    const tool = settings.book.nameOf(call.server, call.tool);
    for (const text of texts) {
      this.#results.set(this.#resultKey(call.principal, text), { tool, value: structured ?? toValue(text) });
    }
    // The agent may hand on all of it as one text, or the result as JSON.
    const whole = { tool, value: structured ?? (texts.length === 1 ? toValue(texts[0]!) : texts.map(toValue)) };
    for (const text of [
      texts.join('\n'),
      JSON.stringify(result),
      ...(structured === undefined ? [] : [JSON.stringify(structured)]),
    ]) {
      this.#results.set(this.#resultKey(call.principal, text), whole);
    }
    const { conversation } = this.#serverSession(settings, call);
    conversation.noteResult({ tool, arguments: call.arguments }, whole.value);
  }

  #serverSession(settings: FlowSettings, { principal, session }: ServerCall): Heard {
    const key = this.#digest(`${principal.id}\0mcp\0${session}`);
    let heard = this.#heard.get(key);
    if (heard === undefined) {
      const conversation = new Conversation(settings.book, settings.vocabulary);
      this.#heard.set(
        key,
        (heard = { conversation, order: [], seen: new Set(), calls: new Map(), approved: new Set() }),
      );
    }
    return heard;
  }
}

/** The texts of a tool server's result, and its structured value. */
function readToolResult(result: unknown): { readonly structured: unknown; readonly texts: readonly string[] } {
  if (typeof result !== 'object' || result === null)
    return { structured: undefined, texts: [JSON.stringify(result ?? null)] };
  const { content, structuredContent } = result as { content?: unknown; structuredContent?: unknown };
  const parts: unknown[] = Array.isArray(content) ? (content as unknown[]) : [];
  const texts = parts.flatMap((part) =>
    typeof part === 'object' && part !== null && typeof (part as { text?: unknown }).text === 'string'
      ? [(part as { text: string }).text]
      : [],
  );
  return { structured: unwrapResult(structuredContent), texts };
}

/** A value that is no object is wrapped as `{ result }` by servers that have a schema for it. */
function unwrapResult(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value ?? undefined;
  const names = Object.keys(value);
  return names.length === 1 && names[0] === 'result' ? (value as { result: unknown }).result : value;
}
