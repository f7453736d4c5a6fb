// Python source as tokens, a logical line at a time: brackets and backslashes join lines, comments go, strings are decoded.
// Follows "Lexical analysis" of the Python language reference (3.13), f-strings as PEP 701 has them.
import { decodeEscapes } from './escapes.ts';
import { PythonTooDeep, PythonTooLong } from './node.ts';

export type Token =
  { readonly kind: 'name' | 'number' | 'op'; readonly text: string; readonly line: number } | StringToken;

export interface StringToken {
  readonly kind: 'string';
  readonly text: '';
  readonly line: number;
  readonly bytes: boolean;
  /** Decoded text; of an f-string its literal parts and the tokens of its fields. Bytes are Latin-1. */
  readonly parts: readonly (string | readonly Token[])[];
}

export interface LogicalLine {
  /** Columns of white space before it, a tab going on to the next multiple of eight. */
  readonly indent: number;
  readonly line: number;
  readonly tokens: readonly Token[];
}

const NAME = /[\p{ID_Start}_][\p{ID_Continue}]*/uy;
const NUMBER =
  /(?:0[xX][\da-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d[\d_]*)?)[jJlLuU]?/y;
const OPERATOR =
  /\*\*=|\/\/=|>>=|<<=|\.\.\.|\*\*|\/\/|>>|<<|<=|>=|==|!=|<>|->|:=|\+=|-=|\*=|\/=|%=|&=|\|=|\^=|@=|[+\-*/%@&|^~<>()[\]{},:.;=`!?$\\]/y;
const SPECIAL = /[\\\r\n"']/g;
const SPECIAL_FIELDS = /[\\\r\n"'{}]/g;
const PREFIX = /^(?:[rubft]|[ubft]r|r[bft])$/i;
/** ASCII only: other letters are looked up. */
const isLetter = (code: number): boolean => (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95;
/** Fields within fields: nobody writes as many. */
const DEEPEST_FIELD = 20;
/** Of one logical line: tables that programs write are shorter. */
const MOST_TOKENS = 250_000;

/**
 * Reads the logical lines one by one, so that a long text is never held as tokens at once. Reads every text to its end: what is
 * no Python becomes tokens of some kind.
 * @param step - called for each token; may throw to end the work
 * @throws PythonTooLong for a statement of very many tokens, PythonTooDeep for f-strings within fields of f-strings without end
 */
export function* readLogicalLines(text: string, step: () => void = () => {}): Generator<LogicalLine> {
  const lexer = new Lexer(text, step);
  for (let line = lexer.logicalLine(); line !== undefined; line = lexer.logicalLine()) {
    if (line.tokens.length > 0) yield line;
  }
}

class Lexer {
  readonly #text: string;
  readonly #step: () => void;
  #at: number;
  #line = 1;

  constructor(text: string, step: () => void) {
    this.#text = text;
    this.#step = step;
    this.#at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  }

  logicalLine(): LogicalLine | undefined {
    if (this.#at >= this.#text.length) return undefined;
    const indent = this.#indent();
    const line = this.#line;
    const tokens: Token[] = [];
    for (let brackets = 0; ;) {
      this.#skipBlank(brackets > 0);
      const char = this.#text[this.#at];
      if (char === undefined) break;
      if (char === '\n' || char === '\r') {
        this.#newline();
        if (brackets > 0) continue;
        break;
      }
      const token = this.#token(0);
      if (token === undefined) continue;
      if (token.kind === 'op') {
        if ('([{'.includes(token.text)) brackets++;
        else if (')]}'.includes(token.text)) brackets = Math.max(0, brackets - 1);
      }
      tokens.push(token);
      if (tokens.length > MOST_TOKENS) throw new PythonTooLong(line);
    }
    return { indent, line, tokens };
  }

  #indent(): number {
    let columns = 0;
    for (; ; this.#at++) {
      const char = this.#text[this.#at];
      if (char === ' ') columns++;
      else if (char === '\t') columns = (Math.floor(columns / 8) + 1) * 8;
      else if (char === '\f') columns = 0;
      else return columns;
    }
  }

  #newline(): void {
    if (this.#text[this.#at] === '\r' && this.#text[this.#at + 1] === '\n') this.#at++;
    this.#at++;
    this.#line++;
  }

  /** Blanks, comments and joined lines. */
  #skipBlank(joined: boolean): void {
    for (;;) {
      const char = this.#text[this.#at];
      if (char === ' ' || char === '\t' || char === '\f') this.#at++;
      else if (char === '#') {
        while (this.#at < this.#text.length && !'\r\n'.includes(this.#text[this.#at]!)) this.#at++;
      } else if (char === '\\' && /[\r\n]/.test(this.#text[this.#at + 1] ?? '')) {
        this.#at++;
        this.#newline();
      } else if (joined && (char === '\n' || char === '\r')) this.#newline();
      else return;
    }
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.#text) ?? undefined;
  }

  /** The next token; undefined for a character that begins none. */
  #token(depth: number): Token | undefined {
    this.#step();
    const text = this.#text;
    const start = this.#at;
    const line = this.#line;
    let code = text.charCodeAt(start);
    if (isLetter(code)) {
      let end = start + 1;
      while (isLetter((code = text.charCodeAt(end))) || (code >= 48 && code <= 57)) end++;
      const isQuote = code === 34 || code === 39;
      if (isQuote && end - start <= 2 && PREFIX.test(text.slice(start, end))) {
        this.#at = end;
        return this.#string(text.slice(start, end).toLowerCase(), depth);
      }
      if (code < 128 || end === text.length) {
        this.#at = end;
        return { kind: 'name', text: text.slice(start, end), line };
      }
    } else if (code === 34 || code === 39) return this.#string('', depth);
    if (isLetter(text.charCodeAt(start)) || code > 127) {
      const name = this.#match(NAME);
      if (name !== undefined) {
        this.#at += name[0].length;
        // Python compares names in NFKC: a mathematical "exec" is `exec`.
        return { kind: 'name', text: name[0].normalize('NFKC'), line };
      }
    }
    code = text.charCodeAt(start);
    if ((code >= 48 && code <= 57) || code === 46) {
      const number = this.#match(NUMBER);
      if (number !== undefined && number[0] !== '.') {
        this.#at += number[0].length;
        return { kind: 'number', text: number[0], line };
      }
    }
    const operator = this.#match(OPERATOR);
    this.#at += operator?.[0].length ?? 1;
    return operator === undefined ? undefined : { kind: 'op', text: operator[0], line };
  }

  /** A string from its quote on. */
  #string(prefix: string, depth: number): StringToken {
    const line = this.#line;
    const mark = this.#text[this.#at]!;
    const quote = this.#text.startsWith(mark.repeat(3), this.#at) ? mark.repeat(3) : mark;
    const [raw, bytes] = [prefix.includes('r'), prefix.includes('b')];
    const hasFields = prefix.includes('f') || prefix.includes('t');
    if (depth > DEEPEST_FIELD) throw new PythonTooDeep(line);
    this.#at += quote.length;
    const parts: (string | Token[])[] = [];
    let start = this.#at;
    const take = (end: number): void => {
      let literal = this.#text.slice(start, end);
      if (hasFields) literal = literal.replaceAll('{{', '{').replaceAll('}}', '}');
      if (literal !== '') parts.push(raw ? literal : decodeEscapes(literal, bytes));
    };
    for (;;) {
      this.#toSpecial(hasFields);
      const char = this.#text[this.#at];
      if (char === undefined || (quote.length === 1 && (char === '\n' || char === '\r'))) {
        // It has no end: the rest of the line, or of the text, is taken for it.
        take(this.#at);
        break;
      }
      if (char === '\\') {
        this.#at++;
        const escaped = this.#text[this.#at] ?? '';
        if (/[\r\n]/.test(escaped)) this.#newline();
        else if (!raw && hasFields && this.#text.startsWith('N{', this.#at)) {
          this.#at = this.#text.indexOf('}', this.#at) + 1 || this.#text.length;
        } else if (!(hasFields && '{}'.includes(escaped))) this.#at++;
      } else if (char === '\n' || char === '\r') this.#newline();
      else if (this.#text.startsWith(quote, this.#at)) {
        take(this.#at);
        this.#at += quote.length;
        break;
      } else if (hasFields && char === '{' && this.#text[this.#at + 1] !== '{') {
        take(this.#at);
        this.#at++;
        parts.push(this.#field(quote, depth + 1));
        start = this.#at;
      } else this.#at += hasFields && '{}'.includes(char) && this.#text[this.#at + 1] === char ? 2 : 1;
    }
    return { kind: 'string', text: '', line, bytes, parts };
  }

  /** On to the next character that means something in a string. */
  #toSpecial(hasFields: boolean): void {
    const special = hasFields ? SPECIAL_FIELDS : SPECIAL;
    special.lastIndex = this.#at;
    this.#at = special.exec(this.#text)?.index ?? this.#text.length;
  }

  /** The tokens of one field up to its `}`; those of a format come after its `:`. */
  #field(quote: string, depth: number): Token[] {
    const tokens: Token[] = [];
    for (let brackets = 0; ;) {
      this.#skipBlank(quote.length === 3);
      const char = this.#text[this.#at];
      if (char === undefined || char === '\n' || char === '\r') return tokens;
      if (brackets === 0 && char === '}') {
        this.#at++;
        return tokens;
      }
      // Before PEP 701 the quote ends the string even here; as of it, it opens another. No valid file means both.
      const token = this.#token(depth);
      if (token === undefined) continue;
      if (token.kind === 'op') {
        if ('([{'.includes(token.text)) brackets++;
        else if (')]}'.includes(token.text)) brackets--;
        if (brackets < 0) return tokens;
        if (brackets === 0 && token.text.startsWith(':') && !tokens.some(isLambda)) {
          this.#format(quote, depth, tokens);
          return tokens;
        }
      }
      tokens.push(token);
    }
  }

  /** A format is text; fields within it are read. */
  #format(quote: string, depth: number, tokens: Token[]): void {
    for (; this.#at < this.#text.length; this.#at++) {
      const char = this.#text[this.#at]!;
      if (char === '}') {
        this.#at++;
        return;
      }
      if ('\r\n'.includes(char) || this.#text.startsWith(quote, this.#at)) return;
      if (char === '{') {
        this.#at++;
        if (depth > DEEPEST_FIELD) throw new PythonTooDeep(this.#line);
        tokens.push({ kind: 'op', text: ',', line: this.#line }, ...this.#field(quote, depth + 1));
        this.#at--;
      }
    }
  }
}

const isLambda = (token: Token): boolean => token.kind === 'name' && token.text === 'lambda';
