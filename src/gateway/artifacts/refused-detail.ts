// What a client is told of a refusal beside its one sentence, whatever the form of its front.
import type { ErrorCode } from '../../base/index.ts';
import type { ModelFinding } from '../../contract/index.ts';
import type { Refused } from './gate.ts';

export interface RefusedDetail {
  readonly code: ErrorCode;
  readonly findings: readonly ModelFinding[];
  readonly policies?: readonly { readonly id: string; readonly reason: string }[];
}

export function refusedDetail({ code, findings, decision }: Refused): RefusedDetail {
  const policies = decision?.policies.map(({ id, reason }) => ({ id, reason }));
  return { code, findings, ...(policies && { policies }) };
}

/** Too much within a window is told apart from what nobody gets: it ends by itself. */
export function refusedStatus({ code }: Refused): 403 | 429 {
  return code === 'budget_exceeded' ? 429 : 403;
}
