// Which record an id stands for, and whether the user chose it: by naming it, by a query in his own words that has one answer,
// by a superlative over a value of the system. An id that merely occurs somewhere was chosen by whoever speaks last.
import { normalise } from './normal.ts';
import { type Leaf, type Query, type ResultRecord, type ToolResult, orderOf } from './results.ts';
import type { Superlative } from './vocabulary.ts';
import type { Words } from './words.ts';

export type Choice = 'made' | 'named' | 'only' | 'extreme';

type Answer = 'exactly' | 'somehow' | 'not';

/** Fields that say what a record is, as far as whoever wrote them may be believed. */
function tellingLeaves(record: ResultRecord, except: Leaf | undefined): readonly Leaf[] {
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
function answerOf(record: ResultRecord, except: Leaf | undefined, prompt: Words, query: Query | undefined): Answer {
  let answer: 'somehow' | 'not' = 'not';
  for (const { trust, raw, value } of tellingLeaves(record, except)) {
    const text = value as string;
    if (trust === 'T' ? prompt.quotes(raw) : query?.values.has(text) === true) return 'exactly';
    if (trust === 'T' ? prompt.has(raw) || prompt.sharesWord(text) : query?.words.sharesWord(text) === true)
      answer = 'somehow';
  }
  return answer;
}

/** The records that are the only greatest, or least, of their list by a value that the system set. */
function extremesOf({ records }: ToolResult, { of, fields }: Superlative): Set<ResultRecord> {
  const extremes = new Set<ResultRecord>();
  // Of one record alone nothing is the most.
  if (records.length < 2) return extremes;
  const isOrder = (leaf: Leaf): boolean => leaf.trust === 'T' && !leaf.isName && orderOf(leaf) !== undefined;
  const names = new Set(
    records[0]!.leaves
      .filter((leaf) => isOrder(leaf) && fields.test(leaf.path.at(-1) ?? ''))
      .map(({ path }) => path.join('.')),
  );
  // What not all have orders none of them.
  for (const name of names) {
    let best: { readonly record: ResultRecord; readonly value: number } | undefined;
    let isOnly = true;
    let isWhole = true;
    for (const record of records) {
      const leaf = record.leaves.find(({ path, trust, isName }) => trust === 'T' && !isName && path.join('.') === name);
      const value = leaf === undefined ? undefined : orderOf(leaf);
      if (value === undefined) {
        isWhole = false;
        break;
      }
      if (best === undefined || (of === 'most' ? value > best.value : value < best.value)) {
        best = { record, value };
        isOnly = true;
      } else if (value === best.value) isOnly = false;
    }
    if (isWhole && isOnly && best !== undefined) extremes.add(best.record);
  }
  return extremes;
}

/** How the records of one result answer to the user's words. */
interface Answers {
  readonly extremes: ReadonlySet<ResultRecord>;
  readonly of: ReadonlyMap<ResultRecord, Answer>;
  /** How many answer so. */
  readonly count: Readonly<Record<Answer, number>>;
}

/** What was found of results, for one state of the user's words. */
export type Choices = WeakMap<ToolResult, Answers>;

function answersOf(result: ToolResult, words: Words, superlatives: readonly Superlative[]): Answers {
  const of = new Map<ResultRecord, Answer>();
  const count = { exactly: 0, somehow: 0, not: 0 };
  for (const record of result.records) {
    const answer = answerOf(record, undefined, words, result.query);
    of.set(record, answer);
    count[answer]++;
  }
  return { of, count, extremes: new Set(superlatives.flatMap((each) => [...extremesOf(result, each)])) };
}

/** How the user chose the record that an id stands for, in one result; undefined where he did not. */
function chosenIn(result: ToolResult, id: string, words: Words, answers: () => Answers): Choice | undefined {
  const owners = result.owners.get(id) ?? [];
  if (owners.length !== 1) return undefined;
  const { record, leaf } = owners[0]!;
  if (result.made) return 'made';
  const { extremes, of, count } = answers();
  if (extremes.has(record)) return 'extreme';
  // By its id alone no record answers.
  const own = answerOf(record, leaf, words, result.query);
  const others = { ...count };
  others[of.get(record)!]--;
  if (own === 'exactly') return others.exactly > 0 ? undefined : 'named';
  // Whoever chooses what is read must not choose by that: a lone record answers to a question, or to its name.
  if (result.records.length === 1) return result.query !== undefined ? 'only' : undefined;
  // Words that the user did not set apart choose only what no other record has any of: whoever can write a record of his own
  // would else choose.
  return own === 'somehow' && others.exactly === 0 && others.somehow === 0 ? 'named' : undefined;
}

/**
 * The first result in which the user chose what the id stands for, and how; `seen` where some result has the id at all.
 * @param choices - what was found before, for the same words
 */
export function chooseRecord(
  results: readonly ToolResult[],
  id: string | number,
  words: Words,
  superlatives: readonly Superlative[],
  choices: Choices,
): { readonly seen: boolean; readonly result?: ToolResult; readonly choice?: Choice } {
  const wanted = normalise(String(id));
  let seen = false;
  for (const result of results) {
    if (!result.owners.has(wanted)) continue;
    seen = true;
    const choice = chosenIn(result, wanted, words, () => {
      const known = choices.get(result) ?? answersOf(result, words, superlatives);
      choices.set(result, known);
      return known;
    });
    if (choice !== undefined) return { seen, result, choice };
  }
  return { seen };
}
