// The patterns of rules: checked for bounded work, then compiled to see folded text in any script.
import { foldLower } from './fold.ts';

/** Longest pattern, after its word lists are put in. */
const MAX_PATTERN = 6000;
const MAX_REPEAT = 200;
/** Bits of choice that the repetitions of one pattern may add up to: how often a match can be retried. */
const MAX_CHOICE_BITS = 28;

/**
 * What counts as a letter, by ranges of UTF-16 units: coarser than `\p{L}`, whose tables make V8 spend up to a
 * second on compiling one of the longer patterns. Marks that spell (Indic vowels) count; signs and emoji do not.
 */
const LETTERS =
  'a-z\\xaa\\xb5\\xba\\xc0-\\u1fff\\u2c00-\\u2dff\\u3005-\\u3007\\u3040-\\ud7ff\\uf900-\\ufdff\\ufe70-\\ufefc';
const DIGITS = '0-9';
const GAP = `(?:[^${LETTERS}${DIGITS}]{1,4})`;
/** Choice allowed inside a repetition: a few optional letters, whose choices then count once for each round. */
const MAX_NESTED_BITS = 2;
const GAP_BITS = 2;
const EDGE_START = `(?<![${LETTERS}${DIGITS}_])`;
const EDGE_END = `(?![${LETTERS}${DIGITS}_])`;
const EDGE = `(?:(?<=[${LETTERS}${DIGITS}_])${EDGE_END}|${EDGE_START}(?=[${LETTERS}${DIGITS}_]))`;

/** The classes that patterns may name. */
const CLASSES: Readonly<Record<string, string>> = { '\\p{L}': LETTERS, '\\p{N}': DIGITS };

/** The cheaper half of a word edge, where what stands on either side of it in the pattern leaves only one half. */
function edgeBetween(before: string, after: string): string {
  if (/(?:^|[|(:}\]=!])$/.test(before)) return /^[\p{L}(]/u.test(after) ? EDGE_START : EDGE;
  if (/\p{L}$/u.test(before)) return EDGE_END;
  return before.endsWith(')') && /^[[ |)]|^$/.test(after) ? EDGE_END : EDGE;
}

interface Group {
  /** Bits of choice of the branch that is being read. */
  bits: number;
  /** Bits of the richest branch so far: branches are tried one after the other, which adds little to a product. */
  best: number;
}

const QUANTIFIER = /^(?:[*+?]|\{(\d+)(,?)(\d*)\})\??/;
const ESCAPE = /^\\(?:[pP]\{[^}]*\}|u[0-9a-f]{4}|u\{[0-9a-f]+\}|x[0-9a-f]{2}|.)/isu;

/** What is wrong with a pattern, or nothing. Repetition must be bounded and must not be nested. */
export function findPatternFault(source: string): string | undefined {
  if (source.length > MAX_PATTERN) return `longer than ${MAX_PATTERN} characters`;
  const groups: Group[] = [{ bits: 0, best: 0 }];
  let rest = source;
  /** Bits of the item that a following quantifier would repeat; undefined where nothing can be repeated. */
  let item: number | undefined;
  while (rest !== '') {
    const quantifier = QUANTIFIER.exec(rest);
    if (quantifier !== null && item !== undefined) {
      const [text, low, comma, high] = quantifier;
      if (text[0] === '*' || text[0] === '+' || (comma === ',' && high === '')) {
        return `unbounded repetition "${text}": write a bound, such as {0,40}`;
      }
      const least = text[0] === '?' ? 0 : Number(low);
      const most = text[0] === '?' ? 1 : comma === ',' ? Number(high) : Number(low);
      if (most > MAX_REPEAT) return `repetition "${text}" goes beyond ${MAX_REPEAT}`;
      if (most > 1 && item > MAX_NESTED_BITS) return `repetition "${text}" of something that repeats itself`;
      groups.at(-1)!.bits += Math.log2(most - least + 1) + (most > 1 ? item * (most - 1) : 0);
      item = undefined;
      rest = rest.slice(text.length);
      continue;
    }
    const escape = ESCAPE.exec(rest);
    let length = 1;
    item = 0;
    if (escape !== null) {
      if (/^\\(?:[1-9]|k)/.test(escape[0])) return `back-reference "${escape[0]}"`;
      if (escape[0].startsWith('\\u{')) return `"${escape[0]}": write the character itself`;
      if (/^\\p/i.test(escape[0]) && !Object.hasOwn(CLASSES, escape[0])) {
        return `class "${escape[0]}": of the named ones there are ${Object.keys(CLASSES).join(' and ')}`;
      }
      length = escape[0].length;
    } else if (rest[0] === '[') {
      const set = /^\[(?:\\.|[^\]\\])*\]/su.exec(rest);
      if (set === null) return 'a character class is not closed';
      length = set[0].length;
    } else if (rest[0] === '(') {
      groups.push({ bits: 0, best: 0 });
      length = /^\((?:\?(?:[:=!]|<[=!]|<\w+>))?/.exec(rest)![0].length;
      item = undefined;
    } else if (rest[0] === ')') {
      const closed = groups.pop()!;
      if (groups.length === 0) return 'a ")" too many';
      item = Math.max(closed.bits, closed.best);
      groups.at(-1)!.bits += item;
    } else if (rest[0] === '|') {
      const group = groups.at(-1)!;
      group.best = Math.max(group.best, group.bits);
      group.bits = 0;
      item = undefined;
    } else if (rest[0] === '^' || rest[0] === '$') {
      item = undefined;
    } else if (rest[0] === ' ') {
      item = GAP_BITS;
    } else if (/[A-Z]/.test(rest[0]!)) {
      return `capital "${rest[0]}": patterns see text in lower case`;
    }
    rest = rest.slice(length);
  }
  if (groups.length > 1) return 'a "(" is not closed';
  const bits = Math.max(groups[0]!.bits, groups[0]!.best);
  if (bits > MAX_CHOICE_BITS) {
    return `its repetitions leave 2^${Math.ceil(bits)} ways to match; at most 2^${MAX_CHOICE_BITS} are allowed`;
  }
  return undefined;
}

/** One literal non-ASCII symbol as the folded text has it; several units stay one item for a quantifier. */
function foldSymbol(symbol: string, inClass: boolean): string {
  const folded = foldLower(symbol).replace(/[\^$\\.*+?()[\]{}|/-]/g, '\\$&');
  if (folded.length <= 1 || folded.startsWith('\\')) return folded;
  if (inClass) throw new SyntaxError(`"${symbol}" folds to several characters: write (?:a|b) in place of a class`);
  return `(?:${folded})`;
}

/**
 * Compiles a pattern of a rule. A space stands for one to four characters that are neither letter nor digit, `\b`
 * for a word edge in any script; literal letters are folded like the text.
 * @throws SyntaxError where it is not a regular expression
 */
export function compilePattern(source: string): RegExp {
  let out = '';
  let inClass = false;
  for (let rest = source; rest !== '';) {
    const escape = ESCAPE.exec(rest)?.[0];
    if (escape !== undefined) {
      const before = source.slice(0, source.length - rest.length);
      rest = rest.slice(escape.length);
      const named = CLASSES[escape];
      if (named !== undefined) out += inClass ? named : `[${named}]`;
      else out += escape === '\\b' && !inClass ? edgeBetween(before, rest) : escape;
      continue;
    }
    const symbol = String.fromCodePoint(rest.codePointAt(0)!);
    rest = rest.slice(symbol.length);
    if (symbol === '[') inClass = true;
    if (symbol === ']') inClass = false;
    if (symbol === ' ' && !inClass) out += GAP;
    else out += symbol < '\x80' ? symbol : foldSymbol(symbol, inClass);
  }
  return new RegExp(out, 'gs');
}
