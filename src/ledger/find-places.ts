// Walks the inverted index from the newest block to the oldest: what has one of the terms of every group.
import { type Kysely, sql } from 'kysely';
import type { StoreTables } from '../store/index.ts';
import { addPlace, addStored, BLOCK, keepCommon, listPlaces, noPlaces, type Places } from './places.ts';
import type { SeqBounds } from './spans.ts';

/** Alternatives: what has any of the terms, or is at one of the seqs. */
export interface Group {
  readonly terms: readonly number[];
  readonly seqs?: readonly number[];
}

/** Blocks of the first step, which a page of common things fills; each later step has twice as many. */
const FIRST_BLOCKS = 2;
const MOST_BLOCKS = 64;

/** The places of a group in some blocks; a block without any is absent. */
async function placesOf(
  db: Kysely<StoreTables>,
  { terms, seqs = [] }: Group,
  blocks: readonly number[],
): Promise<Map<number, Places>> {
  const found = new Map<number, Places>();
  const of = (block: number): Places => {
    let places = found.get(block);
    if (places === undefined) found.set(block, (places = noPlaces()));
    return places;
  };
  if (terms.length > 0) {
    const { rows } = await sql<{ block: number; places: Uint8Array }>`select p.block, p.places
      from json_each(${JSON.stringify(blocks)}) b cross join json_each(${JSON.stringify(terms)}) t
      cross join postings p where p.block = b.value and p.term = t.value`.execute(db);
    for (const row of rows) addStored(of(row.block), row.places);
  }
  for (const seq of seqs) {
    const block = Math.floor(seq / BLOCK);
    if (blocks.includes(block)) addPlace(of(block), seq % BLOCK);
  }
  return found;
}

/**
 * The seqs within bounds that are in every group, in descending order, some at a time; a step may find none. There is
 * at least one group.
 */
export async function* findSeqs(
  db: Kysely<StoreTables>,
  groups: readonly Group[],
  { from, before }: SeqBounds,
): AsyncGenerator<number[]> {
  const [first, ...rest] = groups.toSorted((a, b) => a.terms.length - b.terms.length);
  if (first === undefined) return;
  const lowest = Math.floor(from / BLOCK);
  let step = FIRST_BLOCKS;
  for (let top = Math.floor((before - 1) / BLOCK); top >= lowest; top -= step, step = Math.min(step * 2, MOST_BLOCKS)) {
    const blocks = Array.from({ length: Math.min(step, top - lowest + 1) }, (_, i) => top - i);
    const common = await placesOf(db, first, blocks);
    for (const group of rest) {
      if (common.size === 0) break;
      const others = await placesOf(db, group, [...common.keys()]);
      for (const [block, places] of common) {
        const other = others.get(block);
        if (other === undefined || !keepCommon(places, other)) common.delete(block);
      }
    }
    const seqs = [...common]
      .sort(([a], [b]) => b - a)
      .flatMap(([block, places]) =>
        listPlaces(places)
          .reverse()
          .map((place) => block * BLOCK + place),
      );
    yield seqs.filter((seq) => seq >= from && seq < before);
  }
}
