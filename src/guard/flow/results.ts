// What came back from tools, by how far it is trusted: values of the system, identifiers that others wrote, all else. Objects
// are kept as records, so that an id can be held against the fields that lie beside it.
import type { FieldTrust } from '../../contract/index.ts';
import { normalise, toNumber } from './normal.ts';
import { type ResultFacts, type ToolBook, trustWith } from './tool-book.ts';
import type { Words } from './words.ts';

export interface Leaf {
  /** Names from the top, without indices of lists. */
  readonly path: readonly string[];
  /** Normal form of a text; a number as it is. */
  readonly value: string | number;
  /** As it came. */
  readonly raw: string;
  readonly trust: FieldTrust;
  /** The name of a field, which may be data: the keys of a table of names are. */
  readonly isName: boolean;
}

/** One object of a result, such as a file of a list of files. */
export interface ResultRecord {
  readonly leaves: readonly Leaf[];
}

export interface Owner {
  readonly record: ResultRecord;
  readonly leaf: Leaf;
}

/** The values of a call that the user's words have. */
export interface Query {
  /** In normal form. */
  readonly values: ReadonlySet<string>;
  readonly words: Words;
}

/** What one call returned. */
export interface ToolResult {
  readonly tool: string;
  /** How many results came before. */
  readonly index: number;
  readonly records: readonly ResultRecord[];
  /** The records that say they are an id, each with the field that says so; of one record it counts once. */
  readonly owners: ReadonlyMap<string, readonly Owner[]>;
  /** What was asked for, where all of it was in the user's words. */
  readonly query: Query | undefined;
  /** It came of a call with an effect: what it names was made, or changed, by a call that was allowed. */
  readonly made: boolean;
}

/** Values of one result that are looked at; what lies beyond is untrusted and no record. */
const MOST_LEAVES = 200_000;
const MOST_DEPTH = 32;

interface Walk {
  readonly book: ToolBook;
  readonly tool: string;
  left: number;
  readonly facts: ResultFacts;
  /** Something lies deeper than is looked at. */
  isDeep: boolean;
}

type Visit = (leaf: Leaf, secret: boolean) => void;

function visitLeaf(walk: Walk, path: readonly string[], value: string | number, visit: Visit, isName = false): void {
  if (walk.left-- <= 0) return;
  const { book, tool, facts } = walk;
  const { vouched } = facts;
  const raw = String(value);
  const labelled = trustWith(book.trustOf(tool, path), facts, path);
  const isText = typeof value === 'string' && !isName;
  const trust = vouched === undefined || !isText ? labelled : vouched.has(raw) ? 'T' : 'U';
  visit(
    { path, raw, value: typeof value === 'number' ? value : normalise(value), trust, isName },
    !isName && book.isSecret(tool, path),
  );
}

/** Every leaf below a value; names of fields are leaves too. */
function walkValue(walk: Walk, path: readonly string[], value: unknown, visit: Visit, depth: number): void {
  if (depth > MOST_DEPTH) walk.isDeep = true;
  if (depth > MOST_DEPTH || walk.left <= 0) return;
  if (typeof value === 'string' || typeof value === 'number') visitLeaf(walk, path, value, visit);
  else if (Array.isArray(value)) for (const each of value) walkValue(walk, path, each, visit, depth + 1);
  else if (typeof value === 'object' && value !== null) {
    for (const [name, each] of Object.entries(value)) {
      const below = [...path, name];
      visitLeaf(walk, below, name, visit, true);
      walkValue(walk, below, each, visit, depth + 1);
    }
  }
}

/** The objects of a result: those of the list that it is, or of lists in it; else the whole. */
function recordsOf(value: unknown): readonly (readonly [readonly string[], unknown])[] {
  if (Array.isArray(value)) return value.map((each) => [[], each]);
  if (typeof value === 'object' && value !== null) {
    const lists = Object.entries(value).filter(
      ([, each]) => Array.isArray(each) && each.some((item) => typeof item === 'object' && item !== null),
    );
    if (lists.length === 1) return (lists[0]![1] as unknown[]).map((each) => [[lists[0]![0]], each]);
  }
  return [[[], value]];
}

/** Reads a result into records. */
export function readResult(
  book: ToolBook,
  tool: string,
  value: unknown,
  facts: Pick<ToolResult, 'index' | 'query' | 'made'>,
  onLeaf: (leaf: Leaf, secret: boolean) => void,
  more: ResultFacts = {},
): ToolResult & { readonly isBeyond: boolean } {
  const walk: Walk = { book, tool, left: MOST_LEAVES, facts: more, isDeep: false };
  const records: ResultRecord[] = [];
  const whole = recordsOf(value);
  for (const [path, each] of whole) {
    const leaves: Leaf[] = [];
    walkValue(walk, path, each, (leaf, secret) => (leaves.push(leaf), onLeaf(leaf, secret)), 0);
    records.push({ leaves });
  }
  // What lies beside the one list is part of no record.
  if (whole.length > 0 && whole[0]![0].length > 0) {
    const [list] = whole[0]![0];
    const rest = Object.fromEntries(Object.entries(value as object).filter(([name]) => name !== list));
    walkValue(walk, [], rest, onLeaf, 0);
  }
  return { tool, records, owners: ownersOf(records), ...facts, isBeyond: walk.left <= 0 || walk.isDeep };
}

const ID_NAME = /(?:^|[_\W])ids?_?$|^id|uuid|guid|Id$|_key$/u;

/** By id, the records that say they are it: fields that the system set, and those called an id where any is. */
function ownersOf(records: readonly ResultRecord[]): Map<string, Owner[]> {
  const owners = new Map<string, Owner[]>();
  for (const record of records) {
    const system = record.leaves.filter((leaf) => leaf.trust === 'T' && !leaf.isName);
    const named = system.filter(({ path }) => ID_NAME.test(path.at(-1) ?? ''));
    for (const leaf of named.length > 0 ? named : system) {
      const id = String(leaf.value);
      const known = owners.get(id);
      if (known === undefined) owners.set(id, [{ record, leaf }]);
      else if (known.at(-1)!.record !== record) known.push({ record, leaf });
    }
  }
  return owners;
}

/** A number, or a day and time as one, that records can be ordered by. */
export function orderOf({ value, raw }: Leaf): number | undefined {
  if (typeof value === 'number') return value;
  const number = toNumber(raw);
  if (number !== undefined) return number;
  if (!/^\d{4}-\d{2}-\d{2}/.test(raw)) return undefined;
  const time = Date.parse(raw);
  return Number.isNaN(time) ? undefined : time;
}
