// The numbers of terms: a dictionary in the store, with those in use kept at hand.
import { type Kysely, sql } from 'kysely';
import type { StoreTables } from '../store/index.ts';
import type { Field, Term } from './term.ts';

/** Numbers kept at hand; callers name models, and there is no end to names. */
const MAX_KEPT = 20_000;

/** The form of a value that a term is stored and looked up by: text that a database gives back as it was given. */
export function termValue(value: string): string {
  return value.toWellFormed().replaceAll('\0', '\ufffd');
}

export class TermNumbers {
  readonly #kept = new Map<Field, Map<string, number>>();
  #count = 0;

  /** Forgets what is at hand: after a transaction that failed, numbers may be of terms that are not there. */
  clear(): void {
    this.#kept.clear();
    this.#count = 0;
  }

  /** The number of a term that `learn` was asked for. */
  get({ field, value }: Term): number {
    const number = this.#kept.get(field)?.get(value);
    if (number === undefined) throw new RangeError(`index: no number for a term of ${field}`);
    return number;
  }

  /** Has the numbers of these terms at hand, giving new ones to those that have none. */
  async learn(db: Kysely<StoreTables>, terms: Iterable<Term>): Promise<void> {
    if (this.#count > MAX_KEPT) this.clear();
    const unknown = new Map<string, Term[]>();
    for (const term of terms) {
      if (this.#kept.get(term.field)?.has(term.value) === true) continue;
      const key = `${term.field} ${termValue(term.value)}`;
      const alike = unknown.get(key);
      if (alike === undefined) unknown.set(key, [term]);
      else alike.push(term);
    }
    if (unknown.size === 0) return;
    const wanted = JSON.stringify(
      [...unknown.values()].map(([term]) => {
        const value = termValue(term!.value);
        return [term!.field, value, value.toLowerCase()];
      }),
    );
    await sql`insert or ignore into terms (field, value, folded)
      select value ->> 0, value ->> 1, value ->> 2 from json_each(${wanted})`.execute(db);
    const { rows } = await sql<{ id: number; field: Field; value: string }>`select t.id, t.field, t.value
      from json_each(${wanted}) j join terms t on t.field = j.value ->> 0 and t.value = j.value ->> 1`.execute(db);
    for (const { id, field, value } of rows) {
      for (const term of unknown.get(`${field} ${value}`) ?? []) this.#keep(term, id);
    }
  }

  #keep({ field, value }: Term, id: number): void {
    let values = this.#kept.get(field);
    if (values === undefined) this.#kept.set(field, (values = new Map()));
    if (!values.has(value)) this.#count++;
    values.set(value, id);
  }
}
