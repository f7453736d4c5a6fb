// What the address of the policies' page holds: which tab, and the policy that a link is about.

export const TABS = ['rules', 'files', 'cases', 'replay', 'shadow'] as const;
export type PolicyTab = (typeof TABS)[number];

export interface PolicySearch {
  readonly tab?: PolicyTab;
  /** Id of a policy. */
  readonly policy?: string;
}

export function readPolicySearch(search: Record<string, unknown>): PolicySearch {
  const tab = TABS.find((each) => each === search['tab']);
  const { policy } = search;
  return { ...(tab === undefined ? {} : { tab }), ...(typeof policy === 'string' && policy !== '' ? { policy } : {}) };
}
