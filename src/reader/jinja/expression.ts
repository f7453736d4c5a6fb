// Expressions of a Jinja template, parsed as Jinja's own parser binds them.
import type { JinjaArgument, JinjaExpression } from './node.ts';
import { JinjaBroken, type JinjaToken } from './tokens.ts';

/** Expressions within expressions. */
const DEEPEST = 150;
const CONSTANTS: ReadonlyMap<string, boolean | null> = new Map([
  ['true', true],
  ['True', true],
  ['false', false],
  ['False', false],
  ['none', null],
  ['None', null],
]);
const COMPARISONS = new Set(['==', '!=', '<', '<=', '>', '>=']);
/** What cannot begin the one argument that a test takes without parentheses. */
const NO_ARGUMENT = new Set(['else', 'or', 'and', 'if', 'is', 'in', 'not']);

/** Reads tokens on; what statements and expressions are parsed with. */
export class JinjaReader {
  readonly #tokens: readonly JinjaToken[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly JinjaToken[]) {
    this.#tokens = tokens;
  }

  get token(): JinjaToken {
    return this.#tokens[this.#at]!;
  }

  next(): JinjaToken {
    const { token } = this;
    if (token.kind !== 'end') this.#at++;
    return token;
  }

  /** Whether the token that comes is this name or operator. */
  is(kind: 'name' | 'operator', text: string): boolean {
    return this.token.kind === kind && this.token.text === text;
  }

  /** Takes the token when it is this name or operator. */
  take(kind: 'name' | 'operator', text: string): boolean {
    const found = this.is(kind, text);
    if (found) this.#at++;
    return found;
  }

  expect(kind: JinjaToken['kind'], text?: string): JinjaToken {
    const { token } = this;
    if (token.kind !== kind || (text !== undefined && token.text !== text)) {
      throw new JinjaBroken(`${text ?? `a ${kind}`} is missing`, token.at);
    }
    return this.next();
  }

  /** Calls a parser of something that may hold itself. */
  deeper<T>(parse: () => T): T {
    if (++this.#depth > DEEPEST) throw new JinjaBroken('it is nested too deep', this.token.at);
    try {
      return parse();
    } finally {
      this.#depth--;
    }
  }

  /** One expression; commas make a tuple of it where they are allowed. */
  expression(tuple = false, choice = true): JinjaExpression {
    const { at } = this.token;
    const parse = (): JinjaExpression => this.deeper(() => (choice ? this.#choice() : this.#or()));
    if (!tuple) return parse();
    const items: JinjaExpression[] = [];
    let commas = 0;
    while (!this.#endsTuple()) {
      items.push(parse());
      if (!this.take('operator', ',')) break;
      commas++;
    }
    if (items.length === 1 && commas === 0) return items[0]!;
    return { kind: 'list', items, at };
  }

  /** `(a, b=1, *c, **d)`, its opening parenthesis taken. */
  arguments(): JinjaArgument[] {
    const args: JinjaArgument[] = [];
    while (!this.take('operator', ')')) {
      if (args.length > 0) {
        this.expect('operator', ',');
        if (this.take('operator', ')')) break;
      }
      if (this.take('operator', '*') || this.take('operator', '**')) {
        args.push({ spread: true, value: this.expression() });
        continue;
      }
      const after = this.#tokens[this.#at + 1];
      if (this.token.kind === 'name' && after?.kind === 'operator' && after.text === '=') {
        const name = this.next().text;
        this.next();
        args.push({ name, value: this.expression() });
      } else args.push({ value: this.expression() });
    }
    return args;
  }

  /** `a|b|c(1)`: filters upon an expression, or upon the body of a block. */
  filters(of: JinjaExpression | undefined, bare = false): JinjaExpression | undefined {
    let filtered = of;
    for (let first = bare; first || this.is('operator', '|'); first = false) {
      const { at } = this.token;
      if (!first) this.next();
      const name = this.#dotted();
      const args = this.take('operator', '(') ? this.arguments() : [];
      filtered = { kind: 'filter', of: filtered, name, args, at };
    }
    return filtered;
  }

  /** Any expression that a value may be put into: a name, a tuple of them, `namespace.name`. */
  target(): JinjaExpression {
    const { at } = this.token;
    const items: JinjaExpression[] = [];
    let commas = 0;
    do {
      if (this.is('name', 'in') || this.is('operator', '=') || this.token.kind === 'close') break;
      if (this.take('operator', '(')) {
        items.push(this.deeper(() => this.target()));
        this.expect('operator', ')');
      } else {
        const { text, at: where } = this.expect('name');
        const name: JinjaExpression = { kind: 'name', name: text, at: where };
        items.push(
          this.take('operator', '.')
            ? { kind: 'attribute', of: name, name: this.expect('name').text, at: where }
            : name,
        );
      }
      commas++;
    } while (this.take('operator', ','));
    return items.length === 1 && commas === 1 ? items[0]! : { kind: 'list', items, at };
  }

  #endsTuple(): boolean {
    const { kind, text } = this.token;
    return (
      kind === 'close' ||
      kind === 'end' ||
      (kind === 'operator' && (text === ')' || text === ']' || text === '}' || text === '=')) ||
      (kind === 'name' && text === 'in')
    );
  }

  #dotted(): string {
    let name = this.expect('name').text;
    while (this.take('operator', '.')) name += `.${this.expect('name').text}`;
    return name;
  }

  #choice(): JinjaExpression {
    const { at } = this.token;
    let value = this.#or();
    while (this.take('name', 'if')) {
      const test = this.#or();
      const otherwise = this.take('name', 'else') ? this.deeper(() => this.#choice()) : undefined;
      value = { kind: 'choice', test, then: value, otherwise, at };
    }
    return value;
  }

  #binary(operand: () => JinjaExpression, operator: () => string | undefined): JinjaExpression {
    const { at } = this.token;
    let left = operand();
    for (let found = operator(); found !== undefined; found = operator()) {
      left = { kind: 'binary', operator: found, left, right: operand(), at };
    }
    return left;
  }

  #word(word: string): string | undefined {
    return this.take('name', word) ? word : undefined;
  }

  #sign(...signs: string[]): string | undefined {
    return signs.find((sign) => this.take('operator', sign));
  }

  #or(): JinjaExpression {
    return this.#binary(
      () => this.#and(),
      () => this.#word('or'),
    );
  }

  #and(): JinjaExpression {
    return this.#binary(
      () => this.#not(),
      () => this.#word('and'),
    );
  }

  #not(): JinjaExpression {
    const { at } = this.token;
    if (!this.take('name', 'not')) return this.#comparison();
    return { kind: 'unary', operator: 'not', of: this.deeper(() => this.#not()), at };
  }

  #comparison(): JinjaExpression {
    return this.#binary(
      () => this.#sum(),
      () => {
        const { kind, text } = this.token;
        if (kind === 'operator' && COMPARISONS.has(text)) return this.next().text;
        if (this.take('name', 'in')) return 'in';
        const after = this.#tokens[this.#at + 1];
        if (kind === 'name' && text === 'not' && after?.kind === 'name' && after.text === 'in') {
          this.#at += 2;
          return 'not in';
        }
        return undefined;
      },
    );
  }

  #sum(): JinjaExpression {
    return this.#binary(
      () => this.#concatenation(),
      () => this.#sign('+', '-'),
    );
  }

  #concatenation(): JinjaExpression {
    return this.#binary(
      () => this.#product(),
      () => this.#sign('~'),
    );
  }

  #product(): JinjaExpression {
    return this.#binary(
      () => this.#power(),
      () => this.#sign('*', '//', '/', '%'),
    );
  }

  #power(): JinjaExpression {
    return this.#binary(
      () => this.#unary(true),
      () => this.#sign('**'),
    );
  }

  #unary(filtered: boolean): JinjaExpression {
    const { at } = this.token;
    const operator = this.#sign('-', '+');
    const value: JinjaExpression =
      operator === undefined
        ? this.#postfix(this.#primary())
        : { kind: 'unary', operator, of: this.deeper(() => this.#unary(false)), at };
    return filtered ? this.#filtered(value) : value;
  }

  #primary(): JinjaExpression {
    const token = this.next();
    const { at, text } = token;
    switch (token.kind) {
      case 'name': {
        const constant = CONSTANTS.get(text);
        return constant === undefined ? { kind: 'name', name: text, at } : { kind: 'constant', value: constant, at };
      }
      case 'string': {
        let value = text;
        while (this.token.kind === 'string') value += this.next().text;
        return { kind: 'constant', value, at };
      }
      case 'number':
        return { kind: 'constant', value: Number(text.replaceAll('_', '')), at };
      case 'operator':
        if (text === '(') {
          const value = this.expression(true);
          this.expect('operator', ')');
          return value;
        }
        if (text === '[') return { kind: 'list', items: this.#items(']'), at };
        if (text === '{') return this.#dict(at);
        break;
      default:
    }
    throw new JinjaBroken('an expression is missing', at);
  }

  #items(close: string): JinjaExpression[] {
    const items: JinjaExpression[] = [];
    while (!this.take('operator', close)) {
      if (items.length > 0) {
        this.expect('operator', ',');
        if (this.take('operator', close)) break;
      }
      items.push(this.expression());
    }
    return items;
  }

  #dict(at: number): JinjaExpression {
    const pairs: [JinjaExpression, JinjaExpression][] = [];
    while (!this.take('operator', '}')) {
      if (pairs.length > 0) {
        this.expect('operator', ',');
        if (this.take('operator', '}')) break;
      }
      const key = this.expression();
      this.expect('operator', ':');
      pairs.push([key, this.expression()]);
    }
    return { kind: 'dict', pairs, at };
  }

  #postfix(start: JinjaExpression): JinjaExpression {
    let of = start;
    for (;;) {
      const { at } = this.token;
      if (this.take('operator', '.')) {
        const name = this.next();
        if (name.kind === 'name') of = { kind: 'attribute', of, name: name.text, at };
        else if (name.kind === 'number') {
          of = { kind: 'item', of, index: { kind: 'constant', value: Number(name.text), at: name.at }, at };
        } else throw new JinjaBroken('a name is missing', name.at);
      } else if (this.take('operator', '[')) of = this.#subscript(of, at);
      else if (this.take('operator', '(')) of = { kind: 'call', of, args: this.arguments(), at };
      else return of;
    }
  }

  #subscript(of: JinjaExpression, at: number): JinjaExpression {
    const bounds: (JinjaExpression | undefined)[] = [];
    let isSlice = false;
    const items: JinjaExpression[] = [];
    for (;;) {
      const empty = this.is('operator', ':') || this.is('operator', ']') || this.is('operator', ',');
      const value = empty ? undefined : this.expression();
      if (this.take('operator', ':')) {
        isSlice = true;
        bounds.push(value);
        continue;
      }
      if (isSlice) bounds.push(value);
      if (value !== undefined) items.push(value);
      if (!this.take('operator', ',')) break;
    }
    this.expect('operator', ']');
    if (isSlice) return { kind: 'slice', of, bounds, at };
    if (items.length === 0) throw new JinjaBroken('an index is missing', at);
    return { kind: 'item', of, index: items.length === 1 ? items[0]! : { kind: 'list', items, at }, at };
  }

  #filtered(start: JinjaExpression): JinjaExpression {
    let of = start;
    for (;;) {
      if (this.is('operator', '|')) of = this.filters(of)!;
      else if (this.is('name', 'is')) of = this.#test(of);
      // Calls are the same in both, but come behind a filter only here.
      else if (this.is('operator', '(')) of = this.#postfix(of);
      else return of;
    }
  }

  #test(of: JinjaExpression): JinjaExpression {
    const { at } = this.next();
    const negated = this.take('name', 'not');
    const name = this.#dotted();
    let args: JinjaArgument[] = [];
    const { kind, text } = this.token;
    if (this.take('operator', '(')) args = this.arguments();
    else if (
      kind === 'string' ||
      kind === 'number' ||
      (kind === 'name' && !NO_ARGUMENT.has(text)) ||
      (kind === 'operator' && (text === '[' || text === '{'))
    ) {
      args = [{ value: this.#postfix(this.#primary()) }];
    }
    const test: JinjaExpression = { kind: 'test', of, name, args, at };
    return negated ? { kind: 'unary', operator: 'not', of: test, at } : test;
  }
}
