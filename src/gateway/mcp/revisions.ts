// The revisions of the protocol that are spoken.

/** With agents: newest first. */
export const REVISIONS = ['2025-11-25', '2025-06-18', '2025-03-26'] as const;
export const NEWEST = REVISIONS[0];
/** The one revision in which several messages may come as one. */
export const BATCHED = '2025-03-26';
/** With servers also the first one: stdio servers that speak it are many. */
const OF_SERVERS: readonly string[] = [...REVISIONS, '2024-11-05'];

export function isSpoken(revision: unknown): revision is string {
  return typeof revision === 'string' && (REVISIONS as readonly string[]).includes(revision);
}

export function isSpokenWithServers(revision: unknown): revision is string {
  return typeof revision === 'string' && OF_SERVERS.includes(revision);
}

/** What is agreed on with an agent that asked for a revision. */
export function agreeOn(asked: unknown): string {
  return isSpoken(asked) ? asked : NEWEST;
}
