// What servers offer, to one caller: each definition pinned and judged, and shown or kept back by the same rules that its use
// is held against.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isEnforcing } from '../../contract/index.ts';
import type { DefinitionKind } from '../../contract/index.ts';
import type { Subject } from '../../policy/index.ts';
import type { Definition } from './definitions.ts';
import { ruleOnTool } from './judge-call.ts';
import { type JudgedDefinition, judgeDefinition } from './judge-definition.ts';
import type { Json } from './json-rpc.ts';
import { KnownTools } from './look-alikes.ts';
import { OBJECTIONS, type Objection } from './objections.ts';
import type { CallParts, McpParts } from './parts.ts';
import type { Offer } from './pin-book.ts';
import { type McpCaller, type ToolServer, mayUseTool } from './tool-server.ts';

/** Between a server's name and a tool's, where several servers are behind one address. */
export const JOINT = '__';
/** Definitions judged in one go. */
const AT_ONCE = 20;

export class Catalogue {
  readonly #parts: McpParts;
  readonly #caller: McpCaller;
  readonly #single: boolean;
  readonly #judged = new WeakMap<Definition, { version: string; judged: JudgedDefinition }>();

  /** @param single - of one server, whose names stand as they are */
  constructor(parts: McpParts, caller: McpCaller, single: boolean) {
    this.#parts = parts;
    this.#caller = caller;
    this.#single = single;
  }

  subject(server: ToolServer): Subject {
    return { principal: this.#caller.principal, route: server.name, surface: 'mcp' };
  }

  /**
   * Takes in what a server listed: every definition is pinned, or held against its pin.
   * @throws AncileError `ledger_fault`, `store_fault`: nothing of it may be shown
   */
  async note(server: ToolServer, kind: DefinitionKind, definitions: readonly Definition[]): Promise<void> {
    const { pins, seen } = this.#parts;
    const names = new Set(definitions.map(({ name }) => name));
    const others = pins.tools().filter((each) => each.server !== server.name || !names.has(each.name));
    const own = kind === 'tool' ? [...names].map((name) => ({ server: server.name, name })) : [];
    const known = new KnownTools([...others, ...own]);
    const calls = this.#parts.calls();
    const offers: Offer[] = [];
    for (const definition of definitions) {
      const judged = judgeDefinition(calls, this.subject(server), definition, known);
      this.#judged.set(definition, { version: calls.policies.version, judged });
      offers.push({ definition, findings: judged.findings, harmless: judged.harmless });
      // Of a long list, others get their turn in between.
      if (offers.length % AT_ONCE === 0) await nextTurn();
    }
    await pins.see(server.name, kind, offers, server.settings.pin === 'first_use');
    const last = seen.get(server.name);
    if (kind !== 'tool' || last === undefined) return;
    const tools = definitions.map(({ name, digest }) => ({ name, digest }));
    await seen.note({ server: server.name, name: last.name, version: last.version, protocol: last.protocol, tools });
  }

  /** What keeps a definition from being shown and used: the same at both. */
  objection(calls: CallParts, server: ToolServer, definition: Definition): Objection | undefined {
    const { kind, name, digest } = definition;
    // Who has anything to do with a server is told what it says of itself.
    if (kind !== 'instructions' && !mayUseTool(server, name, this.#caller)) return { policy: OBJECTIONS.scope };
    if (!this.#parts.pins.isApproved(server.name, definition)) {
      const pin = this.#parts.pins.get(server.name, kind, name);
      if (pin?.state === 'denied' && pin.pending?.digest === digest) return { policy: OBJECTIONS.denied };
      return { policy: pin?.approved === undefined ? OBJECTIONS.pending : OBJECTIONS.changed };
    }
    return this.#judge(calls, server, definition).blocked ? { policy: OBJECTIONS.definition } : undefined;
  }

  /** Those that the caller may see, as he sees them. */
  shown(calls: CallParts, server: ToolServer, definitions: readonly Definition[]): Json[] {
    return definitions
      .filter((definition) => this.objection(calls, server, definition) === undefined)
      .filter(
        ({ kind, name, body }) =>
          kind !== 'tool' || ruleOnTool(calls, this.subject(server), server, name, body).action !== 'block',
      )
      .map((definition) => {
        const { kind, name } = definition;
        const { body } = this.#judge(calls, server, definition);
        const isNamed = kind === 'tool' || kind === 'prompt';
        return this.#single || !isNamed ? body : { ...body, name: `${server.name}${JOINT}${name}` };
      });
  }

  /** What says, of several servers, whose words follow. */
  heading(server: ToolServer): string {
    return this.#single ? '' : `Of the tools whose names begin with ${server.name}${JOINT}:\n`;
  }

  /** Whether a text of a server's, beside its results, may be told as it stands. */
  mayTell({ pipeline }: CallParts, server: ToolServer, text: string): boolean {
    const segment = { path: '', channel: 'tool_result', origin: 'untrusted', text } as const;
    const input = { segments: [segment], uninspected: [], capabilities: [], stream: false };
    return !isEnforcing(pipeline.judgeInput(this.subject(server), input).decision.action);
  }

  #judge(calls: CallParts, server: ToolServer, definition: Definition): JudgedDefinition {
    const known = this.#judged.get(definition);
    if (known?.version === calls.policies.version) return known.judged;
    const judged = judgeDefinition(calls, this.subject(server), definition, new KnownTools(this.#parts.pins.tools()));
    this.#judged.set(definition, { version: calls.policies.version, judged });
    return judged;
  }
}
