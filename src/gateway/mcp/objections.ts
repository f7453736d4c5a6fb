// What speaks against a call before any text of it is judged: the tool is not there, not decided upon, not in scope, or its
// arguments are not what it takes. Each is a policy of the gateway's own in the decision.
import type { Finding, PolicyRef, StageReport } from '../../contract/index.ts';
import { ownSchema } from './argument-schema.ts';
import type { Json } from './json-rpc.ts';
import { type ToolServer, rulesFor } from './tool-server.ts';

export interface Objection {
  readonly policy: PolicyRef;
  readonly finding?: Finding;
}

const block = (id: string, reason: string): PolicyRef => ({ id, action: 'block', reason });

export const OBJECTIONS = {
  unknown: block('mcp.unknown', 'the server offers nothing of this name'),
  scope: block('mcp.scope', 'it is not in the scope of this caller'),
  pending: block('mcp.pin', 'nobody has approved its definition yet'),
  changed: block('mcp.pin', 'its definition is another one than was approved'),
  denied: block('mcp.pin', 'a person said no to its definition'),
  definition: block('mcp.definition', 'policy blocks its definition'),
  policy: block('mcp.policy', 'policy denies it to this caller'),
} as const;

function mismatch(rule: string, evidence: string, where: string): Finding {
  return {
    rule,
    class: 'schema',
    severity: 'medium',
    score: 1,
    start: 0,
    end: 0,
    evidence,
    techniques: ['MCP05:2025', 'ASI02'],
    detector: 'mcp',
    segment: where,
    channel: 'tool_argument',
  };
}

/** What to correct is told by place and kind alone: a place's name is the tool's own, a value never is shown. */
function placeOf(path: readonly PropertyKey[]): string {
  return `/${path.map(String).join('/')}`.slice(0, 200);
}

/** Holds arguments against the tool's own schema and against those of the configuration. */
export function checkArguments(
  server: ToolServer,
  tool: string,
  definition: Json,
  given: Json,
): { readonly objection?: Objection; readonly reports: readonly StageReport[] } {
  const reports: StageReport[] = [];
  const own = ownSchema(definition['inputSchema'], given);
  if (own.status === 'skipped') {
    reports.push({ stage: 'mcp.arguments', status: 'skipped', detail: `the tool's schema: ${own.reason}` });
  } else {
    const issue = own.schema.safeParse(given).error?.issues[0];
    if (issue !== undefined) {
      const at = placeOf(issue.path);
      const reason = `its arguments are not of its schema: ${issue.code} at ${at}`;
      const finding = mismatch('mcp.argument_schema', issue.code, `/arguments${at === '/' ? '' : at}`);
      return { objection: { policy: block('mcp.arguments', reason), finding }, reports };
    }
  }
  for (const { pattern, schema } of rulesFor(server, tool)) {
    const issue = schema?.safeParse(given).error?.issues[0];
    if (issue === undefined) continue;
    const at = placeOf(issue.path);
    const reason = `the configuration does not allow these arguments (rule "${pattern}": ${issue.code} at ${at})`;
    const finding = mismatch('mcp.argument_value', issue.code, `/arguments${at === '/' ? '' : at}`);
    return { objection: { policy: block('mcp.arguments', reason), finding }, reports };
  }
  return { reports };
}
