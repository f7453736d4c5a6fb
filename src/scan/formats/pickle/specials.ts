// The functions whose calls depend on what they are given, by name. Whatever is not here is judged by its grade alone.
import { attributeOf } from './attributes.ts';
import { Global, type Grade } from './global.ts';
import { isCython } from './grades.ts';
import { canonical } from './python2.ts';
import type { Special } from './special.ts';
import { Box, Bytes, Made, Unknown, type Value, boxOf } from './values.ts';

const argsOf = (made: Value): readonly Value[] =>
  made instanceof Made && made.args instanceof Box ? made.args.items : [];
const tuple = (values: readonly Value[]): Box => boxOf('tuple', values);

/** Calls its argument number `which` with the arguments behind it, or with those that `args` picks. */
const applies = (which: number, args?: (items: readonly Value[]) => Value): Special => ({
  calls: (judge, { items, offset }) => {
    const callable = items[which];
    if (callable === undefined) return undefined;
    return judge.calls(callable, args?.(items) ?? tuple(items.slice(which + 1)), offset, 'call');
  },
});

/** Makes an instance of its argument number `which`, without its constructor. */
const makes = (which: number): Special => ({
  calls: (judge, { items, offset }) => {
    const type = items[which];
    return type instanceof Global ? judge.calls(type, tuple(items.slice(which + 1)), offset, 'new') : undefined;
  },
});

/** Calls its second argument, where there is one, with the first. */
const constructs: Special = {
  calls: (judge, { items: [name, make], offset }) =>
    make === undefined ? undefined : judge.calls(make, tuple([name ?? null]), offset, 'call'),
};

/** Calls a function that it is given, now or as soon as it is asked for something. */
const callsBack = (which: number): Special => ({
  calls: (judge, { items, offset }) => {
    const callback = items[which];
    if (callback instanceof Global || callback instanceof Made) judge.calls(callback, tuple([]), offset, 'init');
    return undefined;
  },
});

/** Unpickles a byte string: what is in it is looked at, and the call counts as its grade says. */
const unpickles: Special = {
  calls: (judge, { callable, items, args, offset }) => {
    judge.callsActing(callable as Global, args, offset);
    for (const item of items) if (item instanceof Bytes) judge.inner(item);
    return new Made(callable as Global, args);
  },
};

/** Loads a byte string, which is how some libraries pickle: as harmless as what is in it, where that is of a kind that is known. */
const loads = (kinds: RegExp): Special => ({
  calls: (judge, { callable, items, args }) => {
    const bytes = items[0];
    if (!(bytes instanceof Bytes) || !kinds.test(judge.inner(bytes))) return undefined;
    return new Made(callable as Global, args);
  },
});

/** Finds a name that is written in one text, as `os:system` or `os.system`. */
const finds: Special = {
  calls: (judge, { callable, items, args, offset }) => {
    const [path] = items;
    judge.callsActing(callable as Global, args, offset);
    if (typeof path !== 'string') return new Unknown('a computed name');
    const [module, name] = path.includes(':')
      ? path.split(':', 2)
      : [path.slice(0, path.lastIndexOf('.')), path.slice(path.lastIndexOf('.') + 1)];
    return judge.global(module!, name!, offset);
  },
};

const imports: Special = {
  calls: (judge, { callable, items, args, offset }) => {
    judge.callsActing(callable as Global, args, offset);
    return typeof items[0] === 'string' ? judge.quietly(items[0], offset) : new Unknown('a computed module');
  },
};

const getattr: Special = {
  calls: (judge, { callable, items, args, offset }) => {
    // How protocol 2 makes an instance that wants keyword arguments: `partial(type.__new__, type, ...)`.
    if (items[0] instanceof Global && items[1] === '__new__') return new Made(callable, args);
    return attributeOf(judge, items[0], items[1], offset, () => judge.callsActing(callable as Global, args, offset));
  },
  called: (judge, { callable, items: [type, ...args], offset }) => {
    const [owner] = argsOf(callable);
    if (owner === undefined || type === undefined) return undefined;
    judge.calls(owner, tuple(args), offset, 'new');
    return judge.calls(type, tuple(args), offset, 'new');
  },
};

const getter: Special = {
  called: (judge, { callable, items, offset }) => {
    const path = argsOf(callable)[0];
    let at: Value | undefined = items[0];
    if (typeof path === 'string')
      for (const name of path.split('.').slice(0, 8)) at = at && attributeOf(judge, at, name, offset, () => {});
    return at;
  },
};

const methodCaller: Special = {
  called: (judge, { callable, items, offset }) => {
    const [name, ...args] = argsOf(callable);
    const method = attributeOf(judge, items[0], name, offset, () => {});
    return method && judge.calls(method, tuple(args), offset, 'call');
  },
};

const partial: Special = {
  called: (judge, { callable, items, offset }) => {
    const { state } = callable as Made;
    // Its state, where BUILD gave it one, is what it calls with what.
    const [bound, ...args]: readonly (Value | undefined)[] =
      state instanceof Box
        ? [state.items[0], ...(state.items[1] instanceof Box ? state.items[1].items : [])]
        : argsOf(callable);
    return bound === undefined
      ? undefined
      : judge.calls(bound, tuple([...args, ...items].map((each) => each ?? null)), offset, 'call');
  },
};

const encode: Special = {
  calls: (judge, { callable, items, args, offset }) => {
    const [given, encoding] = items;
    const text = given instanceof Bytes && given.kind === 'text' ? judge.textOf(given) : given;
    if (typeof text !== 'string') return undefined;
    const latin = encoding === undefined ? '' : String(encoding).toLowerCase().replaceAll(/[-_]/g, '');
    if (latin === 'latin1' || latin === 'iso88591')
      return new Bytes(offset, text.length, 'bytes', Buffer.from(text, 'latin1'));
    if (latin === 'utf8' || latin === 'ascii' || latin === '')
      return new Bytes(offset, text.length, 'bytes', Buffer.from(text, 'utf8'));
    return new Made(callable as Global, args);
  },
};

/** More than a pickle has reason to make out of nothing. */
const HUGE = 2 ** 31;
const ENDLESS = new Set(['count', 'repeat', 'cycle', 'product', 'permutations', 'combinations']);

function isEndless(value: Value | undefined): boolean {
  if (typeof value === 'number') return value > HUGE;
  if (!(value instanceof Made) || !(value.by instanceof Global)) return false;
  const [module, name] = canonical(value.by.module, value.by.name);
  if (module === 'itertools') return ENDLESS.has(name);
  return (
    module === 'builtins' && name === 'range' && argsOf(value).some((each) => typeof each === 'number' && each > HUGE)
  );
}

/** Makes a container of what it is given; of bytes given bytes, those. */
const contains: Special = {
  calls: (judge, { items: [source], offset }) => {
    if (isEndless(source)) judge.exhausts('makes a container that takes all memory', offset);
    return source instanceof Bytes && source.kind === 'bytes' ? source : undefined;
  },
};

const BASES = new Set([
  'object',
  'dict',
  'list',
  'tuple',
  'set',
  'frozenset',
  'str',
  'int',
  'float',
  'complex',
  'bytes',
  'bytearray',
  'unicode',
  'long',
]);

const reconstructor: Special = {
  calls: (judge, { items, offset }) => {
    const [type, base] = items;
    const plain = base instanceof Global && canonical(base.module, '')[0] === 'builtins' && BASES.has(base.name);
    if (base !== undefined && !plain) judge.calls(base, tuple([type ?? null]), offset, 'call');
    return type === undefined ? undefined : judge.calls(type, tuple([]), offset, 'new');
  },
};

/** What has no class that a pickle could name. */
const isConstant = (value: Value | undefined): boolean =>
  value === null ||
  value instanceof Unknown ||
  (value instanceof Global && (value.name === 'Ellipsis' || value.name === 'NotImplemented'));

/** Of one value; with two it calls the first again and again. */
const iter: Special = {
  calls: (_, { callable, args }) =>
    args instanceof Box && args.count === 1 ? new Made(callable as Global, args) : undefined,
};

/** `type(None)` is how the types of constants are pickled; with three arguments it makes a class. */
const type: Special = {
  calls: (_, { items, args }) =>
    args instanceof Box && args.count === 1 && isConstant(items[0]) ? new Unknown('a type') : undefined,
};

/** `int | str` is pickled as a reduction; of any other function with anything else it runs that function. */
const reduce: Special = {
  calls: (_, { items: [by, types] }) =>
    by instanceof Global && by.path === '_operator.or_' && types instanceof Box && types.items.every(isType)
      ? new Unknown('a type')
      : undefined,
};
const isType = (value: Value): boolean => value instanceof Global || isConstant(value);

/** A time zone of dateutil: it opens a file where it is given one, and by its own pickles is given none. */
const timeZone: Special = {
  calls: (_, { callable, items, args }) => (items[0] === null ? new Made(callable, args) : undefined),
};

const register: Special = {
  calls: (judge, { items: [module, name, code], offset }) => {
    judge.registers(code ?? null, module ?? null, name ?? null, offset);
    return undefined;
  },
};

const ufunc: Special = {
  calls: (judge, { items: [module, name], offset }) => judge.names(module ?? null, name ?? null, offset),
};

const rebuildFromType: Special = {
  calls: (judge, { items: [callable, type, args, state], offset }) => {
    if (callable === undefined || args === undefined) return undefined;
    const made = judge.calls(callable, args, offset, 'call');
    if (state !== undefined) judge.builds(made, state, offset);
    return type instanceof Global ? judge.calls(type, tuple([]), offset, 'new') : made;
  },
};

const SPECIALS: Readonly<Record<string, Special>> = {
  'builtins getattr': getattr,
  'operator attrgetter': getter,
  '_operator attrgetter': getter,
  'operator methodcaller': methodCaller,
  '_operator methodcaller': methodCaller,
  'functools partial': partial,
  '_functools partial': partial,
  'builtins __import__': imports,
  'importlib import_module': imports,
  'importlib __import__': imports,
  'pkgutil resolve_name': finds,
  'pydoc locate': finds,
  '_codecs encode': encode,
  'codecs encode': encode,
  'builtins bytes': contains,
  'builtins bytearray': contains,
  'builtins list': contains,
  'builtins tuple': contains,
  'builtins set': contains,
  'builtins frozenset': contains,
  'builtins sorted': contains,
  'builtins sum': contains,
  'builtins max': contains,
  'builtins min': contains,
  'builtins type': type,
  'builtins iter': iter,
  'functools reduce': reduce,
  '_functools reduce': reduce,
  'dateutil.tz.tz tzfile': timeZone,
  'pandas.core.indexes.interval _new_IntervalIndex': makes(0),
  'copyreg _reconstructor': reconstructor,
  'copyreg __newobj__': makes(0),
  'copyreg __newobj_ex__': {
    calls: (judge, { items: [type, args], offset }) =>
      type === undefined ? undefined : judge.calls(type, args ?? tuple([]), offset, 'new'),
  },
  'copyreg add_extension': register,
  'pickle loads': unpickles,
  '_pickle loads': unpickles,
  'pickle _loads': unpickles,
  'dill loads': unpickles,
  'dill._dill loads': unpickles,
  'cloudpickle loads': unpickles,
  'cloudpickle.cloudpickle loads': unpickles,
  'srsly pickle_loads': unpickles,
  'torch.storage _load_from_bytes': loads(/pickle|pytorch|torchscript/),
  'keras.src.saving.pickle_utils deserialize_model_from_bytecode': loads(/keras/),
  'keras.saving.pickle_utils deserialize_model_from_bytecode': loads(/keras/),
  'torch._tensor _rebuild_from_type_v2': rebuildFromType,
  'torch._tensor _rebuild_from_type': rebuildFromType,
  'torch.tensor _rebuild_from_type': rebuildFromType,
  'fastai.torch_core _rebuild_from_type': rebuildFromType,
  'fastai.torch_core _fa_rebuild_tensor': applies(0),
  'fastai.torch_core _fa_rebuild_qtensor': applies(0),
  'jax._src.array _reconstruct_array': applies(0, (items) => items[1] ?? null),
  'jaxlib.xla_extension _reconstruct_array': applies(0, (items) => items[1] ?? null),
  'pandas.core.indexes.base _new_Index': makes(0),
  'pandas.indexes.base _new_Index': makes(0),
  'pandas.core.index _new_Index': makes(0),
  'pandas.core.indexes.datetimes _new_DatetimeIndex': makes(0),
  'pandas.core.indexes.period _new_PeriodIndex': makes(0),
  'sklearn.neighbors._dist_metrics newObj': makes(0),
  'sklearn.neighbors.dist_metrics newObj': makes(0),
  'sklearn.metrics._dist_metrics newObj': makes(0),
  'sklearn.neighbors._kd_tree newObj': makes(0),
  'sklearn.neighbors.kd_tree newObj': makes(0),
  'sklearn.neighbors._ball_tree newObj': makes(0),
  'sklearn.neighbors.ball_tree newObj': makes(0),
  'numpy.core _ufunc_reconstruct': ufunc,
  'numpy.random._pickle __bit_generator_ctor': callsBack(0),
  'numpy.random._pickle __generator_ctor': constructs,
  'numpy.random._pickle __randomstate_ctor': constructs,
  'numpy.random __RandomState_ctor': constructs,
  'collections defaultdict': callsBack(0),
  '_collections defaultdict': callsBack(0),
};

/** Cython's way to pickle: an instance of the first argument is made and given state. */
const cython = makes(0);

export function specialOf(module: string, name: string, { level }: Grade): Special | undefined {
  if (isCython(name) && (level === 'call' || level === 'make')) return cython;
  const key = canonical(module, name).join(' ');
  return Object.hasOwn(SPECIALS, key) ? SPECIALS[key] : undefined;
}
