// The pulls page's filters, as its address holds them.
import { PullRecord } from '../../contract.ts';

const Outcome = PullRecord.shape.outcome;
export type PullOutcome = PullRecord['outcome'];
export const PULL_OUTCOMES = Outcome.options;

export interface PullSearch {
  readonly outcome?: PullOutcome | undefined;
  readonly model?: string | undefined;
  readonly principal?: string | undefined;
  readonly unusual?: true | undefined;
}

export function readPullSearch(search: Record<string, unknown>): PullSearch {
  const outcome = Outcome.safeParse(search['outcome']).data;
  const { model, principal, unusual } = search;
  return {
    ...(outcome === undefined ? {} : { outcome }),
    ...(typeof model === 'string' && model !== '' ? { model } : {}),
    ...(typeof principal === 'string' && principal !== '' ? { principal } : {}),
    ...(unusual === true ? { unusual } : {}),
  };
}
