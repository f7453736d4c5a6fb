import { describe, expect, test } from 'vitest';
import { lookAt, said } from '../../testing/look.ts';
import {
  ADDITEMS,
  APPEND,
  BUILD,
  DUP,
  EMPTY_DICT,
  EMPTY_SET,
  EMPTY_TUPLE,
  MARK,
  MEMOIZE,
  NEWOBJ,
  NEWOBJ_EX,
  NONE,
  OBJ,
  POP,
  POP_MARK,
  REDUCE,
  SETITEM,
  STACK_GLOBAL,
  TRUE,
  byteString,
  call,
  dict,
  ext,
  get,
  global,
  headerless,
  inst,
  instance,
  int,
  join,
  list,
  pickle,
  put,
  stackGlobal,
  string,
  text,
  tuple,
  unicodeLine,
  wrapped,
} from '../../testing/pickle.ts';

const system = global('os', 'system');
const echo = text('echo hi');
const CALLS = 'pickle.call: calls os.system("echo hi"), which can run commands or code';

describe('a call is seen, however the pickle comes to it', () => {
  const ways: Record<string, Buffer> = {
    'with GLOBAL and REDUCE': pickle(call(system, echo)),
    'with STACK_GLOBAL': pickle(call(stackGlobal('os', 'system'), echo)),
    'in the text protocol': headerless(system, MARK, unicodeLine('echo hi'), Buffer.from('t'), REDUCE),
    'with INST': pickle(inst('os', 'system', echo)),
    'with OBJ': pickle(MARK, system, echo, OBJ),
    'with NEWOBJ': pickle(system, tuple(echo), NEWOBJ),
    'with strings of Python 2 for names': pickle(call(join(string('os'), string('system'), STACK_GLOBAL), echo)),
    'behind decoys that are popped': pickle(
      text('collections'),
      text('OrderedDict'),
      POP,
      POP,
      call(stackGlobal('os', 'system'), echo),
    ),
    'behind decoys under a mark': pickle(
      text('os'),
      text('system'),
      MARK,
      text('torch'),
      text('Size'),
      POP_MARK,
      STACK_GLOBAL,
      tuple(echo),
      REDUCE,
    ),
    'with names from an overwritten memo': pickle(
      text('collections'),
      put(0),
      POP,
      text('os'),
      put(0),
      POP,
      get(0),
      text('system'),
      STACK_GLOBAL,
      tuple(echo),
      REDUCE,
    ),
    'with MEMOIZE that overwrites': pickle(
      text('a'),
      put(1),
      POP,
      text('os'),
      MEMOIZE,
      POP,
      call(join(get(1), text('system'), STACK_GLOBAL), echo),
    ),
    'with a duplicate': pickle(system, DUP, tuple(echo), REDUCE),
    'with its result thrown away': pickle(call(system, echo), POP, NONE),
    'within a dict': pickle(wrapped(call(system, echo))),
    'within a set': pickle(EMPTY_SET, MARK, call(system, echo), ADDITEMS),
    'through a partial': pickle(call(call(global('functools', 'partial'), system), echo)),
    'through the state of a partial': pickle(
      call(
        join(
          call(global('functools', 'partial'), global('builtins', 'len')),
          tuple(system, tuple(), dict(), NONE),
          BUILD,
        ),
        echo,
      ),
    ),
    'through getattr of an imported module': pickle(
      call(
        call(global('builtins', 'getattr'), call(global('builtins', '__import__'), text('os')), text('system')),
        echo,
      ),
    ),
    'through attrgetter': pickle(
      call(
        call(
          call(global('operator', 'attrgetter'), text('system')),
          call(global('importlib', 'import_module'), text('os')),
        ),
        echo,
      ),
    ),
    'through methodcaller': pickle(
      call(
        call(global('_operator', 'methodcaller'), text('system'), echo),
        call(global('builtins', '__import__'), text('os')),
      ),
    ),
    'through a name that is looked up': pickle(call(call(global('pkgutil', 'resolve_name'), text('os:system')), echo)),
    'through an extension that it registers': pickle(
      call(global('copyreg', 'add_extension'), text('os'), text('system'), int(7)),
      POP,
      call(ext(7), echo),
    ),
    'through a rebuilder of torch': pickle(
      call(global('torch._tensor', '_rebuild_from_type_v2'), system, global('torch', 'Tensor'), tuple(echo), NONE),
    ),
    'through copyreg': pickle(call(global('copyreg', '__newobj__'), system, echo)),
    'in a pickle within it': pickle(call(global('pickle', 'loads'), byteString(pickle(call(system, echo))))),
    'in a pickle within it, written as text': pickle(
      call(
        global('_pickle', 'loads'),
        call(
          global('_codecs', 'encode'),
          text(headerless(call(system, string('echo hi'))).toString('latin1')),
          text('latin1'),
        ),
      ),
    ),
  };
  for (const [way, bytes] of Object.entries(ways)) {
    test(way, () => {
      expect(said(bytes)).toContain(CALLS);
      expect(lookAt(bytes).verdict).toBe('malicious');
    });
  }

  test('with keyword arguments', () => {
    const bytes = pickle(global('subprocess', 'Popen'), tuple(list(text('id'))), dict(text('shell'), TRUE), NEWOBJ_EX);
    expect(said(bytes)).toEqual([
      'pickle.call: calls subprocess.Popen(["id"]) with {"shell": True}, which can run commands or code',
    ]);
  });

  test('under a dotted name, which is told by what it really is', () => {
    expect(said(pickle(call(stackGlobal('pathlib', 'os.system'), echo)))).toEqual([
      'pickle.call: calls pathlib.os.system("echo hi"), that is os.system, which can run commands or code',
    ]);
    expect(said(pickle(call(stackGlobal('collections', '_sys.modules.get'), text('os'))))[0]).toContain(
      'that is sys.modules.get',
    );
  });

  test('by a name of Python 2', () => {
    expect(said(headerless(call(global('__builtin__', 'eval'), string('1'))))).toEqual([
      'pickle.call: calls eval("1"), which can run commands or code',
    ]);
    expect(said(pickle(call(global('urllib2', 'urlopen'), text('http://example.invalid'))))[0]).toContain(
      'which talks to the network',
    );
  });
});

test('each finding has place, capability and techniques', () => {
  const [finding] = lookAt(pickle(NONE, POP, call(system, echo))).findings;
  expect(finding).toMatchObject({ rule: 'pickle.call', severity: 'critical', capability: 'execute', offset: 25 });
  expect(finding!.techniques).toContain('AML.T0011.000');
});

describe('a name', () => {
  test('that acts is told even where nothing calls it', () => {
    expect(said(pickle(wrapped(system)))).toEqual(['pickle.import: imports os.system, which can run commands or code']);
    expect(lookAt(pickle(wrapped(system))).verdict).toBe('malicious');
  });

  test('that nobody vouches for is suspicious, and of Python itself worse', () => {
    const other = lookAt(pickle(instance(global('some_library.models', 'Net'), text('w'), int(1))));
    expect(other.findings.map(({ rule, severity }) => [rule, severity])).toEqual([['pickle.unlisted', 'medium']]);
    expect(lookAt(pickle(call(global('dis', 'dis'), echo))).findings.map(({ severity }) => severity)).toEqual(['high']);
  });

  test('that is harmless to make is not harmless to call', () => {
    expect(said(pickle(instance(global('torch.nn.modules.linear', 'Linear'))))).toEqual([]);
    expect(said(pickle(call(global('torch.nn.modules.linear', 'Linear'), int(2))))).toEqual([
      'pickle.unlisted: calls torch.nn.modules.linear.Linear(2), which is known to be harmless only where it is not called',
    ]);
  });

  test('of the loading program is a note', () => {
    const { verdict, findings } = lookAt(pickle(instance(global('__main__', 'Net'))));
    expect([verdict, findings.map(({ rule }) => rule)]).toEqual(['clean', ['pickle.main']]);
    expect(lookAt(pickle(call(stackGlobal('__main__', 'os.system'), echo))).verdict).toBe('malicious');
  });

  test('that is worked out while loading is never harmless', () => {
    const computed = call(global('codecs', 'decode'), text('flfgrz'), text('rot13'));
    expect(said(pickle(join(text('os'), computed, STACK_GLOBAL)))[0]).toMatch(
      /^pickle.computed: imports a name that is only worked out/,
    );
  });

  test('in look-alike letters is suspicious', () => {
    expect(said(pickle(stackGlobal('collections', 'Ｏrdereddict')))[0]).toMatch(/^pickle.disguised/);
  });

  test('behind an extension code is suspicious', () => {
    expect(said(pickle(call(ext(1), echo)))[0]).toBe(
      'pickle.extension: takes what is registered as extension 1, whatever that is where it is loaded',
    );
  });
});

describe('what is reached rather than named', () => {
  test('attributes that lead out of a value', () => {
    const getattr = global('builtins', 'getattr');
    expect(lookAt(pickle(call(getattr, global('collections', 'OrderedDict'), text('__init__')))).verdict).toBe(
      'malicious',
    );
    expect(lookAt(pickle(call(getattr, text('{0.__class__}'), text('format')))).verdict).toBe('malicious');
    expect(lookAt(pickle(call(global('torch', 'Size'), getattr))).verdict).toBe('malicious');
    expect(said(pickle(call(getattr, global('sklearn.svm._classes', 'SVC'), text('fit'))))).toEqual([]);
  });

  test('what another call gave back', () => {
    expect(said(pickle(call(call(global('operator', 'itemgetter'), text('x')), echo)))[0]).toMatch(
      /^pickle.computed: calls what another call gave back/,
    );
  });

  test('a method that is planted', () => {
    const namespace = instance(global('types', 'SimpleNamespace'), text('__setstate__'), global('builtins', 'len'));
    expect(said(pickle(namespace, text('x'), BUILD))).toEqual([
      'pickle.state: gives an object len as its __setstate__, which Python then calls',
    ]);
  });

  test('a module, class or logger of the whole program', () => {
    expect(said(pickle(global('torch', 'Size'), dict(text('x'), int(1)), BUILD))[0]).toMatch(
      /^pickle.state: changes torch.Size itself/,
    );
    expect(said(pickle(global('torch', 'Size'), text('x'), APPEND))[0]).toMatch(/^pickle.state: adds/);
    expect(said(pickle(global('collections', 'Counter'), text('x'), NONE, SETITEM))[0]).toMatch(/^pickle.state: sets/);
    expect(said(pickle(call(global('logging', 'getLogger')), dict(text('disabled'), TRUE), BUILD))[0]).toMatch(
      /changes the logger/,
    );
    expect(said(pickle(call(global('logging', 'getLogger'), text('app'))))).toEqual([]);
  });

  test('a text that a library runs when it is loaded', () => {
    const norm = (template: string) =>
      pickle(
        instance(global('scipy.stats._continuous_distns', 'norm_gen'), text('_parse_arg_template'), text(template)),
      );
    expect(said(norm('import os; os.system("id")'))[0]).toMatch(/^pickle.call: has scipy run a text as code/);
    expect(
      said(
        norm(
          "\ndef _parse_args(self, a, loc=0, scale=1):\n    return (a,), loc, scale\n\ndef _parse_args_rvs(self, a, loc=0, scale=1, size=None):\n    return self._argcheck_rvs(a, loc, scale, size=size)\n\ndef _parse_args_stats(self, a, loc=0, scale=1, moments='mv'):\n    return (a,), loc, scale, moments\n",
        ),
      ),
    ).toEqual([]);
    const formula = (value: string) =>
      pickle(instance(global('statsmodels.base.data', 'PandasData'), text('formula'), text(value)));
    expect(lookAt(formula('y ~ __import__("os").system("id")')).verdict).toBe('malicious');
    expect(lookAt(formula('y ~ a + np.log(b)')).verdict).toBe('clean');
  });

  test('bytes that a wrapper unpickles', () => {
    const wrapper = join(
      global('sklearn.pipeline', 'Pipeline'),
      EMPTY_TUPLE,
      NEWOBJ,
      byteString(pickle(call(system, echo))),
      BUILD,
    );
    expect(said(pickle(wrapper))).toEqual([CALLS]);
  });

  test('a base whose constructor copyreg would call', () => {
    const rebuild = global('copyreg', '_reconstructor');
    expect(
      said(pickle(call(rebuild, global('sklearn.svm._classes', 'SVC'), global('builtins', 'object'), NONE))),
    ).toEqual([]);
    expect(lookAt(pickle(call(rebuild, global('sklearn.svm._classes', 'SVC'), system, NONE))).verdict).toBe(
      'malicious',
    );
  });
});

describe('what honest libraries write is clean', () => {
  const ndarray = join(
    call(
      global('numpy.core.multiarray', '_reconstruct'),
      global('numpy', 'ndarray'),
      tuple(int(0)),
      byteString(Buffer.from('b')),
    ),
    join(
      MARK,
      int(1),
      tuple(int(2)),
      call(global('numpy', 'dtype'), text('f8'), EMPTY_TUPLE, TRUE),
      EMPTY_TUPLE,
      byteString(Buffer.alloc(16)),
      Buffer.from('t'),
    ),
    BUILD,
  );
  const files: Record<string, Buffer> = {
    'plain data': pickle(wrapped(list(int(1), text('a'), NONE, tuple(int(1), int(2), int(3), int(4))))),
    'an array of numpy': pickle(ndarray),
    'an array of a newer numpy': pickle(
      call(
        global('numpy._core.multiarray', 'scalar'),
        call(global('numpy', 'dtype'), text('f8')),
        byteString(Buffer.alloc(8)),
      ),
    ),
    'an estimator': pickle(
      instance(global('sklearn.linear_model._logistic', 'LogisticRegression'), text('coef_'), ndarray),
    ),
    'a checkpoint': pickle(wrapped(call(global('collections', 'OrderedDict')))),
    'settings of a trainer': pickle(
      instance(
        global('transformers.training_args', 'TrainingArguments'),
        text('device'),
        call(global('torch', 'device'), text('cpu')),
      ),
    ),
    'the type of None': pickle(call(global('builtins', 'type'), NONE)),
    'a network of yolo': pickle(instance(global('ultralytics.nn.tasks', 'DetectionModel'), text('args'), EMPTY_DICT)),
    'an old class of Python 2': headerless(
      call(
        global('copy_reg', '_reconstructor'),
        global('nltk.tokenize.punkt', 'PunktParameters'),
        global('__builtin__', 'object'),
        NONE,
      ),
    ),
  };
  for (const [what, bytes] of Object.entries(files)) {
    test(what, () => expect(lookAt(bytes)).toMatchObject({ verdict: 'clean', findings: [], format: 'pickle' }));
  }
});
