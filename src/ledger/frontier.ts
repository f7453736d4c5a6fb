// The growing edge of the tree: what is needed to append a leaf and to know the root, O(log n) hashes.
import { EMPTY_ROOT, HASH_BYTES, type TreeSource, nodeHash } from './merkle.ts';

export class Frontier {
  /** At height h: root of a complete subtree of 2^h leaves, where the binary form of `size` has a one. */
  readonly #nodes: (Uint8Array | undefined)[];
  readonly #watchHeight: number;
  #watched: Uint8Array | undefined;
  #size: number;

  /** `watchHeight`: the height whose subtrees' roots are wanted as they become complete. */
  constructor(watchHeight = -1) {
    this.#nodes = [];
    this.#size = 0;
    this.#watchHeight = watchHeight;
  }

  /** The frontier of `size` leaves from the roots of its complete subtrees, the largest first. @throws RangeError */
  static of(size: number, roots: readonly Uint8Array[]): Frontier {
    const frontier = new Frontier();
    let at = 0;
    for (const [start, count] of completeSubtrees(size)) {
      const root = roots[at++];
      if (root === undefined) throw new RangeError(`merkle: the subtree from ${start} is missing`);
      frontier.appendSubtree(root, Math.log2(count));
    }
    if (at !== roots.length) throw new RangeError('merkle: there are more subtrees than leaves');
    return frontier;
  }

  /** Roots of the complete subtrees, the largest first. */
  roots(): Uint8Array[] {
    return this.#nodes.filter((node) => node !== undefined).reverse();
  }

  copy(): Frontier {
    const copy = new Frontier(this.#watchHeight);
    copy.#nodes.push(...this.#nodes);
    copy.#size = this.#size;
    copy.#watched = this.#watched;
    return copy;
  }

  /** Root of the last subtree of the watched height that became complete. */
  get watched(): Uint8Array | undefined {
    return this.#watched;
  }

  get size(): number {
    return this.#size;
  }

  append(leaf: Uint8Array): void {
    this.appendSubtree(leaf, 0);
  }

  /** Appends a complete subtree of 2^height leaves by its root; `size` must be a multiple of 2^height. */
  appendSubtree(root: Uint8Array, height: number): void {
    if (this.#size % 2 ** height !== 0) throw new RangeError('merkle: a subtree must be aligned to its size');
    let node = root;
    let h = height;
    if (h === this.#watchHeight) this.#watched = node;
    for (let below = this.#nodes[h]; below !== undefined; below = this.#nodes[h]) {
      node = nodeHash(below, node);
      this.#nodes[h++] = undefined;
      if (h === this.#watchHeight) this.#watched = node;
    }
    while (this.#nodes.length < h) this.#nodes.push(undefined);
    this.#nodes[h] = node;
    this.#size += 2 ** height;
  }

  root(): Uint8Array {
    let root: Uint8Array | undefined;
    for (const node of this.#nodes) {
      if (node !== undefined) root = root === undefined ? node : nodeHash(node, root);
    }
    return root ?? EMPTY_ROOT;
  }
}

/** The frontier of the first `size` leaves of a tree. */
export function frontierOf(source: TreeSource, size: number): Frontier {
  return Frontier.of(
    size,
    [...completeSubtrees(size)].map(([start, count]) => source.subtree(start, count)),
  );
}

/** Start and number of leaves of each complete subtree of a tree of `size` leaves, the largest first. */
function* completeSubtrees(size: number): Generator<readonly [number, number]> {
  let start = 0;
  while (start < size) {
    let count = 1;
    while (count * 2 <= size - start) count *= 2;
    yield [start, count];
    start += count;
  }
}

/** Root of a complete subtree from its leaf hashes, laid end to end; their number is a power of two. */
export function subtreeRoot(leaves: Uint8Array): Uint8Array {
  let level = leaves;
  while (level.length > HASH_BYTES) {
    const above = Buffer.allocUnsafe(level.length / 2);
    for (let at = 0; at < level.length; at += 2 * HASH_BYTES) {
      const middle = at + HASH_BYTES;
      above.set(nodeHash(level.subarray(at, middle), level.subarray(middle, middle + HASH_BYTES)), at / 2);
    }
    level = above;
  }
  return level;
}
