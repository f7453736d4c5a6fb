// Python expressions out of tokens: a forgiving reader, for what is no valid Python is read as far as it goes.
import { type Argument, type PythonNode, PythonTooDeep } from './node.ts';
import type { Token } from './tokens.ts';

/** Brackets that Python's own tokenizer allows within each other. */
const MOST_NESTED = 200;
const MOST_DEPTH = 1000;

/** Binary operators by how strongly they bind. */
const BINDING = new Map<string, number>([
  ['or', 1],
  ['and', 2],
  ...['in', 'not', 'is', '<', '>', '<=', '>=', '==', '!=', '<>'].map((each) => [each, 4] as const),
  ['|', 5],
  ['^', 6],
  ['&', 7],
  ['<<', 8],
  ['>>', 8],
  ['+', 9],
  ['-', 9],
  ...['*', '/', '//', '%', '@'].map((each) => [each, 10] as const),
  ['**', 12],
]);
const NOT = 3;
const UNARY = 11;
/** Names that end an expression. */
const STOPS = new Set(['if', 'else', 'for', 'async', 'as', 'in', 'is', 'and', 'or', 'from', 'import']);
const CLOSING = new Set([')', ']', '}', ':', '=', ',', ';']);

type Bare<Node> = Node extends unknown ? Omit<Node, 'line' | 'depth'> : never;

/** Reads expressions from the tokens of one logical line, from `at` on. */
export class ExpressionReader {
  readonly tokens: readonly Token[];
  at: number;
  #nested = 0;

  constructor(tokens: readonly Token[], at = 0) {
    this.tokens = tokens;
    this.at = at;
  }

  get done(): boolean {
    return this.at >= this.tokens.length;
  }

  get line(): number {
    return (this.tokens[this.at] ?? this.tokens.at(-1))?.line ?? 1;
  }

  /** Whether the next token is this operator or word. */
  is(text: string): boolean {
    const token = this.tokens[this.at];
    return token !== undefined && token.kind !== 'string' && token.text === text;
  }

  /** Goes past this operator or word, if it is next. */
  take(text: string): boolean {
    if (!this.is(text)) return false;
    this.at++;
    return true;
  }

  /** The next token where it is a name. */
  name(): string | undefined {
    const token = this.tokens[this.at];
    if (token?.kind !== 'name') return undefined;
    this.at++;
    return token.text;
  }

  /** One expression, or several with commas between: a tuple. @throws PythonTooDeep */
  expressions(): PythonNode {
    const line = this.line;
    const first = this.expression();
    if (!this.is(',')) return first;
    const items = [first];
    while (this.take(',') && !this.done && !this.#atClosing()) items.push(this.expression());
    return this.#node(line, items, { kind: 'sequence', items });
  }

  /** One expression. Never stays where it is, unless a closing bracket or a separator is next. @throws PythonTooDeep */
  expression(): PythonNode {
    if (++this.#nested > MOST_NESTED) throw new PythonTooDeep(this.line);
    const line = this.line;
    let value = this.#wrapped() ?? this.#lambda() ?? this.#binary(1);
    if (this.take('if')) {
      const test = this.#binary(1);
      if (this.take('else')) {
        const otherwise = this.expression();
        const then = value;
        value = this.#node(line, [test, then, otherwise], { kind: 'conditional', test, then, otherwise });
      } else {
        value = this.#node(line, [value, test], { kind: 'sequence', items: [value, test] });
      }
    }
    if (this.take(':=')) {
      const target = value;
      const assigned = this.expression();
      value = this.#node(line, [target, assigned], { kind: 'walrus', target, value: assigned });
    }
    this.#nested--;
    return value;
  }

  #node(line: number, within: readonly (PythonNode | undefined)[], bare: Bare<PythonNode>): PythonNode {
    let depth = 0;
    for (const each of within) if (each !== undefined && each.depth >= depth) depth = each.depth + 1;
    if (depth > MOST_DEPTH) throw new PythonTooDeep(line);
    return { ...bare, line, depth } as PythonNode;
  }

  #atClosing(): boolean {
    const token = this.tokens[this.at];
    return token?.kind === 'op' && CLOSING.has(token.text);
  }

  #wrapped(): PythonNode | undefined {
    const line = this.line;
    if (this.take('yield')) {
      this.take('from');
      if (this.done || this.#atClosing()) return this.#node(line, [], { kind: 'constant', value: null });
    } else if (!this.take('*') && !this.take('**')) return undefined;
    const of = this.expression();
    return this.#node(line, [of], { kind: 'wrapped', of });
  }

  #lambda(): PythonNode | undefined {
    const line = this.line;
    if (!this.take('lambda')) return undefined;
    const params: string[] = [];
    const defaults: PythonNode[] = [];
    while (!this.done && !this.is(':')) {
      const name = this.name();
      if (name !== undefined) params.push(name);
      else if (this.take('=')) defaults.push(this.expression());
      else this.at++;
    }
    this.take(':');
    const body = this.expression();
    const lambda = this.#node(line, [body], { kind: 'lambda', params, body });
    if (defaults.length === 0) return lambda;
    return this.#node(line, [lambda, ...defaults], { kind: 'sequence', items: [lambda, ...defaults] });
  }

  #operator(): string | undefined {
    const token = this.tokens[this.at];
    if (token === undefined || token.kind === 'string' || token.kind === 'number') return undefined;
    return BINDING.has(token.text) ? token.text : undefined;
  }

  #binary(least: number): PythonNode {
    const line = this.line;
    let left = this.#unary(least);
    for (let operator = this.#operator(); operator !== undefined; operator = this.#operator()) {
      const binding = BINDING.get(operator)!;
      if (binding < least) break;
      this.at++;
      if (operator === 'not') this.take('in');
      else if (operator === 'is') this.take('not');
      const right = this.#binary(operator === '**' ? binding : binding + 1);
      if (left.kind === 'operation' && left.operator === operator && left.of.length > 1 && operator !== '**') {
        // A long sum is one flat node: a thousand pieces of a string are no tower.
        (left.of as PythonNode[]).push(right);
        if (right.depth >= left.depth) left = this.#node(line, left.of, { ...left });
      } else left = this.#node(line, [left, right], { kind: 'operation', operator, of: [left, right] });
    }
    return left;
  }

  #unary(least: number): PythonNode {
    const line = this.line;
    if (++this.#nested > MOST_NESTED) throw new PythonTooDeep(line);
    let node: PythonNode | undefined;
    if (this.is('not') && least <= NOT) {
      this.at++;
      const of = this.#binary(NOT);
      node = this.#node(line, [of], { kind: 'operation', operator: 'not', of: [of] });
    } else {
      for (const operator of ['-', '+', '~']) {
        if (node !== undefined || !this.take(operator)) continue;
        const of = this.#binary(UNARY);
        node = this.#node(line, [of], { kind: 'operation', operator, of: [of] });
      }
      if (node === undefined && this.take('await')) {
        const of = this.#postfix();
        node = this.#node(line, [of], { kind: 'wrapped', of });
      }
    }
    node ??= this.#postfix();
    this.#nested--;
    return node;
  }

  #postfix(): PythonNode {
    let node = this.#atom();
    for (;;) {
      const line = this.line;
      if (this.take('.')) {
        const name = this.name() ?? '';
        node = this.#node(line, [node], { kind: 'attribute', of: node, name });
      } else if (this.take('(')) {
        const args = this.arguments(')');
        node = this.#node(line, [node, ...args.map(({ value }) => value)], { kind: 'call', of: node, args });
      } else if (this.take('[')) {
        const index = this.#subscript();
        node = this.#node(line, [node, index], { kind: 'index', of: node, index });
      } else return node;
    }
  }

  /** Arguments up to and with the closing bracket. @throws PythonTooDeep */
  arguments(closing: string): Argument[] {
    const args: Argument[] = [];
    while (!this.done && !this.take(closing)) {
      const before = this.at;
      if (this.take('**')) args.push({ name: '**', value: this.expression() });
      else if (this.take('*')) args.push({ name: '*', value: this.expression() });
      else {
        const [key, equals] = [this.tokens[this.at], this.tokens[this.at + 1]];
        if (key?.kind === 'name' && equals?.kind === 'op' && equals.text === '=') {
          this.at += 2;
          args.push({ name: key.text, value: this.expression() });
        } else args.push({ name: undefined, value: this.#clauses(this.expression()) });
      }
      if (!this.take(',') && this.at === before) this.at++;
    }
    return args;
  }

  #subscript(): PythonNode {
    const line = this.line;
    const items: PythonNode[] = [];
    while (!this.done && !this.take(']')) {
      const before = this.at;
      const parts: (PythonNode | undefined)[] = [];
      let start: PythonNode | undefined;
      if (!this.is(':')) start = this.expression();
      parts.push(start);
      while (this.take(':')) parts.push(this.is(':') || this.is(']') || this.is(',') ? undefined : this.expression());
      items.push(parts.length === 1 && start !== undefined ? start : this.#node(line, parts, { kind: 'slice', parts }));
      if (!this.take(',') && this.at === before) this.at++;
    }
    return items.length === 1 ? items[0]! : this.#node(line, items, { kind: 'sequence', items });
  }

  /** `for … in … if …` behind an element makes it a comprehension. */
  #clauses(...element: PythonNode[]): PythonNode {
    if (!this.is('for') && !this.is('async')) return element[0]!;
    const line = this.line;
    const clauses: { target: PythonNode; of: PythonNode; conditions: PythonNode[] }[] = [];
    while ((this.take('async') && this.is('for')) || this.is('for')) {
      this.at++;
      const target = this.#targets();
      this.take('in');
      const of = this.#binary(1);
      const conditions: PythonNode[] = [];
      while (this.take('if')) conditions.push(this.#binary(1));
      clauses.push({ target, of, conditions });
    }
    const within = clauses.flatMap(({ target, of, conditions }) => [target, of, ...conditions]);
    return this.#node(line, [...element, ...within], { kind: 'comprehension', element, clauses });
  }

  /** What a `for` binds: postfix expressions, since `in` ends them. */
  #targets(): PythonNode {
    const line = this.line;
    const items: PythonNode[] = [];
    do {
      this.take('*');
      if (this.is('in')) break;
      items.push(this.#postfix());
    } while (this.take(','));
    return items.length === 1 ? items[0]! : this.#node(line, items, { kind: 'sequence', items });
  }

  /** What a `for` statement binds. @throws PythonTooDeep */
  targets(): PythonNode {
    return this.#targets();
  }

  #atom(): PythonNode {
    const line = this.line;
    const token = this.tokens[this.at];
    if (token === undefined) return this.#node(line, [], { kind: 'constant', value: null });
    if (token.kind === 'string') return this.#string();
    if (token.kind === 'number') {
      this.at++;
      const value = Number(token.text.replace(/_|[jJlLuU]$/g, ''));
      return this.#node(line, [], { kind: 'number', value });
    }
    if (token.kind === 'name') {
      if (STOPS.has(token.text)) return this.#node(line, [], { kind: 'constant', value: null });
      this.at++;
      if (token.text === 'None') return this.#node(line, [], { kind: 'constant', value: null });
      if (token.text === 'True' || token.text === 'False') {
        return this.#node(line, [], { kind: 'constant', value: token.text === 'True' });
      }
      return this.#node(line, [], { kind: 'name', id: token.text });
    }
    if (token.text === '(') return this.#sequence(')');
    if (token.text === '[') return this.#sequence(']');
    if (token.text === '{') return this.#braces();
    // Nothing that begins an expression. It is passed over, unless somebody waits for it.
    if (!CLOSING.has(token.text)) this.at++;
    return this.#node(line, [], { kind: 'constant', value: null });
  }

  /** Adjacent strings are one. */
  #string(): PythonNode {
    const line = this.line;
    const parts: (string | PythonNode)[] = [];
    let bytes = false;
    for (let token = this.tokens[this.at]; token?.kind === 'string'; token = this.tokens[++this.at]) {
      bytes = token.bytes;
      for (const part of token.parts) {
        if (typeof part === 'string') parts.push(part);
        else {
          const field = new ExpressionReader(part);
          field.#nested = this.#nested;
          while (!field.done) {
            const before = field.at;
            parts.push(field.expressions());
            if (field.at === before) field.at++;
          }
        }
      }
    }
    const within = parts.filter((part) => typeof part !== 'string');
    return this.#node(line, within, { kind: 'string', parts, bytes });
  }

  #sequence(closing: string): PythonNode {
    const line = this.line;
    this.at++;
    const items: PythonNode[] = [];
    let comma = false;
    while (!this.done && !this.take(closing)) {
      const before = this.at;
      items.push(this.#clauses(this.expression()));
      if (this.take(',')) comma = true;
      else if (this.at === before) this.at++;
    }
    if (closing === ')' && items.length === 1 && !comma) return items[0]!;
    if (closing === ']' && items[0]?.kind === 'comprehension') return items[0];
    return this.#node(line, items, { kind: 'sequence', items });
  }

  #braces(): PythonNode {
    const line = this.line;
    this.at++;
    const entries: [PythonNode | undefined, PythonNode][] = [];
    const items: PythonNode[] = [];
    while (!this.done && !this.take('}')) {
      const before = this.at;
      if (this.take('**')) entries.push([undefined, this.expression()]);
      else {
        const first = this.expression();
        if (this.take(':')) {
          const value = this.expression();
          const whole = this.#clauses(first, value);
          if (whole === first) entries.push([first, value]);
          else items.push(whole);
        } else items.push(this.#clauses(first));
      }
      if (!this.take(',') && this.at === before) this.at++;
    }
    if (items.length === 0) return this.#node(line, entries.flat(), { kind: 'dict', entries });
    if (items.length === 1 && items[0]!.kind === 'comprehension') return items[0]!;
    return this.#node(line, items, { kind: 'sequence', items });
  }
}
