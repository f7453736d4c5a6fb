// What is known of tools: which have an effect, what their parameters are, how far the fields of their results are trusted.
import type { FieldTrust, FlowLabels, ParameterKind, ResultLabels, ToolEffect } from '../../contract/index.ts';

/** What a server itself says of a tool, in the definition that was approved. */
export interface ToolHint {
  /** The tool changes nothing and fetches nothing from elsewhere: the word of a server that is trusted. */
  readonly readOnly: boolean;
  /** It has an effect, whatever its labels say: the word of any server. */
  readonly writes?: boolean;
  /** SHA-256 of that definition. */
  readonly definition?: string;
}

export interface ToolFacts {
  readonly effect: ToolEffect;
  /** Nobody has said what the tool does. */
  readonly unlabelled: boolean;
  /** A parameter that no label names carries authority. */
  kindOf(parameter: string): ParameterKind;
}

/** What is known of one result besides its tool's labels. */
export interface ResultFacts {
  /** Of a memory: its texts that are trusted; no other text of it is, whatever its labels say. */
  readonly vouched?: ReadonlySet<string>;
  /** What its server says of it. */
  readonly labels?: ResultLabels;
  /** The server's word counts for more as well as for less trust. */
  readonly isTrusted?: boolean;
}

export interface ToolBook {
  /** The name under which a tool of a server stands in the book. */
  nameOf(server: string, tool: string): string;
  /** What a tool as a model calls it is: `server/tool` where a known server's name is in it. */
  capabilityOf(tool: string): string;
  /** Digest of the approved definition of what `capabilityOf` or `nameOf` names. */
  definitionOf(capability: string): string | undefined;
  factsOf(tool: string): ToolFacts;
  /** How far the field at a path of a tool's result is trusted. `path`: names from the top, without indices. */
  trustOf(tool: string, path: readonly string[]): FieldTrust;
  isPrivate(tool: string): boolean;
  isSecret(tool: string, path: readonly string[]): boolean;
}

/** Parts of a tool's name that are looked at. */
const MOST_PARTS = 8;

const READ: ToolFacts = { effect: 'read', unlabelled: false, kindOf: () => 'content' };
const UNKNOWN: ToolFacts = { effect: 'write', unlabelled: true, kindOf: () => 'target' };

function toMaps<V>(record: Readonly<Record<string, Readonly<Record<string, V>>>>): Map<string, Map<string, V>> {
  return new Map(Object.entries(record).map(([name, fields]) => [name, new Map(Object.entries(fields))]));
}

const TRUST: readonly FieldTrust[] = ['T', 'M', 'U'];

function lookUp(trust: ReadonlyMap<string, FieldTrust>, path: readonly string[]): FieldTrust | undefined {
  return trust.get(path.join('.')) ?? trust.get(path[0] ?? '') ?? trust.get('*') ?? trust.get('');
}

/** How far a field is trusted, by the labels of its tool and the server's own word: others can only make it less. */
export function trustWith(
  labelled: FieldTrust,
  { labels, isTrusted = false }: ResultFacts,
  path: readonly string[],
): FieldTrust {
  const said = labels?.fields === undefined ? undefined : lookUp(new Map(Object.entries(labels.fields)), path);
  if (said === undefined) return labelled;
  return isTrusted ? said : TRUST[Math.max(TRUST.indexOf(said), TRUST.indexOf(labelled))]!;
}

/**
 * The book of a set of labels.
 * @param known - names of tools that exist; with it, a tool that is in neither the labels nor the list is unlabelled. Without
 *   it, the labels are taken to be complete: a tool that they do not list as a write is a read.
 */
export function createToolBook(
  labels: FlowLabels,
  known?: { readonly hint: (tool: string) => ToolHint | undefined; readonly servers?: ReadonlySet<string> },
): ToolBook {
  const writes = toMaps(labels.writes);
  const fields = toMaps(labels.fields);
  const secrets = new Map(Object.entries(labels.secret_fields).map(([tool, names]) => [tool, new Set(names)]));
  const isPrivate = new Set(labels.confidential_reads);
  const isNamed = (tool: string): boolean => fields.has(tool) || isPrivate.has(tool) || secrets.has(tool);
  // A client may put a server's name before a tool's, and the gateway does where it joins several.
  const all = new Set([...writes.keys(), ...fields.keys(), ...isPrivate, ...secrets.keys()]);
  const ofServer = (tool: string): string | undefined => {
    const parts = tool.split('__', MOST_PARTS);
    // Of a server that is known, it is none of another's. The first that is named counts: the rest is what the server calls it.
    const at = parts.findIndex((part) => known?.servers?.has(part) === true);
    return at < 0 ? undefined : `${parts[at]!}/${parts.slice(at + 1).join('__')}`;
  };
  const toKnown = (tool: string): string => {
    // With a stroke it is a name of the gateway's own: a server's tool is that server's, whatever it is called.
    if (all.has(tool) || tool.includes('/')) return tool;
    const own = ofServer(tool);
    if (own !== undefined) return all.has(own) ? own : tool;
    const parts = tool.split('__', MOST_PARTS);
    for (let from = 1; from < parts.length; from++) {
      const rest = parts.slice(from).join('__');
      if (all.has(rest)) return rest;
    }
    return tool;
  };
  return {
    // Never a bare name: what is known of one server's tool says nothing of another's.
    nameOf: (server, tool) => `${server}/${tool}`,
    capabilityOf: (tool) => ofServer(tool) ?? tool,
    definitionOf: (capability) => (capability.includes('/') ? known?.hint(capability)?.definition : undefined),
    factsOf(given) {
      const tool = toKnown(given);
      const kinds = writes.get(tool);
      if (kinds !== undefined) {
        return { effect: 'write', unlabelled: false, kindOf: (parameter) => kinds.get(parameter) ?? 'target' };
      }
      const hint = known?.hint(tool.includes('/') ? tool : (ofServer(tool) ?? tool));
      if (hint?.writes === true) return UNKNOWN;
      if (known === undefined || isNamed(tool)) return READ;
      return hint?.readOnly === true ? READ : UNKNOWN;
    },
    trustOf(tool, path) {
      const trust = fields.get(toKnown(tool));
      if (trust === undefined) return 'U';
      return lookUp(trust, path) ?? 'U';
    },
    isPrivate: (tool) => isPrivate.has(toKnown(tool)),
    isSecret(tool, path) {
      const names = secrets.get(toKnown(tool));
      return (
        names !== undefined && (names.has(path.join('.')) || path.some((name) => names.has(name)) || names.has('*'))
      );
    },
  };
}

/**
 * Labels of an agent's tools, and of those of tool servers: under the server's name, and as a client names them. A bare name that
 * several have says nothing.
 */
export function joinLabels(own: FlowLabels, servers: ReadonlyMap<string, FlowLabels>): FlowLabels {
  const joined = structuredClone(own);
  const count = new Map<string, number>();
  const toolsOf = ({ writes, fields, secret_fields, confidential_reads }: FlowLabels): Set<string> =>
    new Set([...Object.keys(writes), ...Object.keys(fields), ...Object.keys(secret_fields), ...confidential_reads]);
  for (const labels of [own, ...servers.values()]) {
    for (const tool of toolsOf(labels)) count.set(tool, (count.get(tool) ?? 0) + 1);
  }
  for (const [server, labels] of servers) {
    const names = (tool: string): string[] => [
      `${server}/${tool}`,
      `${server}__${tool}`,
      ...(count.get(tool) === 1 ? [tool] : []),
    ];
    const put = <V>(from: Readonly<Record<string, V>>, into: Record<string, V>): void => {
      for (const [tool, value] of Object.entries(from)) for (const name of names(tool)) into[name] = value;
    };
    put(labels.writes, joined.writes);
    put(labels.fields, joined.fields);
    put(labels.secret_fields, joined.secret_fields);
    joined.confidential_reads.push(...labels.confidential_reads.flatMap(names));
  }
  return joined;
}
