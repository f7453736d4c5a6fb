// Flow control on the model's wire: each call that an answer proposes is ruled on before the agent gets it. One that may not be made
// is taken out, and a text in its place says why, so that the agent can go on.
import { AncileError } from '../../base/index.ts';
import type { ProposedToolCall, StreamGate, ToolCall } from '../../codec/index.ts';
import { type Decision, type Segment, type ToolRuling, isDenial } from '../../contract/index.ts';
import { describeCall, toFrozen } from '../../access/index.ts';
import type { FlowDesk, FlowSettings, FlowTurn } from '../../guard/index.ts';
import { type HeldThing, awaitApproval } from '../approval.ts';
import { findFrozenTool } from '../contained.ts';
import type { AnswerScene } from './answer.ts';
import { askForApproval } from './approval.ts';

/** Who remembers the conversations, and what holds for those of this configuration. */
export interface FlowParts {
  readonly desk: FlowDesk;
  readonly settings: FlowSettings;
}

/** What the agent is told in place of a call. */
function toNote({ tool, action, reasons, policies }: ToolRuling, approval?: { readonly id: string }): string {
  const why = [...reasons, ...policies.filter((policy) => isDenial(policy.action)).map(({ reason }) => reason)];
  const [verb, hint] =
    action === 'hold'
      ? [
          'held',
          approval === undefined
            ? 'Nobody can be asked to approve it.'
            : `A person can approve it (${approval.id}); then try again.`,
        ]
      : ['blocked', 'It cannot be approved.'];
  return `[Ancile ${verb} the call of ${tool.slice(0, 100)}: ${why.join('; ')}. ${hint} Go on without it.]`;
}

/** What the agent is told in place of a call of a tool that is frozen. */
const toFrozenNote = (name: string): string =>
  `[Ancile blocked the call of ${name.slice(0, 100)}: ${toFrozen().message}. Go on without it.]`;

/**
 * Where a proposed call is of a tool that is frozen for its caller: puts that on record, and says what the agent is told. What
 * flow control thinks of it is not asked: it is not made, whatever that is.
 */
function noteFrozen({ parts, run }: Pick<AnswerScene, 'parts' | 'run'>, call: ProposedToolCall): string | undefined {
  const { principal, session, route, model } = run.exchange;
  const found = findFrozenTool(
    parts.restraints,
    {
      principal: principal.id,
      tenant: principal.tenant,
      route,
      model,
      upstream: run.target.door.name,
      ...(session && { session }),
    },
    call.name,
  );
  if (found === undefined) return undefined;
  const { message } = toFrozen();
  run.noteCall({
    tool: call.name,
    ...(call.id === '' ? {} : { call: call.id }),
    effect: 'write',
    mode: 'strict',
    untrusted: false,
    private: false,
    action: 'block',
    policies: [{ id: `containment.${found.id}`, action: 'block', reason: message }],
    concerns: [],
    reasons: [],
    arguments: {},
  });
  return toFrozenNote(call.name);
}

/** What an approver is shown: the arguments, and where each of them comes from. */
function heldCall(scene: AnswerScene, call: ProposedToolCall, ruling: ToolRuling): HeldThing {
  const origins = Object.entries(ruling.arguments).map(([name, { origin, grounded, source }]) => {
    const found = source === undefined ? '' : `, from ${source}`;
    return `${name}: ${origin}${found}${grounded === false ? ' (not grounded)' : ''}`;
  });
  const text = (path: string, channel: Segment['channel'], lines: string): Segment => ({
    path,
    channel,
    origin: 'user',
    text: lines,
  });
  const decision: Decision = {
    action: ruling.action,
    policies: ruling.policies,
    stages: [],
    policyVersion: scene.parts.policies.version,
  };
  return {
    direction: 'output',
    content: { tool: call.name, arguments: call.arguments ?? null },
    segments: [
      text('/call', 'tool_argument', `${call.name} ${JSON.stringify(call.arguments ?? null, undefined, 2)}`),
      text('/origins', 'metadata', [...ruling.reasons, '', ...origins].join('\n')),
    ],
    findings: [],
    decision,
    call: describeCall(ruling, call.arguments, scene.parts.keyedDigest),
  };
}

/**
 * Takes in what a request says of its conversation.
 * @param body - the request as it was judged
 * @returns undefined where there is no flow control, or the dialect has no tool calls
 */
export function hearConversation(
  scene: Pick<AnswerScene, 'parts' | 'surface' | 'run'>,
  body: unknown,
): FlowTurn | undefined {
  const { parts, surface, run } = scene;
  if (parts.flow === undefined || surface.tools === undefined) return undefined;
  const { desk, settings } = parts.flow;
  const { principal, session = run.exchange.id } = run.exchange;
  const hasUnseen = run.view.capabilities.length > 0;
  return desk.hear(settings, { principal, surface: surface.id, session, hasUnseen }, surface.tools.readHistory(body));
}

/** Rules on the calls of a whole answer: what is frozen is taken out, what is held waits for a person. Changes `answer`. */
export async function settleCalls(scene: AnswerScene, answer: unknown): Promise<void> {
  const { parts, surface, run, response, flow } = scene;
  if (surface.tools === undefined) return;
  const notes: (string | undefined)[] = [];
  for (const call of surface.tools.readCalls(answer)) {
    const frozen = noteFrozen(scene, call);
    if (frozen !== undefined) {
      notes.push(frozen);
      continue;
    }
    if (flow === undefined) {
      notes.push(undefined);
      continue;
    }
    const ruling = flow.rule(call);
    run.noteCall(ruling);
    if (!isDenial(ruling.action)) {
      notes.push(undefined);
      continue;
    }
    if (ruling.action === 'hold' && parts.approvers !== undefined) {
      await run.opened;
      const grant = await askForApproval(parts.approvers, run, response, heldCall(scene, call, ruling));
      if (run.ended) return;
      if (grant.granted) flow.approve(ruling);
      notes.push(grant.granted ? undefined : toNote(ruling, grant.approval));
    } else notes.push(toNote(ruling));
  }
  await flow?.settled();
  if (notes.every((note) => note === undefined)) return;
  let at = 0;
  surface.tools.dropCalls(answer, () => notes[at++]);
}

/** A gate that also rules on the calls of a stream: what is frozen is taken out. What is held is not waited for: a yes counts for the next try. */
export function withFlow(gate: StreamGate, scene: AnswerScene): StreamGate {
  const { parts, surface, run, flow } = scene;
  const wire = surface.tools;
  if (wire === undefined) return gate;
  return {
    ...gate,
    toolCall(held: ToolCall) {
      const judged = gate.toolCall(held);
      if (judged.cut === true) return judged;
      const call = wire.readCall(held.body);
      const frozen = noteFrozen(scene, call);
      if (frozen !== undefined) return { note: frozen };
      if (flow === undefined) return judged;
      const ruling = flow.rule(call);
      run.noteCall(ruling);
      if (!isDenial(ruling.action)) return judged;
      if (ruling.action !== 'hold' || parts.approvers === undefined) return { note: toNote(ruling) };
      const { approvers } = parts;
      const requester = { exchange: run.exchange, gone: new AbortController().signal, hasEnded: () => false };
      const ask = async (): Promise<void> => {
        await run.opened;
        const grant = await awaitApproval(approvers, requester, heldCall(scene, call, ruling));
        if (grant.granted) flow.approveNext(ruling);
      };
      ask().catch((thrown: unknown) =>
        parts.onFault(
          new AncileError('store_fault', 'a held call could not be put to a person', { cause: thrown }),
          run.exchange.id,
        ),
      );
      return { note: toNote(ruling, { id: 'see the approvals' }) };
    },
  };
}
