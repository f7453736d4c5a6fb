// Regular expressions in the schemas of arguments: taken only where a match is bounded work, whatever the text. Repetitions that are
// counted are written out, as V8's linear engine, which takes over where a pattern backtracks too much, knows none.
import { setFlagsFromString } from 'node:v8';

// Also where no command line has set it.
setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks');
// What `l` says of a pattern: that the linear engine takes it.
setFlagsFromString('--enable-experimental-regexp-engine');

/** Longest pattern, written out: work grows with it and with the text. */
const WRITTEN_MOST = 2000;
/** Texts of arguments, together, that are held against patterns, UTF-16 units. */
export const PATTERN_TEXT_MOST = 32_768;
/** Repetitions of one pattern that looks around, which the linear engine does not take; together with where it may begin. */
const LOOKING_MOST = 2;

const TOKEN =
  /\\(?:[1-9]\d*|k<[^>]*>|u\{[^}]*\}|u[0-9a-f]{4}|x[0-9a-f]{2}|c[a-z]|[pP]\{[^}]*\}|.)|\[(?:\\.|[^\]\\])*\]|\(\?<?[=!]|\(\?<[^>]*>|\(\?:|[()|]|./gisu;
const QUANTIFIER = /^(?:[*+?]|\{(\d{1,4})(?:(,)(\d{0,4}))?\})\??/;

interface Group {
  /** Written out so far, and its last item, which a quantifier repeats. */
  text: string;
  item: string;
  readonly opening: string;
  /** Something in it may be of several lengths. */
  varies: boolean;
}

/** Refused: not a pattern, or not one of bounded work. */
class Refused extends Error {}

function repeated(item: string, quantifier: RegExpExecArray): string {
  const [sign, least, comma, most] = quantifier;
  if (least === undefined) return item + sign;
  const low = Number(least);
  const high = comma === undefined ? low : most === '' ? Infinity : Number(most);
  if (high < low) throw new Refused('a repetition that ends before it begins');
  const lazy = sign.endsWith('?') ? '?' : '';
  const optional = Number.isFinite(high) ? high - low : 1;
  if ((low + optional) * item.length > WRITTEN_MOST) throw new Refused('longer than can be checked');
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
  const groups: Group[] = [{ text: '', item: '', opening: '', varies: false }];
  let looks = false;
  let nested = false;
  let variable = source.startsWith('^') ? 0 : 1;
  let at = 0;
  const top = (): Group => groups.at(-1)!;
  const put = (item: string): void => {
    top().text += top().item;
    top().item = item;
    if (top().text.length > WRITTEN_MOST) throw new Refused('longer than can be checked');
  };
  while (at < source.length) {
    const quantifier = QUANTIFIER.exec(source.slice(at, at + 12));
    const group = top();
    if (quantifier !== null && group.item !== '') {
      const [sign, least, comma] = quantifier;
      const varies = least === undefined || comma !== undefined;
      const isGroup = group.item.startsWith('(');
      if (isGroup && group.varies && (varies || Number(least) > 1)) nested = true;
      if (varies) {
        variable++;
        group.varies = true;
      }
      group.text += repeated(group.item, quantifier);
      group.item = '';
      at += sign.length;
      continue;
    }
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(source)![0];
    at += token.length;
    if (/^\\(?:[1-9]|k<)/.test(token)) throw new Refused('a reference back');
    if (token.startsWith('(')) {
      if (/^\(\?<?[=!]/.test(token)) looks = true;
      // No name is asked for: one that is written out several times would be there twice.
      groups.push({ text: '', item: '', opening: /^\((?:\?<[^=!].*)?$/.test(token) ? '(?:' : token, varies: false });
    } else if (token === ')') {
      const { text, item, opening, varies } = groups.pop()!;
      put(`${opening}${text}${item})`);
      if (varies) top().varies = true;
    } else put(token);
  }
  const { text, item } = top();
  const written = text + item;
  if (written.length > WRITTEN_MOST) throw new Refused('longer than can be checked');
  if (looks) {
    if (nested || variable > LOOKING_MOST) throw new Refused('a look around with more than a repetition or two');
    return written;
  }
  try {
    new RegExp(written, 'l');
  } catch {
    throw new Refused('not for an engine of bounded work');
  }
  return written;
}
