// The inverted index as it is written: changes to the places of terms, gathered and applied a batch at a time.
import { type Kysely, sql } from 'kysely';
import type { StoreTables } from '../store/index.ts';
import { addPlace, addStored, BLOCK, noPlaces, removePlace, storePlaces } from './places.ts';

interface Change {
  readonly block: number;
  readonly term: number;
  readonly added: number[];
  readonly removed: number[];
}

export class PostingChanges {
  readonly #blocks = new Map<number, Map<number, Change>>();

  /** Says that the record or exchange at `seq` has a term. */
  add(term: number, seq: number): void {
    this.#of(term, seq).added.push(seq % BLOCK);
  }

  /** Says that it has the term no more. */
  remove(term: number, seq: number): void {
    this.#of(term, seq).removed.push(seq % BLOCK);
  }

  #of(term: number, seq: number): Change {
    const block = Math.floor(seq / BLOCK);
    let terms = this.#blocks.get(block);
    if (terms === undefined) this.#blocks.set(block, (terms = new Map()));
    let change = terms.get(term);
    if (change === undefined) terms.set(term, (change = { block, term, added: [], removed: [] }));
    return change;
  }

  /** Writes them. What is removed and added at one place is there afterwards. */
  async save(db: Kysely<StoreTables>): Promise<void> {
    const changes = [...this.#blocks.values()].flatMap((terms) => [...terms.values()]);
    if (changes.length === 0) return;
    const keys = JSON.stringify(changes.map(({ block, term }) => [block, term]));
    const { rows } = await sql<{ block: number; term: number; places: Uint8Array }>`select p.block, p.term, p.places
      from json_each(${keys}) j join postings p on p.block = j.value ->> 0 and p.term = j.value ->> 1`.execute(db);
    const stored = new Map(rows.map((row) => [this.#blocks.get(row.block)!.get(row.term)!, row.places]));
    const written = changes.map((change) => {
      const places = noPlaces();
      const before = stored.get(change);
      if (before !== undefined) addStored(places, before);
      for (const place of change.removed) removePlace(places, place);
      for (const place of change.added) addPlace(places, place);
      return [change.block, change.term, storePlaces(places).toString('hex')];
    });
    await sql`insert or replace into postings (block, term, places)
      select value ->> 0, value ->> 1, unhex(value ->> 2) from json_each(${JSON.stringify(written)})`.execute(db);
  }
}
