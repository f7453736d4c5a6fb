// Names of Python 2, which an unpickler turns into those of Python 3 (Lib/_compat_pickle.py).

const MODULES: Readonly<Record<string, string>> = {
  __builtin__: 'builtins',
  copy_reg: 'copyreg',
  Queue: 'queue',
  SocketServer: 'socketserver',
  ConfigParser: 'configparser',
  repr: 'reprlib',
  exceptions: 'builtins',
  cPickle: 'pickle',
  StringIO: 'io',
  cStringIO: 'io',
  commands: 'subprocess',
  httplib: 'http.client',
  BaseHTTPServer: 'http.server',
  SimpleHTTPServer: 'http.server',
  CGIHTTPServer: 'http.server',
  Cookie: 'http.cookies',
  cookielib: 'http.cookiejar',
  urllib2: 'urllib.request',
  urlparse: 'urllib.parse',
  robotparser: 'urllib.robotparser',
  xmlrpclib: 'xmlrpc.client',
  SimpleXMLRPCServer: 'xmlrpc.server',
  DocXMLRPCServer: 'xmlrpc.server',
  dbhash: 'dbm.bsd',
  anydbm: 'dbm',
  whichdb: 'dbm',
  dumbdbm: 'dbm.dumb',
  gdbm: 'dbm.gnu',
  Tkinter: 'tkinter',
  tkFileDialog: 'tkinter.filedialog',
  tkSimpleDialog: 'tkinter.simpledialog',
  thread: '_thread',
  dummy_thread: '_dummy_thread',
  markupbase: '_markupbase',
  _winreg: 'winreg',
  test_support: 'test.support',
  UserDict: 'collections',
  UserList: 'collections',
  UserString: 'collections',
  new: 'types',
};

const NAMES: Readonly<Record<string, readonly [string, string]>> = {
  'collections IterableUserDict': ['collections', 'UserDict'],
  'builtins xrange': ['builtins', 'range'],
  'builtins unicode': ['builtins', 'str'],
  'builtins basestring': ['builtins', 'str'],
  'builtins long': ['builtins', 'int'],
  'builtins unichr': ['builtins', 'chr'],
  'builtins intern': ['sys', 'intern'],
  'builtins reduce': ['functools', 'reduce'],
  'builtins StandardError': ['builtins', 'Exception'],
  'itertools imap': ['builtins', 'map'],
  'itertools ifilter': ['builtins', 'filter'],
  'itertools izip': ['builtins', 'zip'],
  'itertools izip_longest': ['itertools', 'zip_longest'],
  'itertools ifilterfalse': ['itertools', 'filterfalse'],
  'urllib urlopen': ['urllib.request', 'urlopen'],
  'urllib urlretrieve': ['urllib.request', 'urlretrieve'],
  'urllib URLopener': ['urllib.request', 'URLopener'],
  'urllib FancyURLopener': ['urllib.request', 'FancyURLopener'],
  'os popen2': ['os', 'popen'],
  'os popen3': ['os', 'popen'],
  'os popen4': ['os', 'popen'],
  'os getcwdu': ['os', 'getcwd'],
};

/**
 * The names that the lists go by: those of Python 3, and of numpy the ones from before its `_core`.
 */
export function canonical(module: string, name: string): readonly [string, string] {
  let known = Object.hasOwn(MODULES, module) ? MODULES[module]! : module;
  if (known.startsWith('numpy._core')) known = `numpy.${known.slice('numpy._'.length)}`;
  const dot = name.indexOf('.');
  const first = dot === -1 ? name : name.slice(0, dot);
  const key = `${known} ${first}`;
  if (!Object.hasOwn(NAMES, key)) return [known, name];
  const [newer, short] = NAMES[key]!;
  return [newer, dot === -1 ? short : `${short}${name.slice(dot)}`];
}
