// Whether children of nodes make a tree: a loader that follows them from the root never ends where they do not.

/**
 * @param children - of a node, those that are nodes themselves
 * @returns a node that is reached twice
 */
export function reachedTwice(size: number, children: (node: number) => readonly number[]): number | undefined {
  const seen = new Uint8Array(size);
  const left = [0];
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    if (node >= size) continue;
    if (seen[node] === 1) return node;
    seen[node] = 1;
    left.push(...children(node));
  }
  return undefined;
}
