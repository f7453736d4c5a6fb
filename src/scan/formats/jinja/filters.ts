// Filters of a template: those that work on values are worked out, those that take attributes are judged.
import type { Evaluator, Given } from './evaluate.ts';
import { callFilter, percent, widthsOf } from './text.ts';
import { type Value, SOME_TEXT, UNKNOWN, isText, itemsOf } from './value.ts';

/** Filters whose first argument, or one named `attribute`, is a path of attributes. */
const PATHS: Readonly<Record<string, number>> = {
  selectattr: 0,
  rejectattr: 0,
  groupby: 0,
  sum: 0,
  unique: 1,
  sort: 2,
  max: 1,
  min: 1,
  join: 1,
};

/** A name that a filter is told to reach. */
function reach(evaluator: Evaluator, values: readonly Value[] | undefined, at: number): void {
  for (const value of values ?? []) {
    if (value.kind === 'string') evaluator.judge.path(value.text, at);
    else if (value.kind === 'partly') evaluator.judge.pieces(value.pieces, at, true);
    else if (value.kind !== 'number' && value.kind !== 'plain') evaluator.judge.pieces(['', ''], at, true);
  }
}

function map(evaluator: Evaluator, of: Value, given: Given, at: number): Value {
  reach(evaluator, given.allNamed.get('attribute'), at);
  const [names, ...rest] = given.all;
  const items = itemsOf(of)?.slice(0, 500);
  if (names === undefined) return UNKNOWN;
  const made: Value[] = [];
  for (const name of names) {
    if (name.kind !== 'string') {
      evaluator.judge.pieces(name.kind === 'partly' ? name.pieces : ['', ''], at, true);
      continue;
    }
    const inner: Given = { values: given.values.slice(1), named: given.named, all: rest, allNamed: given.allNamed };
    for (const item of items ?? [UNKNOWN]) made.push(...applyFilter(evaluator, [item], name.text, inner, at));
  }
  return items === undefined ? UNKNOWN : { kind: 'list', items: made };
}

function pads(evaluator: Evaluator, name: string, { values, named }: Given, at: number): void {
  if (!['center', 'indent', 'wordwrap', 'batch', 'slice'].includes(name)) return;
  const width = values[0] ?? named.get('width');
  if (width?.kind === 'number') evaluator.judge.amount(width.number, `fills up by the filter ${name}`, at);
}

/** What a filter makes of values; at least one. */
export function applyFilter(
  evaluator: Evaluator,
  of: readonly Value[],
  name: string,
  given: Given,
  at: number,
): readonly Value[] {
  const { judge, scope } = evaluator;
  scope.work();
  judge.filter(name, at);
  for (const value of of) if (value.kind === 'global') judge.object(value.name, at);
  if (name === 'attr') {
    const keys = given.all[0] ?? given.allNamed.get('name');
    reach(evaluator, keys, at);
    return scope.pairs(of, keys ?? [UNKNOWN], (base, key) =>
      key.kind === 'string' ? evaluator.attribute(base, key.text, at)[0]! : UNKNOWN,
    );
  }
  if (name === 'map') return scope.few(of.map((value) => map(evaluator, value, given, at)));
  const place = PATHS[name];
  if (place !== undefined) {
    if (given.allNamed.has('attribute')) reach(evaluator, given.allNamed.get('attribute'), at);
    else if (given.all[place] !== undefined) reach(evaluator, given.all[place], at);
  }
  pads(evaluator, name, given, at);
  if (name === 'format') {
    return scope.few(
      of.map((value) => {
        if (value.kind !== 'string') return isText(value) ? SOME_TEXT : UNKNOWN;
        judge.amount(Math.max(0, ...widthsOf(value.text)), 'pads a text', at);
        return percent(value.text, given.values, given.named);
      }),
    );
  }
  if (name === 'random') return scope.few(of.flatMap((value) => itemsOf(value) ?? [UNKNOWN]));
  if (given.all.length === 0) return scope.few(of.map((value) => callFilter(value, name, given.values)));
  // Of the arguments, the first may stand for several values.
  return scope.pairs(of, given.all[0]!, (value, first) => callFilter(value, name, [first, ...given.values.slice(1)]));
}
