// What an object holds in another form than its own: documents of YAML in a string, maps of a program's options or variables.
import { parse } from 'yaml';
import type { Budget } from './budget.ts';

const MOST_DOCUMENT = 20_000;
/** What a character costs beside one of a command: its parser takes as much longer. */
const COST = 20;
/** How often a document may name what stands in it elsewhere: a few names make one of any size. */
const MOST_ALIASES = 50;

type Members = Readonly<Record<string, unknown>>;

/** A document within is none, or more of one than is looked at. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
}

/** @throws Unreadable, BeyondBudget */
export function readDocument(text: string, budget: Budget): unknown {
  if (text.length > MOST_DOCUMENT) throw new Unreadable('is a document that is longer than is looked at');
  budget.take(text.length * COST);
  try {
    return parse(text, { maxAliasCount: MOST_ALIASES, prettyErrors: false, uniqueKeys: false, merge: true });
  } catch {
    throw new Unreadable('is no document in YAML, or not one that is looked at');
  }
}

/** A container that has as variables or options what a map names. */
export function toContainer(map: Members, reads: 'variables' | 'options'): Members {
  const entries = Object.entries(map).flatMap(([name, value]) =>
    ['string', 'number'].includes(typeof value) ? [{ name, value: String(value) }] : [],
  );
  if (reads === 'variables') return { env: entries };
  return { args: entries.map(({ name, value }) => `--${name}=${value}`) };
}
