// Python expressions traced without being run: names to what they were imported as, constants to what they say, values to
// where they came from. Each call that is met is told to a listener.
import type { PythonNode } from '../../../reader/index.ts';
import { pythonCalls } from './calls.ts';
import { concatenate, decoded, fillPercent, foldBuiltin, foldIndex, foldMethod } from './fold.ts';
import type { Scopes } from './scope.ts';
import { FROM, UNKNOWN, type Value, attributeOf, joined, sizeOf } from './value.ts';

export interface Call {
  /** What is called, where it can be named. */
  readonly path: string;
  readonly of: Value;
  /** Whose method it is. */
  readonly base?: Value | undefined;
  readonly args: readonly { readonly name: string | undefined; readonly value: Value }[];
  readonly line: number;
}

export interface Listener {
  call(call: Call): void;
  /** A dictionary with constant keys: messages of a chat are of that form. */
  dict(entries: ReadonlyMap<string, Value>, line: number): void;
  /** Where what functions of this file return came from. */
  returned(path: string): number;
  /** Tells of work that depends on the length of values. May throw to end it. */
  work(units: number): void;
  /** Whether a call of that name asks a model, by what else the file imports. */
  answers(path: string): boolean;
}

const BUILTINS = new Set([
  ...['exec', 'eval', 'compile', 'execfile', 'open', '__import__', 'getattr', 'setattr', 'globals', 'locals', 'vars'],
  ...['input', 'chr', 'ord', 'bytes', 'bytearray', 'str', 'list', 'tuple', 'set', 'dict', 'map', 'filter', 'reversed'],
  ...['sorted', 'iter', 'next', 'repr', 'memoryview', 'int', 'type', 'super', 'breakpoint', 'get_ipython', 'reload'],
]);
/** Modules that are meant by their names, whoever imported them. */
const MODULES = new Set([
  ...['os', 'sys', 'subprocess', 'posix', 'pty', 'socket', 'base64', 'binascii', 'codecs', 'zlib', 'marshal', 'pickle'],
  ...['importlib', 'ctypes', 'requests', 'urllib', 'shutil', 'runpy', 'pathlib', 'platform'],
]);
/** Dictionaries whose entries are the attributes of a module. */
const NAMESPACE = /(?:\.__dict__|^builtins\.(?:globals|locals|vars)\(\))$/;

export class Evaluator {
  readonly #scopes: Scopes;
  readonly #listener: Listener;

  constructor(scopes: Scopes, listener: Listener) {
    this.#scopes = scopes;
    this.#listener = listener;
  }

  evaluate(node: PythonNode): Value {
    switch (node.kind) {
      case 'name':
        return this.#name(node.id);
      case 'attribute':
        return this.#attribute(node.of, node.name);
      case 'call':
        return this.#call(node);
      case 'index':
        return this.#index(node.of, node.index);
      case 'slice':
        for (const part of node.parts) if (part !== undefined) this.evaluate(part);
        return UNKNOWN;
      case 'string': {
        if (node.parts.length === 0) return { text: '', from: 0 };
        const parts = node.parts.map((part) =>
          typeof part === 'string' ? { text: part, from: 0 } : this.evaluate(part),
        );
        this.#listener.work(sizeOf(parts));
        return concatenate(parts);
      }
      case 'number':
        return { number: node.value, from: 0 };
      case 'constant':
        return { constant: node.value, from: 0 };
      case 'operation':
        return this.#operation(node.operator, node.of);
      case 'sequence': {
        const items = node.items.map((item) => this.evaluate(item));
        return { items, from: joined(items) };
      }
      case 'dict':
        return this.#dict(node);
      case 'lambda': {
        const value = this.evaluate(node.body);
        return { from: value.from };
      }
      case 'comprehension': {
        for (const { target, of, conditions } of node.clauses) {
          this.bind(target, this.#each(this.evaluate(of)));
          for (const condition of conditions) this.evaluate(condition);
        }
        const values = node.element.map((element) => this.evaluate(element));
        return { from: joined(values) };
      }
      case 'conditional': {
        this.evaluate(node.test);
        const [then, otherwise] = [this.evaluate(node.then), this.evaluate(node.otherwise)];
        const from = then.from | otherwise.from;
        return then.path !== undefined || then.text !== undefined ? { ...then, from } : { ...otherwise, from };
      }
      case 'walrus': {
        const value = this.evaluate(node.value);
        this.bind(node.target, value);
        return value;
      }
      case 'wrapped':
        return this.evaluate(node.of);
    }
  }

  /** Binds what an assignment, a loop or a `with` names. */
  bind(target: PythonNode, value: Value): void {
    if (target.kind === 'name') this.#scopes.set(target.id, value);
    else if (target.kind === 'wrapped') this.bind(target.of, value);
    else if (target.kind === 'sequence') {
      target.items.forEach((item, at) => this.bind(item, value.items?.[at] ?? { from: value.from }));
    } else if (target.kind === 'attribute' && target.of.kind === 'name' && target.of.id === 'self') {
      this.#scopes.setOnSelf(target.name, value);
    } else if (target.kind === 'index' && target.of.kind === 'name') {
      // Something is put into a container: what comes out of it may be that.
      const container = this.#scopes.get(target.of.id);
      if (value.from !== 0) this.#scopes.set(target.of.id, { ...container, from: (container?.from ?? 0) | value.from });
      this.evaluate(target.index);
    } else this.evaluate(target);
  }

  /** What a loop's variable is. */
  #each(of: Value): Value {
    return of.items?.length === 1 ? of.items[0]! : { from: of.from };
  }

  /** What a `for` statement binds its target to. */
  bindEach(target: PythonNode, of: Value): void {
    this.bind(target, this.#each(of));
  }

  #name(id: string): Value {
    const known = this.#scopes.get(id);
    if (known !== undefined) return known;
    if (id === '__builtins__' || id === 'builtins') return { path: 'builtins', from: 0 };
    if (BUILTINS.has(id)) return { path: `builtins.${id}`, from: 0 };
    const { commands, evaluators, network } = pythonCalls();
    for (const module of this.#scopes.stars) {
      const path = `${module}.${id}`;
      if (commands.has(path) || evaluators.has(path) || network.has(path)) return { path, from: 0 };
    }
    // Imported by something that was not seen: a star, another cell, code within code.
    return { path: MODULES.has(id) ? id : `?${id}`, from: 0 };
  }

  #attribute(ofNode: PythonNode, name: string): Value {
    return this.#ofSelf(ofNode, name) ?? memberOf(this.evaluate(ofNode), name);
  }

  /** What was assigned to `self.name` in this class. */
  #ofSelf(ofNode: PythonNode, name: string): Value | undefined {
    return ofNode.kind === 'name' && ofNode.id === 'self' ? this.#scopes.get(`self.${name}`) : undefined;
  }

  #index(ofNode: PythonNode, indexNode: PythonNode): Value {
    const of = this.evaluate(ofNode);
    this.#listener.work(sizeOf([of]));
    if (indexNode.kind === 'slice') {
      const parts = indexNode.parts.map((part) => (part === undefined ? undefined : this.evaluate(part)));
      return foldIndex(of, parts, true);
    }
    const index = this.evaluate(indexNode);
    if (index.text !== undefined && of.path !== undefined) {
      if (of.path === 'sys.modules') return { path: index.text.slice(0, 100), from: FROM.computed | index.from };
      if (NAMESPACE.test(of.path)) return lookup(of.path.replace(NAMESPACE, ''), index.text, of.from | index.from);
    }
    if (of.path === 'os.environ') return { path: 'os.environ[]', from: 0 };
    if (of.path === 'builtins' && index.text !== undefined) return lookup('builtins', index.text, of.from);
    if (of.entries !== undefined && index.text !== undefined) return of.entries.get(index.text) ?? UNKNOWN;
    if (of.items !== undefined || of.text !== undefined) return foldIndex(of, [index], false);
    return attributeOf(of, '[]');
  }

  #operation(operator: string, of: readonly PythonNode[]): Value {
    const values = of.map((each) => this.evaluate(each));
    this.#listener.work(sizeOf(values));
    const [first, second] = values;
    if (operator === '+' && of.length > 1) {
      if (values.every((value) => value.items !== undefined)) {
        const items = values.flatMap((value) => value.items!);
        return items.length > MOST_ITEMS ? { from: joined(values) } : { items, from: joined(values) };
      }
      return concatenate(values);
    }
    if (operator === '%' && first?.text !== undefined && second !== undefined) return fillPercent(first.text, second);
    if (operator === '/' && (first?.text !== undefined || first?.path?.startsWith('pathlib.'))) {
      return concatenate(values.flatMap((value, at) => (at === 0 ? [value] : [{ text: '/', from: 0 }, value])));
    }
    if (operator === '-' && of.length === 1 && first?.number !== undefined) return { number: -first.number, from: 0 };
    if (operator === 'or' || operator === 'and') return { ...(second ?? UNKNOWN), from: joined(values) };
    if (['not', 'in', 'is', '==', '!=', '<', '>', '<=', '>='].includes(operator)) return UNKNOWN;
    return { from: joined(values) };
  }

  #dict(node: PythonNode & { kind: 'dict' }): Value {
    const entries = new Map<string, Value>();
    const values: Value[] = [];
    for (const [key, valueNode] of node.entries) {
      const name = key === undefined ? undefined : this.evaluate(key);
      const value = this.evaluate(valueNode);
      values.push(value);
      if (name?.text !== undefined) entries.set(name.text, value);
    }
    this.#listener.dict(entries, node.line);
    return { items: values, entries, from: joined(values) };
  }

  #call(node: PythonNode & { kind: 'call' }): Value {
    let base: Value | undefined;
    let of: Value;
    if (node.of.kind === 'attribute') {
      const own = this.#ofSelf(node.of.of, node.of.name);
      base = own === undefined ? this.evaluate(node.of.of) : undefined;
      of = own ?? memberOf(base!, node.of.name);
    } else of = this.evaluate(node.of);
    const args = node.args.map(({ name, value }) => ({ name, value: this.evaluate(value) }));
    const values = args.map(({ value }) => value);
    this.#callLambda(node.of, values);
    const given = this.#handle(of, values, node.line);
    if (given !== undefined) return given;
    const path = of.path ?? '';
    this.#listener.call({ path, of, base, args, line: node.line });
    this.#listener.work(sizeOf([base, ...values]));
    const known =
      base === undefined || node.of.kind !== 'attribute' ? undefined : foldMethod(base, node.of.name, values);
    return known ?? this.#result(path, of, values);
  }

  /** `(lambda o: o.system(…))(os)`: its body with what it is given. */
  #callLambda(of: PythonNode, values: readonly Value[]): void {
    const inner = of.kind === 'wrapped' ? of.of : of;
    if (inner.kind !== 'lambda' || inner.params.length === 0) return;
    inner.params.forEach((param, at) => this.#scopes.set(param, values[at] ?? UNKNOWN));
    this.evaluate(inner.body);
  }

  /** What a call of `operator.methodcaller('system', …)` or `operator.attrgetter('system')` gives for an object. */
  #handle(of: Value, [object]: readonly Value[], line: number): Value | undefined {
    const name = of.items?.[0]?.text;
    if (name === undefined || object?.path === undefined) return undefined;
    const method = lookup(object.path, name, object.from | of.from);
    if (of.path === 'operator.attrgetter()') return method;
    if (of.path !== 'operator.methodcaller()') return undefined;
    const args = of.items!.slice(1).map((value) => ({ name: undefined, value }));
    this.#listener.call({ path: method.path ?? '', of: method, args, line });
    return UNKNOWN;
  }

  #result(path: string, of: Value, values: readonly Value[]): Value {
    const [first, second] = values;
    if (path === 'builtins.getattr' && first?.path !== undefined && second?.text !== undefined) {
      return lookup(first.path, second.text, first.from | second.from);
    }
    if ((path === 'builtins.__import__' || path === 'importlib.import_module') && first?.text !== undefined) {
      return { path: first.text.slice(0, 100), from: FROM.computed | first.from };
    }
    if (path === 'operator.methodcaller' || path === 'operator.attrgetter')
      return { path: `${path}()`, items: values, from: FROM.computed };
    if (path.endsWith('.load_module') && first?.text !== undefined && path.startsWith('?'))
      return { path: first.text.slice(0, 100), from: FROM.computed };
    if (path === 'builtins.vars' && first?.path !== undefined) {
      return { path: `${first.path}.__dict__`, from: FROM.computed };
    }
    const { decoders, network, answers } = pythonCalls();
    if (decoders.has(path)) return { ...decoded(path, values), path: `${path}()` };
    if (path.startsWith('builtins.')) {
      const value = foldBuiltin(path.slice('builtins.'.length), values);
      if (value !== undefined) return value;
    }
    if (PATHS.test(path)) return joinPaths(values, path);
    if (path === 'os.environ.get' || path === 'os.getenv') return { path: `${path}()`, from: 0 };
    let from = joined(values) | of.from;
    // A function that decodes matters where it is given something to decode in the text itself.
    const given = values.some((value) => value.text !== undefined || value.items !== undefined);
    from |= this.#listener.returned(path) & (given ? -1 : ~FROM.decoded);
    // What a function of unknown purpose makes of the environment is no longer the environment.
    if (of.from === 0 && !KEEPS.test(path)) from &= ~(FROM.secret | FROM.host);
    if (network.has(path)) from |= FROM.network;
    if (answers.has(path) || answers.has(`${path}()`) || this.#listener.answers(path)) from |= FROM.answer;
    if (HOST.has(path)) from |= FROM.host;
    return path === '' || path.length > LONGEST ? { from } : { path: `${path}()`, from };
  }
}

const LONGEST = 190;
/** Of a list that is kept. */
const MOST_ITEMS = 10_000;
/** Calls that give back what they are given, in another form. */
const KEEPS =
  /^(?:builtins\.|json\.dumps|base64\.|binascii\.|zlib\.|gzip\.|urllib\.parse\.|pickle\.dumps|pprint\.pformat)/;
/** Calls that make paths. */
const PATHS =
  /^(?:os\.path\.(?:expanduser|expandvars|abspath|realpath|normpath|join)|pathlib\.(?:Pure)?(?:Posix|Windows)?Path)$/;
const HOST = new Set([
  ...['platform.node', 'platform.uname', 'platform.platform', 'socket.gethostname', 'socket.getfqdn'],
  ...['getpass.getuser', 'os.getlogin', 'os.uname', 'os.getcwd', 'uuid.getnode', 'psutil.net_if_addrs'],
]);

/** A member of a value. */
function memberOf(of: Value, name: string): Value {
  const { path } = of;
  if (path === 'os' && name === 'environ') return { path: 'os.environ', from: of.from | FROM.secret };
  if (path === 'os.environ' && (name === 'get' || name === 'setdefault' || name === 'pop')) {
    return { path: `${path}.${name}`, from: 0 };
  }
  if (path?.endsWith('.__builtins__')) return { path: `builtins.${name}`, from: of.from | FROM.computed };
  if (PATH_PIECES.has(name) && of.text !== undefined) return of;
  return attributeOf(of, name);
}

/** Attributes and methods of paths that are paths themselves. */
const PATH_PIECES = new Set(['parent', 'expanduser', 'resolve', 'absolute']);

/** A member by a name that is text in the program. */
function lookup(path: string, name: string, from: number): Value {
  const bits = from | FROM.computed;
  if (name === '__builtins__') return { path: 'builtins', from: bits };
  const of = path === '' || path === 'builtins.__builtins__' ? 'builtins' : path;
  const value = memberOf({ path: of, from: bits }, name.slice(0, 100));
  return { ...value, from: value.from | bits };
}

function joinPaths(values: readonly Value[], path: string): Value {
  const pieces = values.flatMap((value, at) => (at === 0 ? [value] : [{ text: '/', from: 0 }, value]));
  return { ...concatenate(pieces), path: `${path}()` };
}
