// The methods of the protocol: which lists there are, how a change of one is told, and what is not passed on.
import type { ListedKind } from './definitions.ts';

/** The lists that agents ask for. */
export const KIND_OF_LIST: Readonly<Record<string, { kind: ListedKind; member: string }>> = {
  'tools/list': { kind: 'tool', member: 'tools' },
  'prompts/list': { kind: 'prompt', member: 'prompts' },
  'resources/list': { kind: 'resource', member: 'resources' },
  'resources/templates/list': { kind: 'template', member: 'resourceTemplates' },
};
/** By what an agent is told that a list has changed. */
export const NOTICES: Readonly<Record<ListedKind, string>> = {
  tool: 'notifications/tools/list_changed',
  prompt: 'notifications/prompts/list_changed',
  resource: 'notifications/resources/list_changed',
  template: 'notifications/resources/list_changed',
};

/** What the protocol has and is not passed on, and why. */
export const REFUSED: Readonly<Record<string, string>> = {
  'completion/complete': 'completions are not passed on: a server would be told what a user types before he sends it',
  'logging/setLevel': 'log messages of tool servers are not passed on to agents',
  'resources/subscribe': 'resources are not subscribed to: what changes is read, and inspected, when it is asked for',
  'resources/unsubscribe': 'resources are not subscribed to',
};
