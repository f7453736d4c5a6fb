// The tags of one kind in a text of XML: each read to its end once, so that a text of nothing but beginnings takes no longer.
import type { Look } from '../../format.ts';

/** Characters of a tag that are read. */
const MOST = 2000;
/** What lies between a tag's name and its end: signs in quotes are none. */
const REST = /(?:[^>"']|"[^"]*"|'[^']*')*/y;

/**
 * The tags that begin as asked for.
 * @param begin - with the flag `g`
 */
export function* tagsOf(
  text: string,
  begin: RegExp,
  look: Look,
): Generator<{ readonly tag: string; readonly at: number }> {
  for (const { 0: name, index } of text.matchAll(begin)) {
    const from = index + name.length;
    const rest = text.slice(from, from + MOST);
    look.budget.step(1 + (rest.length >> 5));
    REST.lastIndex = 0;
    yield { tag: name + (REST.exec(rest)?.[0] ?? ''), at: index };
  }
}
