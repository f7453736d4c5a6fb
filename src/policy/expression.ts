// Walks over the JSON form of Cedar expressions: what a policy mentions, and how deep it is.
import type { PolicyJson } from '@cedar-policy/cedar-wasm/nodejs';

/** A node of the JSON form: an operator's name to its operands, or a literal. */
export type Node = unknown;

export function isRecord(node: Node): node is Record<string, Node> {
  return typeof node === 'object' && node !== null && !Array.isArray(node);
}

/** Nesting of a JSON value, counted without recursion so that a hostile policy cannot overflow us either. */
export function jsonDepth(root: Node): number {
  let level: Node[] = [root];
  let depth = 0;
  while (level.length > 0) {
    depth++;
    level = level.flatMap((node) => (typeof node === 'object' && node !== null ? Object.values(node) : []));
  }
  return depth;
}

/** Every object node of an expression, in no particular order. */
export function* nodesOf(root: Node): Generator<Record<string, Node>> {
  const stack: Node[] = [root];
  while (stack.length > 0) {
    const node = stack.pop();
    if (Array.isArray(node)) stack.push(...(node as Node[]));
    else if (isRecord(node)) {
      yield node;
      stack.push(...Object.values(node));
    }
  }
}

/** The name of the context attribute a node reads (`context.score` -> `score`), or undefined. */
export function contextAttribute(node: Node): string | undefined {
  const access = isRecord(node) ? node['.'] : undefined;
  if (!isRecord(access) || !isRecord(access['left']) || access['left']['Var'] !== 'context') return undefined;
  return typeof access['attr'] === 'string' ? access['attr'] : undefined;
}

/** Whether a condition of the policy uses a variable. */
export function usesVariable(policy: PolicyJson, name: 'principal' | 'resource' | 'context'): boolean {
  for (const node of nodesOf(policy.conditions)) if (node['Var'] === name) return true;
  return false;
}

/** Whether who asks can change what the policy answers. Scope `principal` and `principal is Principal` do not. */
export function mentionsPrincipal(policy: PolicyJson): boolean {
  const scope = policy.principal;
  if (scope.op !== 'All' && !(scope.op === 'is' && scope.in === undefined)) return true;
  return usesVariable(policy, 'principal');
}

/** Whether the policy reads a given attribute of the context. `context` used whole counts as reading all. */
export function readsContext(policy: PolicyJson, attribute: string): boolean {
  let whole = 0;
  for (const node of nodesOf(policy.conditions)) {
    const read = contextAttribute(node);
    if (read === attribute) return true;
    if (read !== undefined) whole--;
    if (node['Var'] === 'context') whole++;
  }
  return whole > 0;
}

/** Whether evaluation can err although the validator passed it: overflow and extension functions are all that is left. */
export function canErr(policy: PolicyJson): boolean {
  const known = new Set(['Value', 'Var', '==', '!=', '<', '<=', '>', '>=', '&&', '||', '!', 'in', 'is', 'like', 'has']);
  for (const name of ['.', 'contains', 'containsAll', 'containsAny', 'isEmpty', 'if-then-else', 'Set']) known.add(name);
  const fields = new Set(['kind', 'body', 'left', 'right', 'arg', 'attr', 'pattern', 'if', 'then', 'else', 'Literal']);
  for (const name of ['entity_type', '__entity', 'type', 'id']) fields.add(name);
  for (const node of nodesOf(policy.conditions)) {
    if (Object.keys(node).some((name) => !known.has(name) && !fields.has(name))) return true;
  }
  return false;
}
