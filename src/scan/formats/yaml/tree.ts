// A YAML document as the tree that JSON has: aliases of scalars followed, those of anything larger left out, so that none expands.
import { type Document, isAlias, isMap, isPair, isScalar, isSeq, type Node } from 'yaml';
import type { JsonList, JsonObject, JsonTree } from '../../../reader/index.ts';
import type { Budget } from '../../budget.ts';

const offsetOf = (node: Node): number => node.range?.[0] ?? 0;

/** @param anchored - scalars by their anchors, as far as the document was walked */
function scalar(node: unknown, anchored: Map<string, JsonTree>): JsonTree {
  if (isAlias(node)) return anchored.get(node.source) ?? null;
  if (!isScalar(node)) return null;
  const { value, anchor } = node;
  const plain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
  if (anchor !== undefined) anchored.set(anchor, plain);
  return plain;
}

/** Called for each node that has a tag of its own, with the text behind it where it is a scalar. */
export type Tagged = (tag: string, text: string | undefined, offset: number) => void;

/** @returns the document's tree; `tagged` is called for every tag on the way */
export function toTree(document: Document, budget: Budget, tagged: Tagged): JsonTree {
  let root: JsonTree = null;
  const anchored = new Map<string, JsonTree>();
  const stack: { node: unknown; put: (value: JsonTree) => void }[] = [
    { node: document.contents, put: (value) => (root = value) },
  ];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    budget.step();
    const { node, put } = top;
    if (isMap(node) || isSeq(node) || isScalar(node)) {
      const { tag } = node;
      if (typeof tag === 'string' && tag !== '') {
        tagged(tag, isScalar(node) && typeof node.value === 'string' ? node.value : undefined, offsetOf(node));
      }
    }
    if (isMap(node)) {
      const into: JsonObject = { kind: 'object', at: offsetOf(node), entries: [] };
      put(into);
      for (let at = node.items.length - 1; at >= 0; at--) {
        const { key, value } = node.items[at]!;
        // A key may be tagged as well, and may itself be a map.
        if (!isScalar(key) || key.tag !== undefined) stack.push({ node: key, put: () => undefined });
        const name = scalar(key, anchored);
        stack.push({
          node: value,
          put: (inner) => into.entries.push([typeof name === 'object' ? '' : String(name), inner]),
        });
      }
    } else if (isSeq(node)) {
      const into: JsonList = { kind: 'list', at: offsetOf(node), items: [] };
      put(into);
      for (let at = node.items.length - 1; at >= 0; at--) {
        const item = node.items[at];
        stack.push({ node: isPair(item) ? item.value : item, put: (inner) => into.items.push(inner) });
      }
    } else put(scalar(node, anchored));
  }
  return root;
}
