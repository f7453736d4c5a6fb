// A Jinja template as tokens: its plain text, and within tags names, strings, numbers and operators, as Jinja's own lexer cuts it.

export interface JinjaToken {
  readonly kind: 'text' | 'open' | 'close' | 'name' | 'string' | 'number' | 'operator' | 'end';
  /** `{{` or `{%` of an opening; the decoded string; the digits of a number. */
  readonly text: string;
  readonly at: number;
}

/** The text is no template that Jinja would take, or is nested deeper than any that is meant to be read. */
export class JinjaBroken extends Error {
  override readonly name = 'JinjaBroken';
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

const OPENING = /\{[{%#]/g;
const BLANK = /\s*/y;
const NAME = /[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}]*/uy;
const NUMBER =
  /0[xX](?:_?[\da-fA-F])+|0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|\d(?:_?\d)*(?:(?:\.\d(?:_?\d)*)?[eE][+-]?\d(?:_?\d)*|\.\d(?:_?\d)*)?/y;
const OPERATOR = /\/\/|\*\*|[=!<>]=|[-+*/%~()[\]{}<>=.:|,;]/y;
const RAW = /\{%[-+]?\s*raw\s*[-+]?%\}/y;
const END_RAW = /\{%[-+]?\s*endraw\s*[-+]?%\}/g;
const CLOSERS: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

const ESCAPE = /\\(?:\r\n|x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|N\{([^}]{1,80})\}|([0-7]{1,3})|([\s\S]))/g;
const PLAIN: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  '\n': '',
};
/** Names of characters that an attribute's name is written with. */
const NAMED: Readonly<Record<string, string>> = { 'LOW LINE': '_', 'FULL STOP': '.' };

function named(name: string): string {
  const upper = name.toUpperCase();
  const letter = /^LATIN (SMALL|CAPITAL) LETTER ([A-Z])$/.exec(upper);
  if (letter !== null) return letter[1] === 'SMALL' ? letter[2]!.toLowerCase() : letter[2]!;
  return NAMED[upper] ?? '\ufffd';
}

/** What a string literal stands for: Python's escapes. */
function unescape(body: string): string {
  if (!body.includes('\\')) return body;
  return body.replace(
    ESCAPE,
    (whole, x?: string, u?: string, wide?: string, name?: string, octal?: string, other?: string) => {
      const hex = x ?? u ?? wide;
      if (hex !== undefined) {
        const code = parseInt(hex, 16);
        return code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd';
      }
      if (name !== undefined) return named(name);
      if (octal !== undefined) return String.fromCharCode(parseInt(octal, 8));
      if (other === undefined) return '';
      return PLAIN[other] ?? ('\'"\\'.includes(other) ? other : whole);
    },
  );
}

/** The end of a string literal behind its closing quote, or -1. */
function endOfString(text: string, from: number): number {
  const quote = text[from];
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === quote) return at + 1;
  }
  return -1;
}

/**
 * Cuts a template into tokens; the last is of kind `end`.
 * @throws JinjaBroken where a tag, string or comment has no end, or holds what no template may
 */
export function tokenizeJinja(text: string): JinjaToken[] {
  const tokens: JinjaToken[] = [];
  let at = 0;
  const push = (kind: JinjaToken['kind'], piece: string, where: number): void => {
    tokens.push({ kind, text: piece, at: where });
  };
  while (at < text.length) {
    OPENING.lastIndex = at;
    const opening = OPENING.exec(text);
    const open = opening === null ? text.length : opening.index;
    if (open > at) push('text', text.slice(at, open), at);
    if (opening === null) break;
    if (opening[0] === '{#') {
      const end = text.indexOf('#}', open + 2);
      if (end === -1) throw new JinjaBroken('a comment does not end', open);
      at = end + 2;
      continue;
    }
    RAW.lastIndex = open;
    if (RAW.test(text)) {
      END_RAW.lastIndex = RAW.lastIndex;
      const end = END_RAW.exec(text);
      if (end === null) throw new JinjaBroken('a raw block does not end', open);
      push('text', text.slice(RAW.lastIndex, end.index), RAW.lastIndex);
      at = END_RAW.lastIndex;
      continue;
    }
    push('open', opening[0], open);
    at = tag(text, open, opening[0] === '{{' ? '}}' : '%}', push);
  }
  push('end', '', text.length);
  return tokens;
}

/** The tokens of one tag; returns where the text goes on. */
function tag(
  text: string,
  open: number,
  close: string,
  push: (kind: JinjaToken['kind'], piece: string, where: number) => void,
): number {
  let at = open + 2;
  if (text[at] === '-' || text[at] === '+') at++;
  const brackets: string[] = [];
  for (;;) {
    BLANK.lastIndex = at;
    BLANK.exec(text);
    at = BLANK.lastIndex;
    if (at >= text.length) throw new JinjaBroken('a tag does not end', open);
    if (brackets.length === 0) {
      const trim = text[at] === '-' || text[at] === '+' ? 1 : 0;
      if (text.startsWith(close, at + trim)) {
        push('close', close, at);
        return at + trim + 2;
      }
    }
    const char = text[at]!;
    if (char === "'" || char === '"') {
      const end = endOfString(text, at);
      if (end === -1) throw new JinjaBroken('a string does not end', at);
      push('string', unescape(text.slice(at + 1, end - 1)), at);
      at = end;
      continue;
    }
    const [kind, pattern] =
      char >= '0' && char <= '9'
        ? (['number', NUMBER] as const)
        : /[\p{L}\p{Nl}_]/u.test(char)
          ? (['name', NAME] as const)
          : (['operator', OPERATOR] as const);
    pattern.lastIndex = at;
    const piece = pattern.exec(text)?.[0];
    if (piece === undefined) throw new JinjaBroken('a character stands where none may', at);
    if (kind === 'operator') {
      if (CLOSERS[piece] !== undefined) brackets.push(CLOSERS[piece]);
      else if (')]}'.includes(piece) && brackets.pop() !== piece) throw new JinjaBroken('a bracket is not paired', at);
    }
    push(kind, piece, at);
    at += piece.length;
  }
}
