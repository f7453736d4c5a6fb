// State that a pickle gives to an object with BUILD: attributes that Python calls by itself, and texts that a class runs.
import type { ScanCapability } from '../../../contract/index.ts';
import { Global } from './global.ts';
import type { Judge } from './judge.ts';
import { Box, Bytes, CALLED, Made, type Value, originOf } from './values.ts';

/** What scipy writes in its own template: anything else is run all the same. */
const TEMPLATE =
  /^\s*def _parse_args\(self, [\w\s,=.-]*\):\s+return \([\w\s,]*\), [\w\s,.-]+\s+def _parse_args_rvs\(self, [\w\s,=.-]*\):\s+return self\._argcheck_rvs\([\w\s,=.-]*\)\s+def _parse_args_stats\(self, [\w\s,=.-]*, moments='mvs?k?'\):\s+return \([\w\s,]*\), [\w\s,.-]+\s*$/;
/** What turns a formula of statsmodels from a description into a program. */
const FORMULA =
  /__|\w\s*\.\s*\w+\s*\.\s*\w|\b(import|eval|exec|open|compile|getattr|lambda|os|sys|subprocess|builtins)\b|\b(load|read|save|from|mem|to_)\w*\s*\(/;

/** Classes whose state holds a text that is run, or loaded from, when they are. */
const RUN: readonly {
  module: RegExp;
  key: string;
  harmless: (text: string) => boolean;
  has: string;
  capability: ScanCapability;
}[] = [
  {
    // Whoever takes a distribution of scipy as a base has this as well.
    module: /^/,
    key: '_parse_arg_template',
    harmless: (text: string) => TEMPLATE.test(text),
    has: 'has scipy run a text as code when it is loaded',
    capability: 'execute',
  },
  {
    module: /^statsmodels\b/,
    key: 'formula',
    harmless: (text: string) => !FORMULA.test(text),
    has: 'has statsmodels run a text as code when it is loaded',
    capability: 'execute',
  },
  // Behind the name of an array that lies beside the file, as joblib of old wrote it, another pickle may be.
  {
    module: /(^|\.)joblib\.numpy_pickle$/,
    key: 'filename',
    harmless: (text: string) => !/[\\/]/.test(text),
    has: 'has joblib load a file from elsewhere',
    capability: 'deserialize',
  },
];

/** An attribute, or an item of what has its items for attributes, is set. */
export function judgeAttribute(judge: Judge, key: string, value: Value, offset: number): void {
  // A method is a global or what a call gave back; a list of numbers called `add` is a field.
  const callable = value !== null && typeof value === 'object' && !(value instanceof Box || value instanceof Bytes);
  if (CALLED.has(key) && (callable || key === '__class__')) {
    const message = `gives an object ${judge.show.value(value)} as its ${key}, which Python then calls`;
    judge.report('pickle.state', offset, message);
  }
}

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
    if (typeof key === 'string') judgeAttribute(judge, key, value, offset);
    // A dict asks it for what it lacks.
    if (key === 'default_factory' && (value instanceof Global || value instanceof Made))
      judge.calls(value, new Box('tuple'), offset, 'init');
    // skorch keeps what lies on a device as a checkpoint of its own, and loads it.
    if (key === '__cuda_dependent_attributes__' && value instanceof Bytes) judge.inner(value);
  }
  const origin = originOf(target);
  if (origin === undefined) return;
  if (origin.module === 'logging')
    judge.report('pickle.state', offset, `changes the logger of the whole program: sets ${judge.show.value(state)}`);
  for (const { module, key, harmless, has, capability } of RUN) {
    const text = module.test(origin.module) ? state.get(key) : undefined;
    if (text === undefined || text === null || (typeof text === 'string' && harmless(text))) continue;
    judge.report('pickle.call', offset, `${has}: ${judge.show.value(text)}`, { capability });
  }
}
