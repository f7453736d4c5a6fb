// What policy says of a call: of its arguments' texts, of the tool itself, and of where its arguments come from.
import {
  type Decision,
  type PolicyRef,
  type Segment,
  type StageReport,
  type ToolRuling,
  isDenial,
  stricter,
} from '../../contract/index.ts';
import { replaceStrings, walkStrings } from '../../codec/index.ts';
import type { Subject } from '../../policy/index.ts';
import type { Ruled } from './call-run.ts';
import type { FlowCall, FlowGate } from './flow-gate.ts';
import type { Json } from './json-rpc.ts';
import type { Objection } from './objections.ts';
import type { CallParts } from './parts.ts';
import { type ToolServer, effectOf } from './tool-server.ts';

/** A decision with more that speaks for or against. */
export function withPolicies(
  decision: Decision,
  policies: readonly PolicyRef[],
  stages: readonly StageReport[] = [],
): Decision {
  const action = policies.reduce((worst, each) => stricter(worst, each.action), decision.action);
  const strictest = [...policies, ...decision.policies].sort((a, b) =>
    a.action === b.action ? 0 : stricter(a.action, b.action) === a.action ? -1 : 1,
  );
  return { ...decision, action, policies: strictest, stages: [...decision.stages, ...stages] };
}

/** Every text of a value that is sent to a tool server. */
export function argumentSegments(value: unknown, at: string): Segment[] {
  const segments: Segment[] = [];
  walkStrings(value, (path, text) =>
    segments.push({ path: at + path, channel: 'tool_argument', origin: 'untrusted', text }),
  );
  return segments;
}

export interface JudgedCall extends Ruled {
  readonly segments: readonly Segment[];
  /** Where origins are known. */
  readonly ruling: ToolRuling | undefined;
  /** What is sent, where it is: redacted, or (once a person has approved it) as it was shown. */
  readonly arguments: Json;
  readonly ifApproved: Json;
}

export interface CallQuestion {
  readonly subject: Subject;
  /** Absent for what is no tool: prompts and resources have no effect. */
  readonly tool?: { readonly server: ToolServer; readonly name: string; readonly definition: Json | undefined };
  readonly arguments: Json;
  readonly flow: { readonly gate: FlowGate | undefined; readonly call: FlowCall };
  readonly objection: Objection | undefined;
  readonly reports: readonly StageReport[];
}

/** What policy says of a tool by itself, to one caller. */
export function ruleOnTool(
  { policies }: Pick<CallParts, 'policies'>,
  { principal }: Subject,
  server: ToolServer,
  tool: string,
  definition: Json | undefined,
): { readonly action: Decision['action']; readonly policies: readonly PolicyRef[] } {
  return policies.ruleToolCall(
    { principal, server: server.name, tool, surface: 'mcp' },
    {
      mode: 'strict',
      effect: effectOf(server, tool, definition),
      untrusted: false,
      private: false,
      refused: false,
      concerns: [],
      origins: [],
    },
  );
}

export async function judgeCall(parts: CallParts, question: CallQuestion): Promise<JudgedCall> {
  const { subject, tool, flow, objection, reports } = question;
  const segments = argumentSegments(question.arguments, '/arguments');
  const verdict = await parts.pipeline.judgeInputFully(subject, {
    segments,
    uninspected: [],
    capabilities: [],
    stream: false,
  });
  const more: PolicyRef[] = [];
  let ruling: ToolRuling | undefined;
  if (objection !== undefined) more.push(objection.policy);
  else if (tool !== undefined) {
    ruling = flow.gate?.decide(flow.call, parts.policies);
    const ruled = ruling ?? ruleOnTool(parts, subject, tool.server, tool.name, tool.definition);
    more.push(...ruled.policies);
    // A failure of the policies themselves names none.
    if (isDenial(ruled.action) && !ruled.policies.some(({ action }) => isDenial(action))) {
      more.push({ id: 'mcp.flow', action: ruled.action, reason: 'the call could not be ruled on' });
    }
  }
  const at = (rewrites: typeof verdict.rewrites): Json =>
    rewrites.length === 0
      ? question.arguments
      : ((replaceStrings({ arguments: structuredClone(question.arguments) }, rewrites) as Json)['arguments'] as Json);
  return {
    segments,
    findings: objection?.finding === undefined ? verdict.findings : [...verdict.findings, objection.finding],
    decision: withPolicies(verdict.decision, more, reports),
    ruling,
    arguments: at(verdict.rewrites),
    ifApproved: at(verdict.decision.action === 'hold' ? verdict.ifApproved : verdict.rewrites),
  };
}
