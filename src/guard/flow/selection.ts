// Which record an id stands for, and whether the user chose it: by naming it, by a query in his own words that has one answer,
// by a superlative over a value of the system. An id that merely occurs somewhere was chosen by whoever speaks last.
import { type Leaf, type Query, type ResultRecord, type ToolResult, idLeaf, orderOf } from './results.ts';
import type { Superlative } from './vocabulary.ts';
import type { Words } from './words.ts';

export type Choice = 'made' | 'named' | 'only' | 'extreme';

/** Fields that say what a record is, as far as whoever wrote them may be believed. */
function tellingLeaves(record: ResultRecord, except: Leaf): readonly Leaf[] {
  return record.leaves.filter(
    (leaf) =>
      leaf !== except &&
      !leaf.isName &&
      leaf.trust !== 'U' &&
      typeof leaf.value === 'string' &&
      leaf.value.length >= 3 &&
      orderOf(leaf) === undefined,
  );
}

/**
 * How a record answers to the user's words: by a value that he set apart, by some word, not at all. A field of the system answers
 * to all that he said; what another wrote only to what was asked for in his words, as else a record could be written to answer to
 * any of them.
 */
function answerOf(
  record: ResultRecord,
  except: Leaf,
  prompt: Words,
  query: Query | undefined,
): 'exactly' | 'somehow' | 'not' {
  let answer: 'somehow' | 'not' = 'not';
  for (const { trust, raw, value } of tellingLeaves(record, except)) {
    const text = value as string;
    if (trust === 'T' ? prompt.quotes(raw) : query?.values.has(text) === true) return 'exactly';
    if (trust === 'T' ? prompt.has(raw) || prompt.sharesWord(text) : query?.words.sharesWord(text) === true)
      answer = 'somehow';
  }
  return answer;
}

/** Whether the record is the only greatest, or least, of its list by a value that the system set. */
function isExtreme(result: ToolResult, record: ResultRecord, { of, fields }: Superlative): boolean {
  const names = new Set(
    record.leaves
      .filter(
        (leaf) =>
          leaf.trust === 'T' && !leaf.isName && orderOf(leaf) !== undefined && fields.test(leaf.path.at(-1) ?? ''),
      )
      .map(({ path }) => path.join('.')),
  );
  // Of one record alone nothing is the most.
  if (result.records.length < 2) return false;
  for (const name of names) {
    const value = (each: ResultRecord): number | undefined => {
      const leaf = each.leaves.find(({ path, trust, isName }) => trust === 'T' && !isName && path.join('.') === name);
      return leaf === undefined ? undefined : orderOf(leaf);
    };
    const own = value(record);
    const others = result.records.filter((each) => each !== record).map(value);
    if (own === undefined || others.includes(undefined)) continue;
    if (others.every((other) => (of === 'most' ? other! < own : other! > own))) return true;
  }
  return false;
}

/**
 * How the user chose the record that an id stands for, in one result; undefined where he did not.
 * @param superlatives - those in the user's words
 */
function chosenIn(
  result: ToolResult,
  id: string | number,
  words: Words,
  superlatives: readonly Superlative[],
): Choice | undefined {
  const owners = result.records.flatMap((record) => {
    const leaf = idLeaf(record, id);
    return leaf === undefined ? [] : [{ record, leaf }];
  });
  if (owners.length !== 1) return undefined;
  const { record, leaf } = owners[0]!;
  if (result.made) return 'made';
  if (superlatives.some((each) => isExtreme(result, record, each))) return 'extreme';
  const own = answerOf(record, leaf, words, result.query);
  const others = result.records
    .filter((each) => each !== record)
    .map((each) => answerOf(each, leaf, words, result.query));
  if (own === 'exactly') return others.includes('exactly') ? undefined : 'named';
  // Whoever chooses what is read must not choose by that: a lone record answers to a question, or to its name.
  if (others.length === 0) return result.query !== undefined ? 'only' : undefined;
  // Words that the user did not set apart choose only what no other record has any of: whoever can write a record of his own
  // would else choose.
  return own === 'somehow' && others.every((other) => other === 'not') ? 'named' : undefined;
}

/** The first result in which the user chose what the id stands for, and how; `seen` where some result has the id at all. */
export function chooseRecord(
  results: readonly ToolResult[],
  id: string | number,
  words: Words,
  superlatives: readonly Superlative[],
): { readonly seen: boolean; readonly result?: ToolResult; readonly choice?: Choice } {
  let seen = false;
  for (const result of results) {
    if (!result.records.some((record) => idLeaf(record, id) !== undefined)) continue;
    seen = true;
    const choice = chosenIn(result, id, words, superlatives);
    if (choice !== undefined) return { seen, result, choice };
  }
  return { seen };
}
