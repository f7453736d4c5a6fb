// The definition that an agent's request is about.
import { matchPattern } from '../../access/index.ts';
import type { DefinitionKind } from '../../contract/index.ts';
import type { Definition } from './definitions.ts';
import type { ServerSession } from './server-session.ts';

/** Undefined where the server lists none of that name. */
export async function findDefinition(
  session: ServerSession,
  kind: DefinitionKind,
  name: string,
): Promise<Definition | undefined> {
  const found = (await session.definitions(kind)).find((each) => each.name === name);
  if (found !== undefined || kind !== 'resource') return found;
  // One that is not listed may be of a template, whose blanks stand for anything.
  const templates = await session.definitions('template');
  return templates.find((each) => matchPattern(each.name.replace(/\{[^{}]{0,100}\}/g, '*'), name));
}
