// Expressions of a template, worked out as far as that goes without rendering it; what they reach and call is judged on the way.
import type { JinjaArgument, JinjaExpression } from '../../../reader/index.ts';
import { applyFilter } from './filters.ts';
import type { TemplateJudge } from './judge.ts';
import { add, compare, index, multiply, power, slice } from './operators.ts';
import type { Scope } from './scope.ts';
import { braces, callMethod, fieldsOf, joinAll, percent } from './text.ts';
import { type Value, SOME_TEXT, UNKNOWN, isFormat, isText, itemsOf, join, partly, string, truth } from './value.ts';

/** Arguments as a call gets them: of each its likeliest value. */
export interface Given {
  readonly values: readonly Value[];
  readonly named: ReadonlyMap<string, Value>;
  /** Every value that each may have. */
  readonly all: readonly (readonly Value[])[];
  readonly allNamed: ReadonlyMap<string, readonly Value[]>;
}

/** Items that a range is written out to. */
const MOST_RANGE = 64;

/** How many numbers `range(...)` gives; undefined where that is not known. */
export function countOf({ values }: Given): number | undefined {
  const numbers = values.map((value) => (value.kind === 'number' ? value.number : NaN));
  const [start, stop, step] =
    numbers.length === 1 ? [0, numbers[0]!, 1] : [numbers[0] ?? NaN, numbers[1] ?? NaN, numbers[2] ?? 1];
  const count = Math.ceil((stop - start) / step);
  return Number.isNaN(count) ? undefined : Math.max(0, count);
}

export class Evaluator {
  readonly judge: TemplateJudge;
  readonly scope: Scope;
  /** Runs a macro of the template. */
  readonly #run: (name: string, given: Given) => Value;

  constructor(judge: TemplateJudge, scope: Scope, run: (name: string, given: Given) => Value) {
    this.judge = judge;
    this.scope = scope;
    this.#run = run;
  }

  /** What an expression may be; at least one value. */
  values(expression: JinjaExpression): readonly Value[] {
    const { scope, judge } = this;
    scope.work();
    switch (expression.kind) {
      case 'constant': {
        const { value } = expression;
        if (typeof value === 'string') return [string(value)];
        return [typeof value === 'number' ? { kind: 'number', number: value } : { kind: 'plain', value }];
      }
      case 'name':
        return scope.get(expression.name) ?? [{ kind: 'global', name: expression.name }];
      case 'list':
        return [{ kind: 'list', items: expression.items.map((item) => this.value(item)) }];
      case 'dict': {
        const entries = new Map<string, Value>();
        for (const [key, held] of expression.pairs) {
          const [name, value] = [this.value(key), this.value(held)];
          if (name.kind === 'string') entries.set(name.text, value);
        }
        return [{ kind: 'dict', entries }];
      }
      case 'attribute':
        return scope.few(
          this.values(expression.of).flatMap((of) => this.attribute(of, expression.name, expression.at)),
        );
      case 'item': {
        const [of, keys] = [this.values(expression.of), this.values(expression.index)];
        const found: Value[] = [];
        scope.pairs(of, keys, (base, key) => {
          found.push(...this.item(base, key, expression.at));
          return UNKNOWN;
        });
        return scope.few(found);
      }
      case 'slice': {
        const bounds = expression.bounds.map((bound) => (bound === undefined ? undefined : this.value(bound)));
        return scope.few(this.values(expression.of).map((of) => slice(of, bounds)));
      }
      case 'call':
        return this.#call(expression.of, this.given(expression.args), expression.at);
      case 'filter': {
        const of = expression.of === undefined ? [SOME_TEXT] : this.values(expression.of);
        return applyFilter(this, of, expression.name, this.given(expression.args), expression.at);
      }
      case 'test':
        this.values(expression.of);
        this.given(expression.args);
        return [UNKNOWN];
      case 'unary': {
        const values = this.values(expression.of);
        if (expression.operator === 'not') {
          const known = values.length === 1 ? truth(values[0]!) : undefined;
          return [known === undefined ? UNKNOWN : { kind: 'plain', value: !known }];
        }
        const sign = expression.operator === '-' ? -1 : 1;
        return values.map((value) =>
          value.kind === 'number' ? { kind: 'number', number: sign * value.number } : UNKNOWN,
        );
      }
      case 'binary':
        return this.#binary(expression.operator, expression.left, expression.right, expression.at);
      case 'choice': {
        const test = this.values(expression.test);
        const known = test.length === 1 ? truth(test[0]!) : undefined;
        const then = this.values(expression.then);
        const otherwise = expression.otherwise === undefined ? [UNKNOWN] : this.values(expression.otherwise);
        return known === undefined ? scope.few([...then, ...otherwise]) : known ? then : otherwise;
      }
      default: {
        const never: never = expression;
        judge.debug(0);
        return never;
      }
    }
  }

  /** The likeliest value of an expression. */
  value(expression: JinjaExpression): Value {
    return this.values(expression)[0]!;
  }

  given(args: readonly JinjaArgument[]): Given {
    const all: (readonly Value[])[] = [];
    const allNamed = new Map<string, readonly Value[]>();
    for (const { name, spread, value } of args) {
      const values = this.values(value);
      if (name !== undefined) allNamed.set(name, values);
      else if (spread === true) {
        const [first] = values;
        if (first!.kind === 'dict') for (const [key, held] of first.entries) allNamed.set(key, [held]);
        else for (const item of itemsOf(first!) ?? [UNKNOWN]) all.push([item]);
      } else all.push(values);
    }
    return {
      values: all.map((values) => values[0]!),
      named: new Map([...allNamed].map(([name, values]) => [name, values[0]!])),
      all,
      allNamed,
    };
  }

  /** `of.name`, not called. */
  attribute(of: Value, name: string, at: number): readonly Value[] {
    if (this.judge.attribute(name, at)) return [UNKNOWN];
    if (of.kind === 'space') return of.entries.get(name) ?? [UNKNOWN];
    if (of.kind === 'dict' && of.entries.has(name)) return [of.entries.get(name)!];
    if (of.kind === 'global') this.judge.object(of.name, at);
    if (isFormat(name) && isText(of)) this.judge.stored(name, at);
    return [isFormat(name) ? { kind: 'method', of, name } : UNKNOWN];
  }

  /** `of[key]`. */
  item(of: Value, key: Value, at: number): readonly Value[] {
    if (key.kind === 'string') {
      if (of.kind === 'dict' && of.entries.has(key.text)) return [of.entries.get(key.text)!];
      if (this.judge.key(key.text, at)) return [UNKNOWN];
      // Of a text there are no items by name.
      if (isText(of) || of.kind === 'space') return this.attribute(of, key.text, at);
      if (of.kind === 'global') this.judge.object(of.name, at);
      return [UNKNOWN];
    }
    if (key.kind === 'partly') this.judge.pieces(key.pieces, at, isText(of));
    else if (of.kind === 'global') this.judge.object(of.name, at);
    return [index(of, key)];
  }

  #call(callee: JinjaExpression, given: Given, at: number): readonly Value[] {
    const { scope } = this;
    if (callee.kind === 'attribute') {
      return scope.few(this.values(callee.of).flatMap((of) => this.#method(of, callee.name, given, callee.at)));
    }
    if (callee.kind === 'item') {
      const name = this.value(callee.index);
      if (name.kind === 'string' && isFormat(name.text)) this.judge.stored(name.text, at);
    }
    return scope.few(
      this.values(callee).map((value) => {
        if (value.kind === 'method') {
          this.judge.stored(value.name, at);
          return UNKNOWN;
        }
        if (value.kind === 'macro') return this.#run(value.name, given);
        return value.kind === 'global' ? this.#function(value.name, given, at) : UNKNOWN;
      }),
    );
  }

  /** A function that the renderer gives. */
  #function(name: string, given: Given, at: number): Value {
    this.judge.call(
      name,
      given.values.map((value) => (value.kind === 'string' ? JSON.stringify(value.text) : '…')).join(', '),
      at,
    );
    switch (name) {
      case 'dict':
        return { kind: 'dict', entries: new Map(given.named) };
      case 'namespace': {
        const entries = new Map<string, readonly Value[]>(given.allNamed);
        const [first] = given.values;
        if (first?.kind === 'dict') for (const [key, held] of first.entries) entries.set(key, [held]);
        return { kind: 'space', entries };
      }
      case 'range': {
        const count = countOf(given);
        if (count === undefined) return UNKNOWN;
        this.judge.amount(count, 'makes a range of numbers', at);
        if (count > MOST_RANGE) return UNKNOWN;
        const [start, step] =
          given.values.length === 1
            ? [0, 1]
            : [0, 2].map((place) => {
                const value = given.values[place];
                return value?.kind === 'number' ? value.number : 1;
              });
        return {
          kind: 'list',
          items: Array.from({ length: count }, (_, i) => ({ kind: 'number', number: start! + i * step! })),
        };
      }
      case 'lipsum':
        for (const value of [...given.values, ...given.named.values()]) {
          if (value.kind === 'number') this.judge.amount(value.number * 1000, 'makes text', at);
        }
        return SOME_TEXT;
      case 'joiner':
      case 'cycler':
        // What either gives when it is called, or by its next().
        return UNKNOWN;
      default:
        return UNKNOWN;
    }
  }

  #method(of: Value, name: string, given: Given, at: number): readonly Value[] {
    if (of.kind === 'space') {
      const held = of.entries.get(name) ?? [];
      for (const value of held) if (value.kind === 'macro') return [this.#run(value.name, given)];
    }
    if (of.kind === 'macro') return [UNKNOWN];
    this.judge.method(name, at);
    if (of.kind === 'global') this.judge.object(of.name, at);
    if (isFormat(name)) return [this.#format(of, name, given, at)];
    if (['center', 'ljust', 'rjust', 'zfill', 'expandtabs'].includes(name)) {
      const [width] = given.values;
      if (width?.kind === 'number') this.judge.amount(width.number, 'pads a text', at);
    }
    if (of.kind === 'string') {
      const made = name === 'join' ? given.all[0]?.map((list) => callMethod(of.text, name, [list])) : undefined;
      return made ?? [callMethod(of.text, name, given.values)];
    }
    if (of.kind === 'partly') {
      if (name === 'join') return [joinAll(itemsOf(given.values[0] ?? UNKNOWN) ?? [SOME_TEXT], of)];
      if (name === 'lower') return [partly(of.pieces.map((piece) => piece.toLowerCase()))];
      return [/strip$|^encode$|^decode$/.test(name) ? of : name.includes('split') ? UNKNOWN : SOME_TEXT];
    }
    if (of.kind === 'dict') return this.#dict(of.entries, name, given);
    if (of.kind === 'list') return [this.#list(of.items, name, given.values)];
    return [UNKNOWN];
  }

  #dict(entries: Map<string, Value>, name: string, { values, named }: Given): readonly Value[] {
    const [first, second] = values;
    const key = first?.kind === 'string' ? first.text : undefined;
    if (name === 'keys') return [{ kind: 'list', items: [...entries.keys()].map(string) }];
    if (name === 'values') return [{ kind: 'list', items: [...entries.values()] }];
    if (name === 'items') {
      return [
        { kind: 'list', items: [...entries].map(([each, held]) => ({ kind: 'list', items: [string(each), held] })) },
      ];
    }
    if (name === 'get' || name === 'pop' || name === 'setdefault') {
      return [(key === undefined ? undefined : entries.get(key)) ?? second ?? UNKNOWN];
    }
    if (name === 'update' && this.scope.dead === 0 && entries.size < 1000) {
      for (const [each, held] of [...named, ...(first?.kind === 'dict' ? first.entries : [])]) entries.set(each, held);
    }
    return [UNKNOWN];
  }

  #list(items: Value[], name: string, [first, second]: readonly Value[]): Value {
    if (this.scope.dead === 0 && items.length < 1000) {
      if (name === 'append') items.push(first ?? UNKNOWN);
      else if (name === 'insert') items.unshift(second ?? UNKNOWN);
      else if (name === 'extend') items.push(...(itemsOf(first ?? UNKNOWN) ?? [UNKNOWN]).slice(0, 1000));
      else if (name === 'reverse') items.reverse();
    }
    return name === 'pop' ? (items.at(-1) ?? UNKNOWN) : UNKNOWN;
  }

  #format(of: Value, name: string, given: Given, at: number): Value {
    if (of.kind === 'partly') {
      for (const piece of of.pieces) {
        const bad = /[.[](__\w+)/.exec(piece);
        if (bad !== null) this.judge.attribute(bad[1]!, at);
      }
      return SOME_TEXT;
    }
    if (of.kind !== 'string') return isText(of) ? SOME_TEXT : UNKNOWN;
    for (const field of fieldsOf(of.text)) this.judge.field(field, at);
    const [first] = given.values;
    const named = name === 'format_map' && first?.kind === 'dict' ? first.entries : given.named;
    return braces(of.text, given.values, named);
  }

  #binary(operator: string, left: JinjaExpression, right: JinjaExpression, at: number): readonly Value[] {
    // Chains of operators are as long as the file wants: those on the left are gone through in a loop.
    const chain: { operator: string; right: JinjaExpression; at: number }[] = [{ operator, right, at }];
    let first = left;
    while (first.kind === 'binary') {
      chain.push(first);
      first = first.left;
    }
    let values = this.values(first);
    for (const link of chain.reverse()) {
      this.scope.work();
      values = this.#operate(link.operator, values, this.values(link.right), link.at);
    }
    return values;
  }

  #operate(operator: string, left: readonly Value[], right: readonly Value[], at: number): readonly Value[] {
    const { scope, judge } = this;
    switch (operator) {
      case 'or':
      case 'and':
        return scope.few([...left, ...right]);
      case '~':
        return scope.pairs(left, right, join);
      case '+':
        return scope.pairs(left, right, add);
      case '*':
        return scope.pairs(left, right, (a, b) => multiply(a, b, (much) => judge.amount(much, 'repeats a value', at)));
      case '**':
        return scope.pairs(left, right, (a, b) =>
          power(a, b, (bits) => judge.amount(bits, 'works out a number of bits', at)),
        );
      case '%':
        return scope.pairs(left, right, (a, b) => {
          if (a.kind === 'partly') return SOME_TEXT;
          if (a.kind !== 'string') return compare('%', a, b);
          return percent(a.text, b.kind === 'list' ? b.items : [b], b.kind === 'dict' ? b.entries : new Map());
        });
      default:
        return scope.pairs(left, right, (a, b) => compare(operator, a, b));
    }
  }
}
