import { describe, expect, test } from 'vitest';
import { gradeOf } from './grades.ts';
import { lists } from './lists.ts';

const levelOf = (path: string): string => {
  const [module, name] = path.split(':') as [string, string];
  return gradeOf(module, name).level;
};

describe('the lists', () => {
  test('are in order, and long enough to be all there', () => {
    expect(lists().exact.size).toBeGreaterThan(1000);
    expect([...lists().exact.values()].filter(({ level }) => level === 'acts').length).toBeGreaterThan(200);
    expect(lists().standard.size).toBeGreaterThan(250);
  });

  // Of the standard library and of libraries whose other names are harmless: each once, none may be harmless to call.
  const gadgets =
    `os:system posix:system nt:system subprocess:Popen builtins:eval __builtin__:eval builtins:getattr builtins:open
    builtins:__import__ builtins:map itertools:starmap functools:reduce functools:singledispatch operator:attrgetter operator:methodcaller
    operator:call _operator:methodcaller types:FunctionType types:CodeType types:MethodType copyreg:add_extension copyreg:pickle
    copy:_reconstruct importlib:import_module runpy:run_path code:interact codeop:compile_command pdb:run bdb:Bdb.run trace:Trace.run
    profile:run cProfile:runctx timeit:timeit doctest:debug_script pydoc:pipepager venv:create ensurepip:_run_pip idlelib.run:main
    lib2to3.pgen2.grammar:Grammar.loads test.support.script_helper:assert_python_ok _pyrepl.pager:pipe_pager asyncio:create_subprocess_shell
    asyncio.unix_events:_UnixSubprocessTransport._start multiprocessing:Process threading:Thread _thread:start_new_thread atexit:register
    signal:signal sys:modules sys:settrace sys:setprofile logging.config:dictConfig logging:FileHandler logging:Logger uuid:_get_command_stdout
    platform:popen webbrowser:open antigravity:fly ctypes:CDLL _ctypes:dlopen cffi:FFI weakref:finalize contextlib:ExitStack
    dataclasses:make_dataclass typing:get_type_hints typing:ForwardRef inspect:getmembers pkgutil:resolve_name zipimport:zipimporter
    imp:load_source site:addsitedir shutil:rmtree tempfile:NamedTemporaryFile pathlib:Path.write_text pathlib:PosixPath.unlink io:open
    io:FileIO _io:open codecs:open gzip:open bz2:open tarfile:open zipfile:ZipFile linecache:getlines fileinput:input mmap:mmap
    sqlite3:connect shelve:open dbm:open marshal:loads pickle:loads _pickle:Unpickler socket:create_connection ssl:get_server_certificate
    urllib.request:urlopen urllib2:urlopen httplib:HTTPConnection http.client:HTTPSConnection ftplib:FTP smtplib:SMTP imaplib:IMAP4_stream
    xmlrpc.client:ServerProxy nntplib:NNTP telnetlib:Telnet collections:namedtuple string:Formatter random:SystemRandom unittest:main
    ast:literal_eval dis:dis gc:get_objects faulthandler:enable pprint:pprint http.cookies:SimpleCookie xml.sax:parse
    numpy:load numpy:loadtxt numpy:fromfile numpy:memmap numpy:save numpy:apply_along_axis numpy:frompyfunc numpy:fromfunction
    numpy.testing._private.utils:runstring numpy.f2py:compile numpy.f2py.crackfortran:getlincoef numpy.distutils.exec_command:exec_command
    numpy.lib.npyio:load numpy.core.records:fromfile numpy.core.memmap:memmap numpy._core.memmap:memmap numpy.ctypeslib:load_library
    torch:load torch.serialization:load torch.hub:load torch.jit:load torch.jit.unsupported_tensor_ops:execWrapper torch:compile
    torch.ops:load_library torch.classes:load_library torch.utils.cpp_extension:load torch.utils.collect_env:run
    torch.utils.data.datapipes.utils.decoder:basichandlers torch.utils._config_module:ConfigModule.load_config torch._dynamo.guards:GuardBuilder.get
    torch.fx.graph_module:reduce_graph_module torch.fx.experimental.symbolic_shapes:ShapeEnv.evaluate_guards_expression torch.package:PackageImporter
    torch.distributed.rpc:rpc_sync torch._utils:_import_dotted_name torch._inductor.codecache:compile_file torch.multiprocessing:spawn
    torch.nn.modules.module:register_module_forward_hook torch.nn.functional:handle_torch_function torch.optim.optimizer:Optimizer.step
    pandas:read_pickle pandas:read_csv pandas:eval pandas.io.pickle:read_pickle pandas.core.computation.eval:eval pandas.io.common:get_handle
    sklearn.datasets:load_svmlight_file sklearn.datasets:fetch_openml sklearn.utils._testing:run_subprocess sklearn.externals.joblib:load
    sklearn.base:clone joblib:load joblib.numpy_pickle:load joblib.memory:MemorizedFunc joblib:Parallel scipy.io:loadmat
    scipy._lib._testutils:_run_concurrent_barrier scipy.stats:rv_histogram scipy.optimize:minimize scipy.integrate:LowLevelCallable
    sympy:sympify sympy.parsing.sympy_parser:parse_expr numexpr:evaluate dill:loads cloudpickle:loads cloudpickle.cloudpickle:_make_function
    jsonpickle:decode yaml:unsafe_load ruamel.yaml:YAML keras.models:load_model tensorflow.keras.models:load_model tensorflow.io:read_file
    transformers:pipeline transformers:AutoModel.from_pretrained transformers.models.auto.modeling_auto:AutoModel.from_pretrained
    nltk.data:load nltk:download gensim.downloader:load gensim.utils:unpickle spacy:load fastai.learner:load_learner requests:get
    httpx:get aiohttp.client:ClientSession pip:main setuptools.sandbox:run_setup pystan.model:StanModel statsmodels.iolib.smpickle:load_pickle
    networkx:read_gpickle PIL.Image:open cv2:imread omegaconf:OmegaConf.load hydra.utils:instantiate numba.core.serialize:_unpickle__CustomPickled
    nltk.classify.senna:Popen sklearn.ensemble._bagging:Parallel xgboost.compat:LazyLoader transformers.models.bert:_LazyModule
    stable_baselines3.common.vec_env.base_vec_env:CloudpickleWrapper torch.nn.parallel.distributed:ModuleType fickling.hook:remove_hook picklescan:scanner IPython:embed`.split(
      /\s+/,
    );
  test.each(gadgets)('%s is not harmless to call', (path) => {
    expect(['acts', 'unlisted', 'make', 'name']).toContain(levelOf(path));
    expect(levelOf(path)).not.toBe('call');
    // What may be made without its constructor, or named, is told as soon as it is called.
  });

  test('of Python itself, none of them is harmless even to name', () => {
    const named = gadgets.filter((path) => ['make', 'name', 'call'].includes(levelOf(path)));
    expect(named).toEqual([
      'collections:namedtuple',
      'torch.optim.optimizer:Optimizer.step',
      'sklearn.base:clone',
      'scipy.stats:rv_histogram',
      'scipy.optimize:minimize',
    ]);
  });
});

describe('a path of attributes', () => {
  test('is what it leads to', () => {
    for (const [module, name] of [
      ['pathlib', 'os.system'],
      ['torch.nn.modules.module', 'torch.os.system'],
      ['math', 'os.system'],
      ['sklearn', 'utils._testing.check_call'],
      ['numpy', 'f2py.compile'],
      ['__main__', 'os.system'],
      ['collections', '_sys.modules.get'],
      ['numpy', 'testing.runstring'],
    ] as const) {
      expect(gradeOf(module, name)).toMatchObject({ level: 'acts' });
    }
    expect(gradeOf('pathlib', 'os.system').known).toBe('os.system');
    expect(gradeOf('functools', '__builtins__.get')).toEqual({ level: 'acts', capability: 'attribute' });
    expect(gradeOf('torch.nn.modules.module', 'Module.__init__.__globals__')).toMatchObject({ level: 'acts' });
    expect(gradeOf('collections', 'a.b.c.d.e.f.g.h.i')).toEqual({ level: 'unlisted', core: true });
  });

  test('to a nested class is a class, and to a method of one may be named', () => {
    expect(levelOf('sklearn.svm._classes:SVC.Inner')).toBe('call');
    expect(levelOf('torch.nn.modules.module:Module.forward')).toBe('name');
    expect(levelOf('builtins:str.lower')).toBe('name');
    expect(levelOf('foo.code:Thing.method')).toBe('unlisted');
  });
});

test('a module that is named as a value is never a harmless name', () => {
  for (const path of [
    'torch.nn.functional:os',
    'scipy.stats:os',
    'math:sys',
    'sklearn.utils:subprocess',
    'numpy:os',
    'torch:_utils',
    'fastai.metrics:_os',
  ]) {
    expect(levelOf(path)).toBe('unlisted');
  }
});
