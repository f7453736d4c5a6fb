// Regular expressions in the schemas of arguments: taken only where a match is bounded work, whatever the text: as they are where they
// have few ways to match, else with counted repetitions written out, as V8's linear engine, which takes over where a pattern
// backtracks too much, knows none.
import { setFlagsFromString } from 'node:v8';

// Also where no command line has set it.
setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks');
// What `l` says of a pattern: that the linear engine takes it.
setFlagsFromString('--enable-experimental-regexp-engine');

/** Longest pattern, written out: work grows with it and with the text. */
const WRITTEN_MOST = 2000;
/** Texts of arguments, together, that are held against patterns, UTF-16 units. */
export const PATTERN_TEXT_MOST = 32_768;
/** Ways in which a pattern may be tried on a text, within which it is left as it is. */
const WAYS_MOST = 1e8;

const TOKEN =
  /\\(?:[1-9]\d*|k<[^>]*>|u\{[^}]*\}|u[0-9a-f]{4}|x[0-9a-f]{2}|c[a-z]|[pP]\{[^}]*\}|.)|\[(?:\\.|[^\]\\])*\]|\(\?<?[=!]|\(\?<[^>]*>|\(\?:|[()|]|./gisu;
const QUANTIFIER = /^(?:[*+?]|\{(\d{1,4})(?:(,)(\d{0,4}))?\})\??/;

interface Group {
  /** Written out so far, and its last item, which a quantifier repeats. */
  text: string;
  item: string;
  readonly opening: string;
  /** In how many ways the branch that is read may match, and those before it; and what looking around adds. */
  ways: number;
  others: number;
  aside: number;
  /** Ways of the last item. */
  itemWays: number;
}

const open = (opening: string): Group => ({
  ...{ text: '', item: '', opening, ways: 1, others: 0, aside: 0, itemWays: 1 },
});

/** In how many ways an item matches that is repeated. */
function waysOf(each: number, low: number, high: number): number {
  const times = Math.min(high, PATTERN_TEXT_MOST);
  return (times - low + 1) * (each === 1 ? 1 : each ** times);
}

/** Refused: not a pattern, or not one of bounded work. */
class Refused extends Error {}

function boundsOf([sign, least, comma, most]: RegExpExecArray): { low: number; high: number } {
  if (least === undefined) return { low: sign.startsWith('+') ? 1 : 0, high: sign.startsWith('?') ? 1 : Infinity };
  return { low: Number(least), high: comma === undefined ? Number(least) : most === '' ? Infinity : Number(most) };
}

/** An item with its repetition, which is written out where it is counted; empty where that is too long. */
function repeated(item: string, quantifier: RegExpExecArray): string {
  const [sign, least] = quantifier;
  if (least === undefined) return item + sign;
  const { low, high } = boundsOf(quantifier);
  const lazy = sign.endsWith('?') ? '?' : '';
  const optional = Number.isFinite(high) ? high - low : 1;
  if ((low + optional) * (item.length + 5) > WRITTEN_MOST) return '';
  const tail = Number.isFinite(high) ? `(?:${item}`.repeat(optional) + `)?${lazy}`.repeat(optional) : `${item}*${lazy}`;
  return item.repeat(low) + tail;
}

/**
 * A pattern that matches the same in bounded work.
 * @returns why there is none, where there is none
 */
export function toBoundedPattern(source: string): { readonly pattern: string } | { readonly reason: string } {
  try {
    new RegExp(source);
    return { pattern: writeOut(source) };
  } catch (thrown) {
    return { reason: thrown instanceof Refused ? thrown.message : 'no regular expression' };
  }
}

function writeOut(source: string): string {
  if (source.length > WRITTEN_MOST) throw new Refused('longer than can be checked');
  const groups = [open('')];
  let looks = false;
  /** Too long to be written out. */
  let isLong = false;
  let at = 0;
  const top = (): Group => groups.at(-1)!;
  /** What is before the last item is done with. */
  const settle = (group: Group): void => {
    group.ways *= group.itemWays;
    group.itemWays = 1;
    group.text += group.item;
    group.item = '';
    if (group.text.length > WRITTEN_MOST) isLong = true;
    if (isLong) group.text = '';
  };
  const put = (item: string, ways = 1): void => {
    settle(top());
    top().item = item;
    top().itemWays = ways;
  };
  while (at < source.length) {
    const quantifier = QUANTIFIER.exec(source.slice(at, at + 12));
    const group = top();
    if (quantifier !== null && group.item !== '') {
      const { low, high } = boundsOf(quantifier);
      const text = repeated(group.item, quantifier);
      if (text === '') isLong = true;
      group.itemWays = waysOf(group.itemWays, low, high);
      group.item = text === '' ? '.' : text;
      settle(group);
      at += quantifier[0].length;
      continue;
    }
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(source)![0];
    at += token.length;
    if (/^\\(?:[1-9]|k<)/.test(token)) throw new Refused('a reference back');
    if (token.startsWith('(')) {
      if (/^\(\?<?[=!]/.test(token)) looks = true;
      // No name is asked for: one that is written out several times would be there twice.
      groups.push(open(/^\((?:\?<[^=!].*)?$/.test(token) ? '(?:' : token));
    } else if (token === ')') {
      settle(group);
      groups.pop();
      const isAside = /^\(\?<?[=!]/.test(group.opening);
      const ways = group.ways + group.others;
      put(`${group.opening}${group.text})`, isAside ? 1 : ways);
      top().aside += top().ways * (group.aside + (isAside ? ways : 0));
    } else if (token === '|') {
      settle(group);
      group.others += group.ways;
      group.ways = 1;
      group.text += token;
    } else put(token);
  }
  const whole = top();
  settle(whole);
  const ways = whole.ways + whole.others + whole.aside;
  // Where it may begin anywhere, it is tried everywhere.
  const isAnchored = source.startsWith('^') && whole.others === 0;
  if (ways * (isAnchored ? 1 : PATTERN_TEXT_MOST) <= WAYS_MOST) return source;
  if (looks) throw new Refused('a look around among too many ways to match');
  if (isLong || whole.text.length > WRITTEN_MOST) throw new Refused('longer than can be checked');
  try {
    new RegExp(whole.text, 'l');
  } catch {
    throw new Refused('not for an engine of bounded work');
  }
  return whole.text;
}
