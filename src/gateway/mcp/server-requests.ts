// What tool servers ask of an agent: its model, its user, its folders. Denied unless the configuration allows it, and what
// is passed on was judged before.
import { toFrozen } from '../../access/index.ts';
import { isObject } from '../../base/index.ts';
import type { AncileError } from '../../base/index.ts';
import { walkStrings, replaceStrings } from '../../codec/index.ts';
import { type Segment, isDenial } from '../../contract/index.ts';
import { toDenial } from '../../guard/index.ts';
import type { Subject } from '../../policy/index.ts';
import type { Offered } from './server-session.ts';
import { type Json, METHOD_NOT_FOUND, type RpcOutcome, type RpcRequest, toFailure } from './json-rpc.ts';
import type { CallParts } from './parts.ts';
import type { ToolServer } from './tool-server.ts';

const refused = (message: string): RpcOutcome => ({ error: { code: METHOD_NOT_FOUND, message } });

/** What of an agent's capabilities a server is told of. */
export function offeredTo({ settings }: ToolServer, agent: Json): Offered {
  const { sampling, elicitation, roots } = agent;
  return {
    ...(settings.sampling === 'allow' && isObject(sampling) ? { sampling: {} } : {}),
    ...(settings.elicitation !== 'deny' && isObject(elicitation)
      ? { elicitation: settings.elicitation === 'any' ? elicitation : { form: {} } }
      : {}),
    ...(settings.roots === 'allow' && isObject(roots) ? { roots: { listChanged: roots['listChanged'] === true } } : {}),
  };
}

/** Whether a request may be put to the agent. */
function isAllowed({ settings }: ToolServer, agent: Json, { method, params }: RpcRequest): boolean {
  switch (method) {
    case 'sampling/createMessage':
      // Tools and the context of other servers are not for a server to call upon.
      return (
        settings.sampling === 'allow' &&
        isObject(agent['sampling']) &&
        params['tools'] === undefined &&
        (params['includeContext'] === undefined || params['includeContext'] === 'none')
      );
    case 'elicitation/create':
      if (!isObject(agent['elicitation'])) return false;
      return params['mode'] === 'url' ? settings.elicitation === 'any' : settings.elicitation !== 'deny';
    case 'roots/list':
      return settings.roots === 'allow' && isObject(agent['roots']);
    default:
      return false;
  }
}

/** Judges texts that pass between a server and an agent beside calls. @returns the value, redacted, or what denies it */
async function judge(
  { pipeline }: CallParts,
  subject: Subject,
  value: Json,
  channel: 'tool_result' | 'tool_argument',
): Promise<{ readonly value: Json } | { readonly denial: AncileError }> {
  const segments: Segment[] = [];
  walkStrings(value, (path, text) => segments.push({ path, channel, origin: 'untrusted', text }));
  const input = { segments, uninspected: [], capabilities: [], stream: false };
  const { decision, rewrites } = await pipeline.judgeInputFully(subject, input);
  if (isDenial(decision.action)) return { denial: toDenial(decision, 'input') };
  return { value: rewrites.length === 0 ? value : (replaceStrings(structuredClone(value), rewrites) as Json) };
}

export interface ServerRequestScene {
  readonly parts: CallParts;
  /** Whether nothing may pass between the two. */
  readonly isFrozen: () => boolean;
  readonly subject: Subject;
  readonly server: ToolServer;
  /** The agent's capabilities, as it declared them. */
  readonly agent: Json;
  readonly ask: (method: string, params: Json) => Promise<RpcOutcome>;
}

/** Answers a server's request: by the agent, where that is allowed. */
export async function answerServer(scene: ServerRequestScene, request: RpcRequest): Promise<RpcOutcome> {
  const { parts, isFrozen, subject, server, agent } = scene;
  if (isFrozen()) return toFailure(toFrozen());
  if (!isAllowed(server, agent, request)) return refused(`${request.method} is not allowed here`);
  const { _meta, task: _task, ...params } = request.params;
  const asked = await judge(parts, subject, params, 'tool_result');
  if ('denial' in asked) return toFailure(asked.denial);
  const outcome = await scene.ask(request.method, asked.value);
  if (isFrozen()) return toFailure(toFrozen());
  if ('error' in outcome) return outcome;
  // What the agent's model or user says leaves for the server.
  const said = await judge(parts, subject, outcome.result, 'tool_argument');
  return 'denial' in said ? toFailure(said.denial) : { result: said.value };
}
