// A call of a tool (or the asking for a prompt or a resource) as an exchange: judged, on record, sent, its answer judged, on
// record, given back. What is denied comes back in a form that lets the agent go on.
import { type Affected, type Reservation, capsOf, describeCall } from '../../access/index.ts';
import { AncileError, newId, toAncileError, isObject } from '../../base/index.ts';
import { canonicalJson } from '../../base/index.ts';
import {
  type Decision,
  type Direction,
  type Exchange,
  type HeldCall,
  ResultLabels,
  type Segment,
  isDenial,
} from '../../contract/index.ts';
import { type AskedApproval, toDenial } from '../../guard/index.ts';
import type { Subject } from '../../policy/index.ts';
import { type Grant, awaitApproval } from '../approval.ts';
import { withHold } from '../contained.ts';
import { tightened } from '../tightened.ts';
import { CallRun, type Ruled } from './call-run.ts';
import type { Definition } from './definitions.ts';
import { distrustOf, toWholeRefusal } from './distrusted.ts';
import type { FlowGate } from './flow-gate.ts';
import { type JudgedCall, judgeCall, withPolicies } from './judge-call.ts';
import { judgeResult } from './judge-result.ts';
import { type Json, type RpcOutcome, toFailure } from './json-rpc.ts';
import { memoryOf, openMemory, tagArguments } from './memory-tags.ts';
import { type Objection, checkArguments } from './objections.ts';
import type { CallParts } from './parts.ts';
import type { McpCaller, ToolServer } from './tool-server.ts';

/** What an agent asks of a server. */
export interface Asking {
  readonly method: 'tools/call' | 'prompts/get' | 'resources/read';
  /** The tool or prompt, or the resource's URI. */
  readonly name: string;
  readonly arguments: Json;
  readonly server: ToolServer;
  readonly definition: Definition | undefined;
  readonly objection: Objection | undefined;
}

export interface CallScene {
  readonly parts: CallParts;
  readonly caller: McpCaller;
  /** Keyed label of the agent's session. */
  readonly session: string;
  /** Keyed label of the network that it was asked from. */
  readonly network?: string | undefined;
  readonly flow: FlowGate | undefined;
  /** What containment may aim at. */
  readonly affected: Affected;
  /** Aborts when the agent cancels, or its key ends. */
  readonly signal: AbortSignal;
  /** Sends it to the server. */
  readonly send: (params: Json) => Promise<RpcOutcome>;
}

const NEEDED = { 'tools/call': 'content', 'prompts/get': 'messages', 'resources/read': 'contents' } as const;

/** What is called, as the exchange names it. */
function modelOf({ method, name }: Asking): string {
  return (method === 'tools/call' ? name : `${method} ${name}`).slice(0, 500);
}

function reserve({ parts, caller, affected }: CallScene): Reservation | undefined {
  const budgets = [...caller.budgets, ...capsOf(parts.restraints, affected)];
  if (budgets.length === 0) return undefined;
  const estimate = { inputTokens: 0, outputTokens: 0, costMicros: 0, estimated: true };
  const reserved = parts.budgets.reserve(caller.principal.id, budgets, estimate);
  if (reserved.ok) return reserved.reservation;
  const { budget, resets } = reserved.refusal;
  throw new AncileError(
    'budget_exceeded',
    `the key's ${budget.period} budget of ${reserved.refusal.measure} is spent`,
    {
      hint: resets === undefined ? 'It does not renew.' : `It renews at ${resets}.`,
    },
  );
}

/** What an agent is told where a call may not be made, or its answer not be shown. A tool's failure is a result. */
export function toRefusal(method: Asking['method'], error: AncileError): RpcOutcome {
  if (method !== 'tools/call') return toFailure(error);
  const text = error.hint === undefined ? error.message : `${error.message}. ${error.hint}`;
  return { result: { content: [{ type: 'text', text: `Ancile: ${text}` }], isError: true } };
}

class Call {
  readonly #scene: CallScene;
  readonly #asking: Asking;
  readonly #run: CallRun;
  readonly #subject: Subject;

  constructor(scene: CallScene, asking: Asking) {
    const { parts, caller, network } = scene;
    const startedAt = parts.clock();
    const { name: route } = asking.server;
    const exchange: Exchange = {
      id: newId('ex', startedAt),
      surface: 'mcp',
      principal: caller.principal,
      session: scene.session,
      route,
      model: modelOf(asking),
      upstream: route,
      stream: false,
    };
    this.#scene = scene;
    this.#asking = asking;
    this.#subject = { principal: caller.principal, route, surface: 'mcp' };
    this.#run = new CallRun({ parts, exchange, reservation: reserve(scene), startedAt, network });
  }

  async make(): Promise<RpcOutcome> {
    const { parts, signal } = this.#scene;
    try {
      return await this.#make();
    } catch (thrown) {
      const error = toAncileError(thrown);
      if (error.code !== 'request_invalid') parts.onFault(thrown, this.#run.exchange.id);
      // The agent went away, or said that it does not want the answer.
      const outcome = signal.aborted ? 'client_gone' : error.code.startsWith('upstream_') ? 'upstream_error' : 'fault';
      await this.#run.close({ outcome, status: error.status, reason: error.code });
      return toRefusal(this.#asking.method, error);
    }
  }

  async #make(): Promise<RpcOutcome> {
    const { parts, caller, flow } = this.#scene;
    const { method, server, name, definition, arguments: given } = this.#asking;
    const isTool = method === 'tools/call';
    const checked =
      isTool && definition !== undefined && this.#asking.objection === undefined
        ? checkArguments(server, name, definition.body, given)
        : { reports: [] };
    const { session } = this.#run.exchange;
    const flowCall = {
      principal: caller.principal,
      session: session!,
      server: server.name,
      tool: name,
      arguments: given,
    };
    const call = await judgeCall(parts, {
      subject: this.#subject,
      ...(isTool ? { tool: { server, name, definition: definition?.body } } : {}),
      arguments: given,
      flow: { gate: flow, call: flowCall },
      objection: this.#asking.objection ?? ('objection' in checked ? checked.objection : undefined),
      reports: checked.reports,
    });
    const judged = { ...call, decision: withHold(parts.restraints, this.#scene.affected, call.decision) };
    await flow?.settled();
    const denied = isDenial(judged.decision.action);
    const memory = isTool ? memoryOf(server.labels, name) : { writes: [], reads: false };
    const scope = { tenant: caller.principal.tenant, server: server.name, keyedDigest: parts.keyedDigest };
    const by = { principal: caller.principal.id, session: session!, tool: name };
    const stored = (given: Json): Json =>
      memory.writes.length === 0 ? given : tagArguments(scope, memory.writes, given, judged.ruling, by);
    const sent = (args: Json): Json =>
      method === 'resources/read' ? { uri: name } : { name, arguments: stored(args) };
    await this.#run.open(
      JSON.stringify({ method, ...sent(judged.arguments) }),
      judged.segments.length,
      judged,
      judged.ruling,
    );
    let args = judged.arguments;
    if (denied) {
      const content = { method, name, definition: definition?.digest ?? '', arguments: given };
      const grant = await this.#ask('input', content, judged, judged.segments, this.#describe(judged));
      if (!grant.granted) return this.#deny('input', judged.decision, grant.approval);
      args = judged.ifApproved;
    }
    const outcome = await this.#scene.send(sent(args));
    if ('error' in outcome) return await this.#failed(outcome.error);
    const distrusted = distrustOf(parts.restraints, scope);
    const opened = memory.reads
      ? openMemory(scope, outcome.result, distrusted.isWithheld)
      : { result: outcome.result, withheld: 0 };
    const judgedResult = await judgeResult(parts, this.#subject, opened.result, NEEDED[method]);
    if (memory.reads && distrusted.whole !== undefined) {
      const withheld = withPolicies(judgedResult.decision, [toWholeRefusal(distrusted.whole)]);
      return await this.#deny('output', withheld, undefined, { ...judgedResult, decision: withheld });
    }
    const ruled = {
      ...judgedResult,
      decision: withPolicies(judgedResult.decision, distrusted.policies(opened.withheld)),
    };
    let { result } = ruled;
    if (ruled.denied) {
      const content = { call: parts.keyedDigest(canonicalJson(sent(args))), result: opened.result };
      const grant = await this.#ask('output', content, ruled, ruled.segments);
      if (!grant.granted) return this.#deny('output', ruled.decision, grant.approval, ruled);
      result = ruled.ifApproved;
    }
    await this.#run.close({ outcome: 'completed', status: 200 }, ruled, JSON.stringify(result));
    if (isTool) {
      const { _meta } = outcome.result;
      const said = ResultLabels.safeParse(isObject(_meta) ? _meta['ancile/labels'] : undefined);
      flow?.noteResult({ ...flowCall, arguments: args }, result, {
        ...('vouched' in opened ? { vouched: opened.vouched } : {}),
        ...(said.success ? { labels: said.data } : {}),
        isTrusted: server.settings.trusted,
      });
    } else flow?.noteResult({ ...flowCall, tool: method, arguments: args }, result);
    return { result };
  }

  /** Lets what is held wait for a person, as long as the agent does. */
  async #ask(
    direction: Direction,
    content: unknown,
    { decision, findings }: Ruled,
    segments: readonly Segment[],
    call?: HeldCall,
  ): Promise<Grant> {
    const { parts, signal } = this.#scene;
    if (decision.action !== 'hold' || parts.approvers === undefined) return { granted: false };
    const requester = { exchange: this.#run.exchange, gone: signal, hasEnded: () => signal.aborted };
    return awaitApproval(parts.approvers, requester, { direction, content, segments, findings, decision, call });
  }

  /** What a grant can be made of: only where nothing but the origins of its arguments speaks against the call. */
  #describe({ ruling }: JudgedCall): HeldCall | undefined {
    if (ruling?.action !== 'hold') return undefined;
    return describeCall(ruling, this.#asking.arguments, this.#scene.parts.keyedDigest);
  }

  async #deny(direction: Direction, decision: Decision, approval?: AskedApproval, ruled?: Ruled): Promise<RpcOutcome> {
    const told = toDenial(decision, direction, approval);
    const what = direction === 'input' ? 'the call' : "the tool's result";
    const message = told.message.replace(/^the (?:request|model's answer)/, what);
    const error = new AncileError(told.code, message, told.hint === undefined ? {} : { hint: told.hint });
    const outcome = direction === 'input' ? 'denied_input' : 'denied_output';
    await this.#run.close({ outcome, status: error.status, reason: error.code }, ruled);
    return toRefusal(this.#asking.method, error);
  }

  /** The server's own word that it failed is a text like any other of it. */
  async #failed(error: { readonly code: number; readonly message: string }): Promise<RpcOutcome> {
    const { parts } = this.#scene;
    const said = { content: [{ type: 'text', text: error.message }] };
    const ruled = await judgeResult(parts, this.#subject, said, 'content');
    const [first] = ruled.result['content'] as { text: string }[];
    const message = ruled.denied ? 'the tool server failed, and its words are not passed on' : first!.text;
    const { principal, session } = this.#run.exchange;
    this.#scene.flow?.noteAside({ principal, session: session! }, message);
    const ending = { outcome: 'upstream_error', status: 502, reason: 'upstream_refused' } as const;
    await this.#run.close(ending, ruled, message);
    return { error: { code: error.code, message } };
  }
}

/**
 * Makes a call, whatever comes of it.
 * @throws AncileError `budget_exceeded`, and `ledger_fault` where it could not be recorded: nothing may be told
 */
export function makeCall(scene: CallScene, asking: Asking): Promise<RpcOutcome> {
  return new Call({ ...scene, parts: tightened(scene.parts, scene.affected) }, asking).make();
}
