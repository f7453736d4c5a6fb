// Ways to have something called that is not called by its name: through what harmless names do with what they are given, through lines
// that few readers take for numbers, and behind what a scanner counts. And what honest libraries write that looks much the same.
import { describe, expect, test } from 'vitest';
import { lookAt } from '../../testing/look.ts';
import {
  APPEND,
  APPENDS,
  BUILD,
  EMPTY_LIST,
  EMPTY_TUPLE,
  MARK,
  NEWOBJ,
  NEWOBJ_EX,
  NONE,
  POP,
  type Part,
  REDUCE,
  SETITEM,
  SETITEMS,
  STACK_GLOBAL,
  TUPLE,
  byteString,
  call,
  dict,
  global,
  headerless,
  instance,
  int,
  join,
  list,
  pickle,
  stackGlobal,
  text,
  tuple,
} from '../../testing/pickle.ts';

const echo = text('echo hi');
const system = call(global('os', 'system'), echo);
/** Harmless to name; it calls what it is given. */
const minimize = global('scipy.optimize', 'minimize');
const partial = global('functools', 'partial');
const getattr = global('builtins', 'getattr');
const made = (module: string, name: string): Part => join(global(module, name), EMPTY_TUPLE, NEWOBJ);
const line = (value: string): Part => Buffer.from(value, 'latin1');
const flood = (count: number): Part =>
  join(EMPTY_LIST, MARK, ...Array.from({ length: count }, (_, at) => instance(global('__main__', `C${at}`))), APPENDS);
const many = (prefix: string): Part[] =>
  Array.from({ length: 90 }, (_, at) => [text(`${prefix}${at}`), int(at)]).flat();
/** `os.system("id")` in the text protocol, its name in escapes that no search finds. */
const hidden = join(line("S'\\x6f\\x73'\nS'\\x73ystem'\n"), STACK_GLOBAL, MARK, line("S'id'\n"), TUPLE, REDUCE);
const behind = (...lines: string[]): Buffer => headerless(...lines.map(line), hidden);

type Verdicts = 'malicious' | 'suspicious' | 'clean';
function table(rows: Record<string, readonly [Buffer, Verdicts]>): void {
  for (const [how, [bytes, verdict]] of Object.entries(rows))
    test(how, () => {
      const found = lookAt(bytes);
      expect([found.format, found.verdict], JSON.stringify(found.findings)).toEqual(['pickle', verdict]);
    });
}

describe('what harmless names call', () => {
  table({
    'the maker of a random state': [
      pickle(call(global('numpy.random._pickle', '__randomstate_ctor'), echo, minimize)),
      'suspicious',
    ],
    'the maker of a generator, a partial': [
      pickle(call(global('numpy.random._pickle', '__generator_ctor'), echo, call(partial, minimize))),
      'suspicious',
    ],
    'a dict that makes what it lacks': [
      pickle(
        call(
          global('operator', 'getitem'),
          call(global('collections', 'defaultdict'), call(partial, minimize, echo)),
          echo,
        ),
      ),
      'suspicious',
    ],
    'a dict that is given what makes': [
      pickle(
        call(global('collections', 'defaultdict')),
        tuple(NONE, dict(text('default_factory'), call(partial, minimize, echo))),
        BUILD,
      ),
      'suspicious',
    ],
    'a matcher that asks what is junk': [
      pickle(call(global('difflib', 'SequenceMatcher'), minimize, text(''), list(echo))),
      'suspicious',
    ],
    'a distribution that asks for others': [
      pickle(call(global('nltk.probability', 'ConditionalProbDist'), dict(echo, echo), minimize)),
      'suspicious',
    ],
    'a key by which to sort': [
      pickle(
        call(join(partial, tuple(global('builtins', 'sorted'), list(echo)), dict(text('key'), minimize), NEWOBJ_EX)),
      ),
      'suspicious',
    ],
    'a reduction': [pickle(call(global('functools', 'reduce'), minimize, tuple(echo, echo))), 'malicious'],
    'items that are attributes': [
      pickle(
        made('sklearn.utils._bunch', 'Bunch'),
        MARK,
        text('a'),
        NONE,
        text('append'),
        minimize,
        SETITEMS,
        echo,
        APPEND,
      ),
      'malicious',
    ],
    'items that are written to a file': [
      pickle(instance(global('ultralytics.utils', 'JSONDict'), text('file_path'), echo), echo, echo, SETITEM),
      'malicious',
    ],
    'a checkpoint within a net of skorch': [
      pickle(
        instance(
          global('skorch.classifier', 'NeuralNetClassifier'),
          text('__cuda_dependent_attributes__'),
          byteString(pickle(system)),
        ),
      ),
      'malicious',
    ],
    'bytes without a header that a wrapper unpickles': [
      pickle(made('sklearn.pipeline', 'Pipeline'), byteString(headerless(system)), BUILD),
      'malicious',
    ],
    'an array from another folder': [
      pickle(instance(global('joblib.numpy_pickle', 'NDArrayWrapper'), text('filename'), text('../evil.npy'))),
      'malicious',
    ],
    'a class made by its metaclass': [
      pickle(call(global('sklearn.base', 'ABCMeta'), echo, tuple(), dict())),
      'suspicious',
    ],
    'a time zone that opens a file': [pickle(call(global('dateutil.tz.tz', 'tzfile'), echo)), 'suspicious'],
  });
});

describe('names that only seem to belong to a library', () => {
  table({
    'of Cython, in a module of nobody': [
      pickle(call(global('evil', '__pyx_unpickle_Foo'), global('collections', 'OrderedDict'))),
      'suspicious',
    ],
    'of Cython, with a path behind them': [
      pickle(
        call(
          stackGlobal('numpy.random._mt19937', '__pyx_unpickle_MT19937.__self__.x'),
          global('collections', 'Counter'),
        ),
      ),
      'malicious',
    ],
    ...Object.fromEntries(
      `fastai.vision.core run,fastai.text.core load_pickle,fastai.layers exec_new,sentence_transformers.util import_from_string
      sentence_transformers.util http_get,sklearn.utils.discovery import_module,timm.models load_checkpoint
      timm.models._hub download_cached_file,torchvision.models._api import_module,sklearn.feature_selection._base attrgetter
      torch.nn.functional handle_torch_function,scipy.stats save`
        .split(/[,\n]\s*/)
        .map((path) => [path, [pickle(global(...(path.split(' ') as [string, string]))), 'suspicious'] as const]),
    ),
    'a method that loads': [pickle(stackGlobal('gensim.models.word2vec', 'Word2Vec.load')), 'malicious'],
    'a part of the logger of the whole program': [
      pickle(call(getattr, call(global('logging', 'getLogger')), text('manager'))),
      'malicious',
    ],
    'an unknown module with a hyphen': [headerless(line("cmy-mod\nfoo\n(S'id'\ntR")), 'suspicious'],
    'an unknown module beyond ASCII': [headerless(Buffer.from("cmöd\nfoo\n(S'id'\ntR")), 'suspicious'],
  });
});

describe('behind what is counted', () => {
  table({
    'notes without number': [pickle(flood(600), POP, system), 'malicious'],
    'a method behind ninety attributes': [
      pickle(instance(global('sklearn.svm._classes', 'SVC'), ...many('__k'), text('append'), minimize), echo, APPEND),
      'malicious',
    ],
    'a call that many lead to': [
      pickle(
        Array.from({ length: 1000 }).reduce<Part>((inner) => call(partial, inner), partial),
        tuple(),
        REDUCE,
      ),
      'malicious',
    ],
    'a text that is run in a class of another library': [
      pickle(
        instance(global('statsmodels.distributions.discrete', 'genpoisson_p_gen'), text('_parse_arg_template'), echo),
      ),
      'malicious',
    ],
    'a text that is run behind as many': [
      pickle(
        instance(
          global('scipy.stats._continuous_distns', 'norm_gen'),
          ...many('__k'),
          text('_parse_arg_template'),
          echo,
        ),
      ),
      'malicious',
    ],
  });
});

describe('behind lines that an unpickler takes', () => {
  table({
    'an index with an underscore': [behind("S'a'\np1_0\n0g10\n0"), 'malicious'],
    'an index with a sign': [behind("S'a'\np+5\n0g+5\n0"), 'malicious'],
    'an index between spaces': [behind("S'a'\np 5 \n0"), 'malicious'],
    'an index with more behind a NUL': [behind("S'a'\np5\0zz\n0"), 'malicious'],
    'a number with more behind a NUL': [behind('I5\0zz\n0'), 'malicious'],
    'a long number with more behind a NUL': [behind('L5\0zz\n0'), 'malicious'],
    'a fraction with more behind a NUL': [behind('F1.5\0zz\n0'), 'malicious'],
    'octal, binary and infinite numbers': [behind('I0o7\n0', 'I0b1\n0', 'F-Infinity\n0', 'I1_0\n0'), 'malicious'],
    'an id beyond ASCII': [behind('P\xe9 \n0'), 'malicious'],
    'a text of control characters': [behind('V\x01\x02\n0'), 'malicious'],
    'a string longer than what is looked at first': [behind(`S'${'a'.repeat(5000)}'\n0`), 'malicious'],
    'a text longer than what is looked at first': [behind(`V${'a'.repeat(5000)}\n0`), 'malicious'],
    'a number longer than what is looked at first': [behind(`I${'1'.repeat(5000)}\n0`), 'malicious'],
    'a text in front': [join(line('hello world\n'), pickle(system)), 'malicious'],
  });
});

describe('what honest libraries write is clean', () => {
  table({
    'a dict of dicts': [
      pickle(
        call(
          global('collections', 'defaultdict'),
          call(partial, global('collections', 'defaultdict'), global('builtins', 'int')),
        ),
      ),
      'clean',
    ],
    'a dict of arrays': [
      pickle(call(global('collections', 'defaultdict'), call(partial, global('numpy', 'zeros'), int(3)))),
      'clean',
    ],
    'a method of the random state': [
      pickle(
        call(getattr, call(global('numpy.random._pickle', '__randomstate_ctor'), text('MT19937')), text('normal')),
      ),
      'clean',
    ],
    'an instance that wants keywords, by protocol 2': [
      pickle(
        call(
          call(
            partial,
            call(getattr, global('scipy.stats._stats_py', 'KstestResult'), text('__new__')),
            global('scipy.stats._stats_py', 'KstestResult'),
            int(1),
          ),
        ),
      ),
      'clean',
    ],
    'a union of types': [
      pickle(
        call(
          global('_functools', 'reduce'),
          global('_operator', 'or_'),
          tuple(global('builtins', 'int'), global('builtins', 'str')),
        ),
      ),
      'clean',
    ],
    'a column of texts of pandas 3': [
      pickle(
        call(global('pandas', 'StringDtype'), text('python')),
        instance(global('pandas.arrays', 'StringArray')),
        instance(global('pandas', 'MultiIndex')),
      ),
      'clean',
    ],
    'an array beside the file': [
      pickle(instance(global('joblib.numpy_pickle', 'NDArrayWrapper'), text('filename'), text('model.pkl_01.npy'))),
      'clean',
    ],
    'a selector of columns': [
      pickle(instance(global('sklearn.compose._column_transformer', 'make_column_selector'))),
      'clean',
    ],
    'an enumeration of torchvision': [
      pickle(call(global('torchvision.transforms.functional', 'InterpolationMode'), text('bilinear'))),
      'clean',
    ],
    'a filter of statespace models': [
      pickle(call(global('statsmodels.tsa.statespace._representation', 'dStatespace'), NONE)),
      'clean',
    ],
    'Cython of a known library': [
      pickle(
        call(
          global('sklearn._loss._loss', '__pyx_unpickle_CyHalfSquaredError'),
          global('sklearn._loss._loss', 'CyHalfSquaredError'),
          int(1),
          NONE,
        ),
      ),
      'clean',
    ],
    'a date in the text protocol': [
      headerless(line('cdatetime\ndate\n(c_codecs\nencode\n(V\x07\xe4\x01\x01\nVlatin1\ntRtR')),
      'clean',
    ],
  });
});
