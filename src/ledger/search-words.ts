// The words of a search: ids, or beginnings of names. A word becomes the terms that it is the beginning of.
import type { Kysely } from 'kysely';
import type { StoreTables } from '../store/index.ts';
import type { IndexedExchange } from './exchange-state.ts';
import type { Group } from './find-places.ts';
import { WORD_FIELDS } from './term.ts';
import { termValue } from './term-numbers.ts';

const MAX_WORDS = 8;
/** Terms of one word. Of a word with more, which is the beginning of nearly all there is, each row is asked. */
const MAX_TERMS = 256;

export function toWords(text: string): string[] {
  return text
    .split(/\s+/)
    .filter((word) => word !== '')
    .slice(0, MAX_WORDS);
}

/** Whether an exchange has a word. Says of a row what the group of the word says of the index. */
export function hasWord({ state }: IndexedExchange, word: string): boolean {
  if (state.id === word || state.principal === word) return true;
  const start = termValue(word).toLowerCase();
  return [state.principalName, state.model, state.route, ...state.rules].some((name) =>
    termValue(name).toLowerCase().startsWith(start),
  );
}

/** What has a word: nothing where the group is empty, and undefined where it stands for too much to be listed. */
export async function wordGroup(db: Kysely<StoreTables>, word: string): Promise<Group | undefined> {
  const start = termValue(word).toLowerCase();
  const terms = await db
    .selectFrom('terms')
    .select('id')
    .where('field', 'in', WORD_FIELDS)
    .where('folded', '>=', start)
    // The last code point there is: what begins with the word sorts before it.
    .where('folded', '<', `${start}\u{10ffff}`)
    .limit(MAX_TERMS + 1)
    .execute();
  if (terms.length > MAX_TERMS) return undefined;
  const principal = await db
    .selectFrom('terms')
    .select('id')
    .where('field', '=', 'principal')
    .where('value', '=', termValue(word))
    .executeTakeFirst();
  const records = await db
    .selectFrom('records')
    .select('seq')
    .where('exchange', '=', word)
    .where('kind', '=', 'exchange.opened')
    .execute();
  return {
    terms: [...terms.map((term) => term.id), ...(principal === undefined ? [] : [principal.id])],
    seqs: records.map((row) => row.seq),
  };
}
