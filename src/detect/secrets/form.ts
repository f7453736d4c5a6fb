// The two short forms of a secret rule, spelled out as patterns: a token that stands alone, a value behind its name.

/** Not in the middle of a word; an escape before it (`\n`, `%3D`) is no part of a word. */
export const APART = '(?<!(?<!\\\\|%[0-9A-F])[A-Za-z0-9])';
/**
 * The same for what may have a tail: no two tails overlap, as none begins within the characters of another.
 * (`${{ secrets.ghp_...` is written where the name of a secret should stand.)
 */
export const APART_FROM_TAILS = '(?<!(?<!\\\\|%[0-9A-F])[A-Za-z0-9_-]|(?<!\\{\\{ ?secrets)\\.)';
const END = '(?![A-Za-z0-9])';

/** What a name of a key has in it, beside the name of the service. */
const SAYS_KEY = '(?:key|token|secret|passw|pwd|auth|cred|login|bearer|dsn)';
const JOINT =
  '["\'`\\\\\\]})>]{0,3}\\s{0,4}(?:=>|:=|\\|\\|=|\\?=|={1,3}|:{1,2}|,|>|\\(|\\s)\\s{0,5}(?:(?:bearer|basic|token|is|string|value)[\\s=:]{1,3})?["\'`\\\\(]{0,3}';

/** A token of its own: neither before nor, unless it may have a tail, behind it goes a word on. */
export function standingAlone(token: string, hasTail: boolean): string {
  return hasTail ? `${APART_FROM_TAILS}(?:${token})` : `${APART}(?:${token})${END}`;
}

/**
 * A value assigned to a name with the keyword in it (`ACME_KEY=...`), or to one within a line or two of the keyword that
 * says that it is a key (`acme: { token: "..." }`, `curl https://acme.io -H "Authorization: Bearer ..."`).
 */
export function behindName(keywords: readonly string[], value: string): string {
  const names = keywords.map((word) => word.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')).join('|');
  const way = `(?:[\\w.-]{0,24}|[\\s\\S]{0,60}?${SAYS_KEY}[\\w.-]{0,16})`;
  return `(?:${names})${way}${JOINT}(?<secret>${value})(?![A-Za-z0-9_=+/]|-[A-Za-z0-9])`;
}

/** The letters, in lower case, that every match of a token begins with: its keyword. */
export function beginningOf(token: string): string {
  let beginning = '';
  for (let at = 0; at < token.length;) {
    const escaped = token[at] === '\\';
    const letter = token[escaped ? at + 1 : at]!;
    if (escaped ? /[A-Za-z0-9]/.test(letter) : /[[\](){}.|*+?^$]/.test(letter)) break;
    at += escaped ? 2 : 1;
    // A letter that may be absent or repeated is no beginning.
    if (/[?{]/.test(token[at] ?? '')) break;
    beginning += letter.toLowerCase();
  }
  return beginning;
}
