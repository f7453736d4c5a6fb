// A template followed statement by statement: names get their values, loops over what is known are gone through, and what
// is put out is kept as text where a name is set to it.
import type { JinjaExpression, JinjaParameter, JinjaStatement } from '../../../reader/index.ts';
import { Evaluator, type Given, countOf } from './evaluate.ts';
import type { TemplateJudge } from './judge.ts';
import type { Scope } from './scope.ts';
import { type Value, SOME_TEXT, UNKNOWN, itemsOf, join, string, truth } from './value.ts';

/** Rounds of a loop that are followed. */
const MOST_ROUNDS = 100;
/** Macros called within macros that are followed. */
const DEEPEST_CALL = 5;

interface Macro {
  readonly parameters: readonly JinjaParameter[];
  readonly body: readonly JinjaStatement[];
}

export class Renderer {
  readonly #judge: TemplateJudge;
  readonly #scope: Scope;
  readonly #evaluator: Evaluator;
  readonly #macros = new Map<string, Macro>();
  readonly #active: string[] = [];
  /** Rounds of the loops around, multiplied. */
  #rounds = 1;

  constructor(judge: TemplateJudge, scope: Scope) {
    this.#judge = judge;
    this.#scope = scope;
    this.#evaluator = new Evaluator(judge, scope, (name, given) => this.#call(name, given));
  }

  /** Follows statements; returns what they put out. */
  run(statements: readonly JinjaStatement[]): Value {
    let out: Value = string('');
    for (const statement of statements) out = join(out, this.#statement(statement));
    return out;
  }

  #statement(statement: JinjaStatement): Value {
    const scope = this.#scope;
    const evaluator = this.#evaluator;
    const nothing = string('');
    scope.work();
    switch (statement.kind) {
      case 'text':
        return string(statement.text);
      case 'output':
        return evaluator.value(statement.value);
      case 'do':
        evaluator.values(statement.value);
        return nothing;
      case 'set':
        this.#assign(statement.target, evaluator.values(statement.value));
        return nothing;
      case 'capture': {
        const text = this.run(statement.body);
        this.#assign(statement.target, this.#filtered(statement.filter, text));
        return nothing;
      }
      case 'if':
        return this.#if(statement.branches);
      case 'for':
        return this.#for(statement);
      case 'macro':
        this.#define(statement.name, statement);
        return nothing;
      case 'call-block':
        this.#define('caller', statement);
        evaluator.values(statement.call);
        return SOME_TEXT;
      case 'filter-block':
        return this.#filtered(statement.filter, this.run(statement.body))[0]!;
      case 'with':
        return scope.bound(
          new Map(
            statement.sets.flatMap(([name, value]) =>
              name.kind === 'name' ? [[name.name, evaluator.values(value)] as const] : [],
            ),
          ),
          () => this.run(statement.body),
        );
      case 'load': {
        for (const template of evaluator.values(statement.template)) {
          this.#judge.load(statement.tag, template.kind === 'string' ? template.text : undefined, statement.at);
        }
        for (const name of statement.names) scope.set(name, [{ kind: 'macro', name: '' }]);
        return SOME_TEXT;
      }
      case 'body':
        return this.run(statement.body);
      case 'tag':
        if (statement.tag === 'debug') this.#judge.debug(statement.at);
        return nothing;
    }
  }

  /** The text of a block, filtered. */
  #filtered(filter: JinjaExpression | undefined, text: Value): readonly Value[] {
    if (filter === undefined) return [text];
    // The innermost filter works on the block.
    const chain: JinjaExpression[] = [];
    let inner: JinjaExpression | undefined = filter;
    while (inner?.kind === 'filter') {
      chain.push(inner);
      inner = inner.of;
    }
    let values: readonly Value[] = [text];
    const held = '\0block';
    for (const each of chain.reverse()) {
      if (each.kind !== 'filter') continue;
      const of: JinjaExpression = { kind: 'name', name: held, at: each.at };
      values = this.#scope.bound(new Map([[held, values]]), () => this.#evaluator.values({ ...each, of }));
    }
    return values;
  }

  #assign(target: JinjaExpression, values: readonly Value[]): void {
    const scope = this.#scope;
    if (target.kind === 'name') scope.set(target.name, values);
    else if (target.kind === 'attribute') {
      this.#judge.attribute(target.name, target.at);
      for (const of of this.#evaluator.values(target.of)) {
        if (of.kind === 'space') scope.put(of.entries, target.name, values);
      }
    } else if (target.kind === 'list') {
      const items = itemsOf(values[0]!);
      for (const [place, each] of target.items.entries()) this.#assign(each, [items?.[place] ?? UNKNOWN]);
    }
  }

  #if(branches: readonly { test: JinjaExpression | undefined; body: readonly JinjaStatement[] }[]): Value {
    const scope = this.#scope;
    let out: Value = string('');
    let decided = false;
    for (const { test, body } of branches) {
      const values = test === undefined ? undefined : this.#evaluator.values(test);
      const known = values === undefined ? true : values.length === 1 ? truth(values[0]!) : undefined;
      const certain = known === true && out.kind === 'string' && out.text === '';
      const mode = decided || known === false ? 'dead' : certain ? undefined : 'weak';
      if (mode !== undefined) scope[mode]++;
      const text = this.run(body);
      if (mode !== undefined) scope[mode]--;
      if (mode === undefined) out = text;
      else if (mode === 'weak') out = join(join(out, SOME_TEXT), join(text, SOME_TEXT));
      decided ||= known === true;
    }
    return out;
  }

  #for(loop: JinjaStatement & { kind: 'for' }): Value {
    const scope = this.#scope;
    const evaluator = this.#evaluator;
    const over = evaluator.values(loop.over);
    const outer = this.#rounds;
    this.#rounds *= Math.max(1, this.#roundsOf(loop.over, over));
    if (this.#rounds > outer) this.#judge.amount(this.#rounds, 'loops over fixed numbers', loop.at);
    const bind = new Map<string, readonly Value[]>([['loop', [UNKNOWN]]]);
    let out: Value = string('');
    const round = (item: Value): void => {
      this.#assign(loop.target, [item]);
      if (loop.where !== undefined) evaluator.values(loop.where);
      out = join(out, this.run(loop.body));
    };
    scope.bound(bind, () => {
      for (const value of over) {
        const items = itemsOf(value);
        const certain = items !== undefined && over.length === 1 && loop.where === undefined;
        if (!certain) scope.weak++;
        const rounds = items === undefined ? [UNKNOWN, UNKNOWN] : items.slice(0, MOST_ROUNDS);
        // What never runs is looked at as well.
        if (rounds.length === 0) rounds.push(UNKNOWN);
        for (const [count, item] of rounds.entries()) if (count === 0 || scope.follows) round(item);
        if (!certain) scope.weak--;
      }
    });
    this.#rounds = outer;
    out = join(out, this.run(loop.otherwise));
    return over.length === 1 && itemsOf(over[0]!) !== undefined ? out : join(join(SOME_TEXT, out), SOME_TEXT);
  }

  #roundsOf(expression: JinjaExpression, over: readonly Value[]): number {
    if (expression.kind === 'call' && expression.of.kind === 'name' && expression.of.name === 'range') {
      return countOf(this.#evaluator.given(expression.args)) ?? 1;
    }
    return Math.max(...over.map((value) => itemsOf(value)?.length ?? 1));
  }

  #define(name: string, macro: Macro): void {
    this.#macros.set(name, macro);
    this.#scope.weak++;
    this.#body(name, macro, { values: [], named: new Map(), all: [], allNamed: new Map() });
    this.#scope.weak--;
    this.#scope.set(name, [{ kind: 'macro', name }]);
  }

  #call(name: string, given: Given): Value {
    const macro = this.#macros.get(name);
    if (macro === undefined || this.#active.includes(name) || this.#active.length >= DEEPEST_CALL) return SOME_TEXT;
    return this.#scope.follows ? this.#body(name, macro, given) : SOME_TEXT;
  }

  #body(name: string, { parameters, body }: Macro, given: Given): Value {
    const bindings = new Map<string, readonly Value[]>();
    for (const [place, parameter] of parameters.entries()) {
      const values = given.allNamed.get(parameter.name) ?? given.all[place];
      const without = parameter.default === undefined ? [UNKNOWN] : this.#evaluator.values(parameter.default);
      // What it is called with is not known where it is defined.
      bindings.set(parameter.name, values ?? (given.all.length === 0 ? [...without, UNKNOWN] : without));
    }
    this.#active.push(name);
    const text = this.#scope.bound(bindings, () => this.run(body));
    this.#active.pop();
    return text;
  }
}
