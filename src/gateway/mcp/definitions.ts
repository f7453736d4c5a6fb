// What a tool server offers, in the one form that is shown, inspected and pinned.
import { hash } from 'node:crypto';
import { canonicalJson, isObject } from '../../base/index.ts';
import type { DefinitionKind } from '../../contract/index.ts';
import type { Json } from './json-rpc.ts';

/** One tool, prompt, resource or template of resources. */
export interface Definition {
  readonly kind: DefinitionKind;
  /** Of a resource its URI, of a template its pattern. */
  readonly name: string;
  /** SHA-256 (hex) of the canonical form of all that is passed on, but for what changes with every file. */
  readonly digest: string;
  /** As it is passed on. */
  readonly body: Json;
}

/** What servers have lists of. */
export type ListedKind = Exclude<DefinitionKind, 'instructions'>;

/** Longer instructions are not passed on, nor read. */
const INSTRUCTIONS_MOST = 20_000;

/** Where a kind has its name, and the longest there may be. */
const NAMED: Readonly<Record<ListedKind, { readonly field: string; readonly most: number }>> = {
  tool: { field: 'name', most: 128 },
  prompt: { field: 'name', most: 128 },
  resource: { field: 'uri', most: 2000 },
  template: { field: 'uriTemplate', most: 2000 },
};

/** What of a definition says nothing of what it is: how large a file is, when it was last changed. */
function lasting({ kind, body }: Pick<Definition, 'kind' | 'body'>): Json {
  if (kind !== 'resource') return body;
  const { size: _size, annotations, ...rest } = body;
  if (!isObject(annotations)) return rest;
  const { lastModified: _changed, ...notes } = annotations;
  return { ...rest, annotations: notes };
}

/** A definition as a server gave it; undefined where it is none. Members of `_meta` are not passed on. */
export function readDefinition(kind: ListedKind, value: unknown): Definition | undefined {
  if (!isObject(value)) return undefined;
  const { field, most } = NAMED[kind];
  const name = value[field];
  if (typeof name !== 'string' || name === '' || name.length > most) return undefined;
  if (kind === 'tool' && !isObject(value['inputSchema'])) return undefined;
  const { _meta, ...body } = value;
  return toDefinition(kind, name, body);
}

/** What a server says of itself when a session begins; undefined where it says nothing. */
export function readInstructions(value: unknown): Definition | undefined {
  if (typeof value !== 'string' || value.trim() === '' || value.length > INSTRUCTIONS_MOST) return undefined;
  return toDefinition('instructions', 'instructions', { instructions: value });
}

function toDefinition(kind: DefinitionKind, name: string, body: Json): Definition | undefined {
  try {
    return { kind, name, digest: hash('sha256', canonicalJson(lasting({ kind, body }))), body };
  } catch {
    // Half a surrogate pair: readers differ on it.
    return undefined;
  }
}
