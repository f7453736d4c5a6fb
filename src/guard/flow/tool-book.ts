// What is known of tools: which have an effect, what their parameters are, how far the fields of their results are trusted.
import type { FieldTrust, FlowLabels, ParameterKind, ToolEffect } from '../../contract/index.ts';

/** What a server that is trusted says of its tools, where there are no labels. */
export interface ToolHint {
  /** The tool changes nothing and fetches nothing from elsewhere. */
  readonly readOnly: boolean;
}

export interface ToolFacts {
  readonly effect: ToolEffect;
  /** Nobody has said what the tool does. */
  readonly unlabelled: boolean;
  /** A parameter that no label names carries authority. */
  kindOf(parameter: string): ParameterKind;
}

export interface ToolBook {
  factsOf(tool: string): ToolFacts;
  /** How far the field at a path of a tool's result is trusted. `path`: names from the top, without indices. */
  trustOf(tool: string, path: readonly string[]): FieldTrust;
  isPrivate(tool: string): boolean;
  isSecret(tool: string, path: readonly string[]): boolean;
}

const READ: ToolFacts = { effect: 'read', unlabelled: false, kindOf: () => 'content' };
const UNKNOWN: ToolFacts = { effect: 'write', unlabelled: true, kindOf: () => 'target' };

function toMaps<V>(record: Readonly<Record<string, Readonly<Record<string, V>>>>): Map<string, Map<string, V>> {
  return new Map(Object.entries(record).map(([name, fields]) => [name, new Map(Object.entries(fields))]));
}

/**
 * The book of a set of labels.
 * @param known - names of tools that exist; with it, a tool that is in neither the labels nor the list is unlabelled. Without
 *   it, the labels are taken to be complete: a tool that they do not list as a write is a read.
 */
export function createToolBook(
  labels: FlowLabels,
  known?: { readonly hint: (tool: string) => ToolHint | undefined },
): ToolBook {
  const writes = toMaps(labels.writes);
  const fields = toMaps(labels.fields);
  const secrets = new Map(Object.entries(labels.secret_fields).map(([tool, names]) => [tool, new Set(names)]));
  const isPrivate = new Set(labels.confidential_reads);
  const isNamed = (tool: string): boolean => fields.has(tool) || isPrivate.has(tool) || secrets.has(tool);
  return {
    factsOf(tool) {
      const kinds = writes.get(tool);
      if (kinds !== undefined) {
        return { effect: 'write', unlabelled: false, kindOf: (parameter) => kinds.get(parameter) ?? 'target' };
      }
      if (known === undefined || isNamed(tool)) return READ;
      return known.hint(tool)?.readOnly === true ? READ : UNKNOWN;
    },
    trustOf(tool, path) {
      const trust = fields.get(tool);
      if (trust === undefined) return 'U';
      return trust.get(path.join('.')) ?? trust.get(path[0] ?? '') ?? trust.get('*') ?? trust.get('') ?? 'U';
    },
    isPrivate: (tool) => isPrivate.has(tool),
    isSecret(tool, path) {
      const names = secrets.get(tool);
      return (
        names !== undefined && (names.has(path.join('.')) || path.some((name) => names.has(name)) || names.has('*'))
      );
    },
  };
}
