// Names that policies compare with, held against the contract: a forbid with a misspelt class would never apply,
// and Cedar's own validator cannot see it, as the names are strings to it.
import type { PolicyJson } from '@cedar-policy/cedar-wasm/nodejs';
import {
  AttestationKind,
  Capability,
  Channel,
  Direction,
  FindingClass,
  FlowConcern,
  FlowMode,
  ScanVerdict,
  Severity,
  SignatureState,
  Surface,
  ToolEffect,
  Transfer,
  Uninspected,
} from '../contract/index.ts';
import { contextAttribute, isRecord, nodesOf, type Node } from './expression.ts';

const NAMES: Readonly<Record<string, readonly string[]>> = {
  direction: [...Direction.options, ...Transfer.options],
  channel: Channel.options,
  class: FindingClass.options,
  classes: FindingClass.options,
  severityName: Severity.options,
  surface: [...Surface.options, 'registry'],
  uninspected: Uninspected.options,
  capabilities: Capability.options,
  verdict: ScanVerdict.options,
  signature: SignatureState.options,
  evidence: AttestationKind.options,
  mode: FlowMode.options,
  effect: ToolEffect.options,
  concerns: FlowConcern.options,
};

/** Least and greatest whole number that the attribute can have. */
const RANGES: Readonly<Record<string, readonly [number, number]>> = { severity: [0, 4], score: [0, 1000] };

const COMPARISONS = ['==', '!=', '<', '<=', '>', '>=', 'contains', 'containsAll', 'containsAny'];

function literals(node: Node): Node[] {
  if (!isRecord(node)) return [];
  if ('Value' in node) return Array.isArray(node['Value']) ? node['Value'] : [node['Value']];
  return Array.isArray(node['Set']) ? node['Set'].flatMap(literals) : [];
}

/** Sentences on comparisons that can never come true, or always do, as no such name or number is ever asked about. */
export function checkVocabulary(policy: PolicyJson): string[] {
  const problems: string[] = [];
  for (const node of nodesOf(policy.conditions)) {
    for (const operator of COMPARISONS) {
      const operands = node[operator];
      if (!isRecord(operands)) continue;
      const { left, right } = operands;
      const attribute = contextAttribute(left) ?? contextAttribute(right);
      if (attribute === undefined) continue;
      for (const value of [...literals(left), ...literals(right)]) {
        const names = NAMES[attribute];
        if (typeof value === 'string' && names !== undefined && !names.includes(value)) {
          problems.push(`context.${attribute} is never "${value}"; it is one of ${names.join(', ')}`);
        }
        const range = RANGES[attribute];
        if (typeof value === 'number' && range !== undefined && (value < range[0] || value > range[1])) {
          problems.push(`context.${attribute} is never ${value}; it lies in ${range[0]}..${range[1]}`);
        }
      }
    }
  }
  return problems;
}
