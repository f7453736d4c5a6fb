// State that a pickle gives to an object with BUILD: attributes that Python calls by itself, and texts that a class runs.
import type { Judge } from './judge.ts';
import { Box, Bytes, type Value, originOf } from './values.ts';

/** Attributes that the unpickler, or whoever uses the object, calls or goes by. */
const CALLED = new Set(
  (
    '__setstate__ __reduce__ __reduce_ex__ __class__ __call__ __getattr__ __getattribute__ __init__ __new__ __del__ __get__ __code__ ' +
    '__globals__ __builtins__ __subclasshook__ __init_subclass__ __bases__ __mro__ __import__ append extend add'
  ).split(' '),
);

/** What scipy writes in its own template: anything else is run all the same. */
const TEMPLATE =
  /^\s*def _parse_args\(self, [\w\s,=.-]*\):\s+return \([\w\s,]*\), [\w\s,.-]+\s+def _parse_args_rvs\(self, [\w\s,=.-]*\):\s+return self\._argcheck_rvs\([\w\s,=.-]*\)\s+def _parse_args_stats\(self, [\w\s,=.-]*, moments='mvs?k?'\):\s+return \([\w\s,]*\), [\w\s,.-]+\s*$/;
/** What turns a formula of statsmodels from a description into a program. */
const FORMULA =
  /__|\w\s*\.\s*\w+\s*\.\s*\w|\b(import|eval|exec|open|compile|getattr|lambda|os|sys|subprocess|builtins)\b|\b(load|read|save|from|mem|to_)\w*\s*\(/;

/** Classes whose state holds a text that `__setstate__` runs. */
const RUN = [
  {
    module: /^scipy\.stats\b/,
    key: '_parse_arg_template',
    harmless: (text: string) => TEMPLATE.test(text),
    by: 'scipy',
  },
  { module: /^statsmodels\b/, key: 'formula', harmless: (text: string) => !FORMULA.test(text), by: 'statsmodels' },
];

export function judgeState(judge: Judge, target: Value, state: Value, offset: number): void {
  // Some classes are wrappers that unpickle the bytes they are given.
  if (state instanceof Bytes && state.kind === 'bytes' && judge.startsLikePickle(state)) judge.inner(state);
  if (!(state instanceof Box) || state.count === 0) return;
  if (state.kind === 'tuple') {
    // A pair of the attributes and of those that have a slot.
    for (const part of state.items.slice(0, 2))
      if (part instanceof Box && part.kind === 'dict') judgeState(judge, target, part, offset);
    return;
  }
  if (state.kind !== 'dict') return;
  for (let at = 0; at + 1 < state.items.length; at += 2) {
    const key = state.items[at];
    const value = state.items[at + 1]!;
    // A method is a global or what a call gave back; a list of numbers called `add` is a field.
    const callable = value !== null && typeof value === 'object' && !(value instanceof Box);
    if (typeof key === 'string' && CALLED.has(key) && (callable || key === '__class__')) {
      judge.report(
        'pickle.state',
        offset,
        `gives an object ${judge.show.value(value)} as its ${key}, which Python then calls`,
      );
    }
  }
  const origin = originOf(target);
  if (origin === undefined) return;
  if (origin.module === 'logging')
    judge.report('pickle.state', offset, `changes the logger of the whole program: sets ${judge.show.value(state)}`);
  for (const { module, key, harmless, by } of RUN) {
    const text = module.test(origin.module) ? state.get(key) : undefined;
    if (text === undefined || text === null || (typeof text === 'string' && harmless(text))) continue;
    judge.report('pickle.call', offset, `has ${by} run a text as code when it is loaded: ${judge.show.value(text)}`, {
      capability: 'execute',
    });
  }
}
