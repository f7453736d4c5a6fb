// Flow control for running agents, on both of their wires: what the model proposes is ruled on by the conversation that it resends,
// and what reaches a tool server by what was ruled on then. Kept in memory, within bounds: what is forgotten is untrusted.
import { canonicalJson } from '../../base/index.ts';
import type { HistoryItem } from '../../codec/index.ts';
import type { Principal, ToolRuling } from '../../contract/index.ts';
import { Conversation } from './conversation.ts';
import type {
  ConversationContext,
  FlowGrants,
  FlowMemory,
  FlowSettings,
  FlowTaints,
  FlowTurn,
  ServerCall,
} from './desk-parts.ts';
import { Laundering } from './laundering.ts';
import { asApproved, asGranted, bareName, isAllowed, isOfTool } from './proposal.ts';
import { Remembered } from './remembered.ts';
import { ruleCall } from './rule-call.ts';
import { Secrets } from './secrets.ts';
import { readSpans } from './spans.ts';
import type { ResultFacts } from './tool-book.ts';
import { readToolResult, toMemory, toValue } from './tool-result.ts';

interface Heard {
  readonly session: string;
  readonly conversation: Conversation;
  order: string[];
  readonly calls: Map<string, { readonly tool: string; readonly arguments: unknown }>;
  /** Calls that may be made once, by their keys. */
  readonly approved: Set<string>;
  /** Values of marks in its messages. */
  readonly spans: Set<string>;
}

/** A result that was seen to come from its tool. */
interface Seen {
  readonly tool: string;
  readonly arguments: unknown;
  readonly value: unknown;
  /** The tool says that it failed. */
  readonly isFailure: boolean;
  /** There was more in it than the value says: an image, a resource, another text. */
  readonly hasOther: boolean;
  /** What is known of it besides its tool's labels. */
  readonly more: ResultFacts;
}

/** What is known of a principal across its conversations. */
interface Known {
  readonly laundering: Laundering;
  /** What its agents read that must not leave: one could send what another has read. */
  readonly secrets: Secrets;
  /** Something untrusted came to it, by whichever wire. */
  isTainted: boolean;
}

interface Proposal {
  readonly ruling: ToolRuling;
  readonly until: number;
}

/** Conversations, and results and proposals of all principals, that are remembered; the oldest go first. */
const MOST_CONVERSATIONS = 5000;
const MOST_RESULTS = 5000;
const MOST_PRINCIPALS = 5000;
/** The same in bytes. */
const CONVERSATION_BYTES = 512_000_000;
const RESULT_BYTES = 128_000_000;
const PRINCIPAL_BYTES = 256_000_000;
const PROPOSAL_BYTES = 64_000_000;
/** Principals of whom is known that what was known of them is lost. */
const MOST_FORGOTTEN = 100_000;
const MOST_PROPOSALS = 5000;
const MOST_VOUCHED = 100_000;
/** For how long what was ruled on a proposed call holds at the tool server, milliseconds. */
const PROPOSAL_MS = 10 * 60_000;

/** A ruling, and a digest in a conversation's order, about: bytes. */
const RULING_BYTES = 4000;
const DIGEST_BYTES = 100;

export class FlowDesk {
  readonly #digest: (text: string) => string;
  readonly #clock: () => number;
  readonly #grants: FlowGrants | undefined;
  readonly #taints: FlowTaints | undefined;
  readonly #heard = new Remembered<Heard>(MOST_CONVERSATIONS, CONVERSATION_BYTES);
  readonly #results = new Remembered<Seen>(MOST_RESULTS, RESULT_BYTES);
  readonly #principals = new Remembered<Known>(MOST_PRINCIPALS, PRINCIPAL_BYTES, (id) => {
    if (this.#forgotten.size < MOST_FORGOTTEN) this.#forgotten.add(id);
  });
  readonly #forgotten = new Set<string>();
  /** Sessions by the values of spans that an application vouched for there: elsewhere they vouch for nothing. */
  readonly #vouched = new Remembered<string>(MOST_VOUCHED, Infinity);
  readonly #proposals = new Remembered<Proposal>(MOST_PROPOSALS, PROPOSAL_BYTES);

  /** @param digest - of texts, for this process alone */
  constructor(digest: (text: string) => string, clock: () => number, { grants, taints }: FlowMemory = {}) {
    this.#grants = grants;
    this.#taints = taints;
    this.#digest = digest;
    this.#clock = clock;
  }

  #proposalKey(principal: Principal, tool: string, args: unknown): string {
    let text: string;
    try {
      text = canonicalJson(args ?? null);
    } catch {
      // No JSON that has one form: it is like no other.
      text = `\0${JSON.stringify(args)}`;
    }
    return this.#digest(`${principal.id}\0${bareName(tool)}\0${text}`);
  }

  /** Takes in a request's history: what is new of it, where it goes on from what was heard; else nothing of it is the user's. */
  hear(settings: FlowSettings, context: ConversationContext, items: readonly HistoryItem[]): FlowTurn {
    const { principal, session } = context;
    const digests = items.map((item) => this.#digest(JSON.stringify(item)));
    const old = this.#heard.get(session);
    const isContinued = old?.order.every((digest, index) => digests[index] === digest) === true && old.order.length > 0;
    // Begun anew: nothing but what a conversation begins with, and of one that was heard its own beginning.
    const isBeginning =
      items.every(({ kind }) => kind === 'system' || kind === 'user') &&
      (old === undefined || digests.every((digest, index) => old.order[index] === digest));
    // What does not go on from what was heard is another conversation, and none of it is the user's: it was rewritten, or it is
    // somebody else's that begins alike.
    const heard = isContinued ? old : this.#begin(settings, principal, session);
    const goesOn = isContinued || isBeginning;
    for (const item of items.slice(heard.order.length)) this.#note(settings, principal, heard, item, goesOn);
    heard.order = digests;
    // What the provider brings in, or remembers, is in no history.
    if (context.hasUnseen === true) heard.conversation.taint();
    this.#noteTaint(heard.conversation, principal);
    this.#keep(session, heard, principal);
    const { conversation, approved } = heard;
    const propose = (ruling: ToolRuling, key: string): void =>
      this.#proposals.set(key, { ruling, until: this.#clock() + PROPOSAL_MS }, RULING_BYTES);
    return {
      rule: (call) => {
        const ruled = ruleCall(
          { ...settings, principal, surface: context.surface },
          conversation,
          { tool: call.name, arguments: call.arguments, ...(call.id === '' ? {} : { id: call.id }) },
          settings,
        );
        const ruling = { ...ruled, ...this.#named(settings, settings.book.capabilityOf(call.name)) };
        const key = this.#proposalKey(principal, call.name, call.arguments);
        if (!isAllowed(ruling) && !approved.delete(key)) {
          const granted = this.#granted(principal, session, ruling, call.arguments);
          if (granted !== undefined) {
            propose(granted, key);
            return { ...granted, digest: key };
          }
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
      settled: () => this.settled(),
    };
  }

  /** Resolves when uses of grants are stored. @throws AncileError `store_fault` */
  settled(): Promise<void> {
    return this.#grants?.settled() ?? Promise.resolve();
  }

  /** What a call is of, as grants have it. */
  #named({ book }: FlowSettings, capability: string): Pick<ToolRuling, 'capability' | 'definition'> {
    const definition = book.definitionOf(capability);
    return { capability, ...(definition === undefined ? {} : { definition }) };
  }

  /** The ruling on a held call where a person has let calls like it pass. */
  #granted(principal: Principal, session: string, ruling: ToolRuling, args: unknown): ToolRuling | undefined {
    if (ruling.action !== 'hold') return undefined;
    const grant = this.#grants?.take({
      principal: principal.id,
      tenant: principal.tenant,
      session,
      ruling,
      arguments: args,
    });
    return grant === undefined ? undefined : asGranted(ruling, grant);
  }

  #note(settings: FlowSettings, principal: Principal, heard: Heard, item: HistoryItem, goesOn: boolean): void {
    const { conversation, calls } = heard;
    switch (item.kind) {
      case 'system':
      case 'user': {
        if (!goesOn) return conversation.noteUntrusted(item.text);
        const userText = item.kind === 'system' ? 'trusted' : (settings.spans?.userText ?? 'trusted');
        const isVouched = (id: string, text: string, tag: string): boolean =>
          settings.spans?.isVouched?.(id, text, tag) === true && this.#isVouchedIn(heard.session, id);
        const { own, passed } = readSpans(item.text, { userText, isVouched }, heard.spans);
        // His own words first: what he passes on may well repeat them.
        if (item.kind === 'system') for (const text of own) conversation.noteSystem(text);
        else if (own.length > 0) conversation.noteUser(own.join('\n'));
        for (const text of passed) conversation.noteUntrusted(text);
        return;
      }
      case 'assistant':
        // The model's own words ground nothing.
        return;
      case 'call': {
        const call = { tool: item.name, arguments: item.arguments };
        const other = calls.get(item.id);
        // Two calls by one id: whose a result is nobody can say.
        const isSame = other === undefined || JSON.stringify(other) === JSON.stringify(call);
        calls.set(item.id, isSame ? call : { tool: '', arguments: {} });
        return;
      }
      case 'result': {
        const known = this.#results.get(this.#resultKey(principal, item.text));
        const call = calls.get(item.id) ?? { tool: '', arguments: {} };
        if (known !== undefined) noteSeen(conversation, known);
        else if (settings.results === 'labelled' && item.text !== '') conversation.noteResult(call, toValue(item.text));
        else conversation.noteUnseenResult(call.tool, item.text);
      }
    }
  }

  /** A span that was seen in a prompt can be put into another's: it counts where it was first. */
  #isVouchedIn(session: string, id: string): boolean {
    const owner = this.#vouched.get(id) ?? session;
    this.#vouched.set(id, owner, 0);
    return owner === session;
  }

  #resultKey(principal: Principal, text: string): string {
    return this.#digest(`${principal.id}\0result\0${text}`);
  }

  /** What is ruled on a call at a tool server: as on the model's wire, where it was proposed there; else by what this session saw. */
  decide(settings: FlowSettings, call: ServerCall): ToolRuling {
    const { principal, session, server, tool } = call;
    const capability = settings.book.nameOf(server, tool);
    const named = this.#named(settings, capability);
    const key = this.#proposalKey(principal, tool, call.arguments);
    const proposal = this.#proposals.get(key);
    if (proposal !== undefined && proposal.until > this.#clock() && isOfTool(settings.book, proposal.ruling, call)) {
      // A yes is for one call.
      if (isAllowed(proposal.ruling)) this.#proposals.delete(key);
      const proposed = { ...proposal.ruling, server, tool, ...named, digest: key, proposed: true };
      return this.#granted(principal, session, proposed, call.arguments) ?? proposed;
    }
    const { conversation } = this.#serverSession(settings, call);
    const asked = { tool: capability, arguments: call.arguments };
    const ruling = ruleCall({ ...settings, principal, surface: 'mcp', server }, conversation, asked, settings);
    const ruled = { ...ruling, tool, ...named, digest: key };
    return this.#granted(principal, session, ruled, call.arguments) ?? ruled;
  }

  /**
   * Takes in what a tool server answered, as it was passed on to the agent.
   * @param more - what is known of it besides its tool's labels
   */
  noteResult(settings: FlowSettings, call: ServerCall, result: unknown, more: ResultFacts = {}): void {
    const { structured, texts, isFailure, hasOther } = readToolResult(result);
    const tool = settings.book.nameOf(call.server, call.tool);
    const asked = { tool, arguments: call.arguments, more };
    const remember = (text: string, seen: Seen): void => {
      if (text !== '') this.#results.set(this.#resultKey(call.principal, text), seen, 1000 + text.length * 6);
    };
    // What the model reads is the text: the value beside it stands for it only where both say the same.
    const seen = texts.map((text): Seen => ({
      ...asked,
      value: toMemory(toValue(text), more.vouched),
      isFailure,
      hasOther,
    }));
    for (const [index, text] of texts.entries()) remember(text, seen[index]!);
    const whole: Seen = {
      ...asked,
      value: structured ?? texts.map(toValue),
      isFailure,
      hasOther: hasOther || texts.length > 1,
    };
    if (texts.length !== 1) remember(texts.join('\n'), { ...whole, value: texts.join('\n') });
    if (structured !== undefined) remember(JSON.stringify(structured), { ...whole, hasOther: false });
    remember(JSON.stringify(result), { ...whole, value: result });
    const heard = this.#serverSession(settings, call);
    const { conversation } = heard;
    for (const each of seen) noteSeen(conversation, each);
    if (structured !== undefined) noteSeen(conversation, { ...whole, hasOther: false });
    if (hasOther) conversation.taint();
    this.#noteTaint(conversation, call.principal);
    this.#keep(this.#sessionKey(call), heard, call.principal);
  }

  /** Takes in that a server said something to an agent beside its results: why it failed, how far it is, what it asks. */
  noteAside(settings: FlowSettings, call: Pick<ServerCall, 'principal' | 'session'>, text: string): void {
    const heard = this.#serverSession(settings, call);
    heard.conversation.taint();
    heard.conversation.noteUntrusted(text);
    this.#noteTaint(heard.conversation, call.principal);
    this.#keep(this.#sessionKey(call), heard, call.principal);
  }

  /** What came to one conversation of a principal's agents is known in those that begin after it, and over a restart. */
  #noteTaint({ untrusted }: Conversation, principal: Principal): void {
    if (!untrusted) return;
    this.#principal(principal).isTainted = true;
    this.#taints?.note(principal.id);
  }

  #begin(settings: FlowSettings, principal: Principal, session: string): Heard {
    const { laundering, secrets } = this.#principal(principal);
    const conversation = new Conversation(settings.book, settings.vocabulary, laundering, secrets);
    return { session, conversation, order: [], calls: new Map(), approved: new Set(), spans: new Set() };
  }

  #principal({ id }: Principal): Known {
    let known = this.#principals.get(id);
    if (known === undefined) {
      const isLost = this.#forgotten.has(id) || this.#forgotten.size >= MOST_FORGOTTEN;
      known = {
        laundering: new Laundering(),
        secrets: new Secrets(),
        isTainted: isLost || this.#taints?.has(id) === true,
      };
      // What was read is not known again: everything counts as if it were.
      if (isLost) known.laundering.forget();
      this.#principals.set(id, known, 0);
    }
    return known;
  }

  #serverSession(settings: FlowSettings, { principal, session }: Pick<ServerCall, 'principal' | 'session'>): Heard {
    const key = this.#sessionKey({ principal, session });
    let heard = this.#heard.get(key);
    if (heard === undefined) {
      heard = this.#begin(settings, principal, key);
      this.#keep(key, heard, principal);
    }
    // A session of its own does not make an agent of its own.
    if (this.#principal(principal).isTainted) heard.conversation.taint();
    return heard;
  }

  #sessionKey({ principal, session }: Pick<ServerCall, 'principal' | 'session'>): string {
    return this.#digest(`${principal.id}\0mcp\0${session}`);
  }

  /** Remembers a conversation, and its principal, with what they take now. */
  #keep(key: string, heard: Heard, { id }: Principal): void {
    this.#heard.set(key, heard, heard.conversation.bytes + heard.order.length * DIGEST_BYTES);
    const known = this.#principals.get(id);
    if (known !== undefined) this.#principals.set(id, known, known.laundering.bytes + known.secrets.bytes);
  }
}

/** Notes a result that came from its tool; what says that it failed, or more than it has a value for, vouches for nothing. */
function noteSeen(conversation: Conversation, { tool, arguments: args, value, isFailure, hasOther, more }: Seen): void {
  if (isFailure) conversation.noteUnseenResult(tool, typeof value === 'string' ? value : JSON.stringify(value));
  else conversation.noteResult({ tool, arguments: args }, value, more);
  if (hasOther) conversation.taint();
}
