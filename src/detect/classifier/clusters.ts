// Clusters of English words of like meaning: what is learned of one word holds for its neighbours.
import { hashWord } from './tokens.ts';

/** Words by hash, open addressing: `keys[slot]` is the hash of a word, `fine[slot]` its cluster from 1 on (0: free). */
export interface ClusterTable {
  readonly keys: Int32Array;
  readonly fine: Uint16Array;
  /** The larger cluster that each cluster lies in, by its number; both count from 1 on, 0 is a word of none. */
  readonly coarse: Uint8Array;
}

const slotOf = (hash: number, mask: number): number => (hash ^ (hash >>> 15)) & mask;

/** @param clusters - of each its larger cluster (from 0 on) and its words, in lower case */
export function buildClusterTable(clusters: readonly { coarse: number; words: readonly string[] }[]): ClusterTable {
  const words = clusters.reduce((sum, cluster) => sum + cluster.words.length, 0);
  let slots = 16;
  while (slots < words * 2) slots *= 2;
  const keys = new Int32Array(slots);
  const fine = new Uint16Array(slots);
  clusters.forEach((cluster, index) => {
    for (const word of cluster.words) {
      const hash = hashWord(word);
      let slot = slotOf(hash, slots - 1);
      while (fine[slot] !== 0 && keys[slot] !== hash) slot = (slot + 1) & (slots - 1);
      keys[slot] = hash;
      fine[slot] = index + 1;
    }
  });
  return { keys, fine, coarse: Uint8Array.from([0, ...clusters.map(({ coarse }) => coarse + 1)]) };
}

/** The cluster of a word by its hash; 0 where it has none. */
export function clusterOf({ keys, fine }: ClusterTable, hash: number): number {
  const mask = keys.length - 1;
  let slot = slotOf(hash, mask);
  for (let probes = 0; probes <= mask && fine[slot] !== 0; probes++) {
    if (keys[slot] === hash) return fine[slot]!;
    slot = (slot + 1) & mask;
  }
  return 0;
}
