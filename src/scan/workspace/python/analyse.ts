// Python code read for what it would do: names traced, constants folded, calls judged by when they run.
import { type PythonStatement, PythonTooDeep, PythonTooLong, readPython } from '../../../reader/index.ts';
import type { Look } from '../../format.ts';
import { MemorySource } from '../../source.ts';
import { pythonCalls } from './calls.ts';
import { type Call, Evaluator, type Listener } from './evaluate.ts';
import { Fetched } from './fetched.ts';
import { Inventory } from './inventory.ts';
import { type Judgement, type When, judgeCall } from './judge.ts';
import { type Running, Scopes } from './scope.ts';
import { FROM, GAP, type Value, commandText } from './value.ts';

export interface PythonContext {
  /** Base name of the file. */
  readonly name: string;
  /** What a person runs step by step (a notebook): nothing in it runs by being loaded. */
  readonly interactive?: boolean;
}

/** Code within code that is read: text given to exec. */
const DEEPEST_CODE = 4;
/** A token costs more than other steps: it is read, put into an expression, and traced. */
const TOKEN = 6;
/** Steps of a call, and of one that runs a command: that is held against every form of attack. */
const CALL = 20;
const COMMAND = 150;
/** Functions that a loader or a user of a model calls without anybody naming them. */
const LOADED = /^(?:__\w+__|initialize|load_context|_load_pyfunc)$/;
/** Classes that servers look for by name: Triton's Python backend, inference endpoints. */
const LOADED_CLASSES = new Set(['TritonPythonModel', 'EndpointHandler']);
const REDUCES = new Set(['__reduce__', '__reduce_ex__']);

interface Noted {
  readonly judgement: Judgement;
  readonly running: Running;
  readonly line: number;
}

/** @param texts - a module, or the cells of a notebook: each begins anew, and lines are counted through all of them */
export function analysePython(texts: readonly string[], look: Look, context: PythonContext): void {
  const returned = new Map<string, number>();
  const told = new Set<string>();
  let analysis = new Analysis(look, context, returned, told);
  try {
    analysis.read(texts);
    // Functions may be called above where they are written: what they return is known only now.
    const known = [...returned.values()].some((from) => (from & (FROM.answer | FROM.network | FROM.decoded)) !== 0);
    if (known) {
      const second = new Analysis(look, context, returned, told);
      second.read(texts);
      analysis = second;
    }
  } finally {
    // What was seen before the budget ended is told all the same.
    analysis.report();
  }
}

class Analysis implements Listener {
  readonly #look: Look;
  readonly #toLine: (line: number) => number;
  readonly #step = (): void => this.#look.budget.step(TOKEN);
  readonly #context: PythonContext;
  readonly #returned: Map<string, number>;
  /** What was reported at once, so that a second reading does not say it again. */
  readonly #told: Set<string>;
  readonly #scopes = new Scopes();
  readonly #evaluator = new Evaluator(this.#scopes, this);
  readonly #inventory: Inventory;
  readonly #noted: Noted[] = [];
  readonly #calls = new Map<string | undefined, Set<string>>();
  /** Functions that run a parameter of theirs. */
  readonly #runners = new Map<string, { readonly path: string; readonly at: number; readonly param: string }>();
  readonly #params = new Map<string, readonly string[]>();
  #model: boolean;
  #depth = 0;
  /** Lines of the texts before the one that is read. */
  #base = 0;
  /** Line of the outermost code, while code within it is read. */
  #within: number | undefined;
  #connects = false;
  readonly #fetched = new Fetched();
  #spawns: { readonly running: Running; readonly line: number } | undefined;

  constructor(look: Look, context: PythonContext, returned: Map<string, number>, told: Set<string>) {
    this.#look = look;
    this.#context = context;
    this.#returned = returned;
    this.#told = told;
    this.#toLine = (line) => line + this.#base;
    this.#model = context.interactive !== true && pythonCalls().modelFiles.test(context.name);
    this.#inventory = new Inventory(look, this.#toLine, told);
  }

  read(texts: readonly string[]): void {
    for (const text of texts) {
      try {
        for (const statement of readPython(text, this.#step)) this.#statement(statement);
      } catch (thrown) {
        this.#cut(thrown);
      }
      this.#scopes.leaveTo(0);
      this.#base += text.split('\n').length;
    }
  }

  /** Says what was not read of a text that could not be read on. */
  #cut(thrown: unknown): void {
    if (thrown instanceof PythonTooLong) {
      this.#look.unseen(`${thrown.message}; the rest was not looked at`);
    } else if (thrown instanceof PythonTooDeep) {
      const line = this.#toLine(this.#within ?? thrown.line);
      this.#look.report('python.too-deep', { message: `${thrown.message}; the rest was not looked at`, line });
    } else throw thrown;
  }

  /** Reports what was noted, now that it is known what runs when. */
  report(): void {
    if (this.#connects && this.#spawns !== undefined) {
      const message = 'gives a terminal to what it connects to';
      const judgement: Judgement = () => ({ rule: 'python.reverse-shell', capability: 'execute', message });
      this.#noted.push({ judgement, ...this.#spawns });
    }
    const loaded = this.#reached();
    const seen = new Set<string>();
    for (const { judgement, running, line } of this.#noted) {
      const verdict = judgement(this.#when(running, loaded), this.#model);
      if (verdict === undefined) continue;
      const { rule, ...found } = verdict;
      const key = `${rule}\0${line}\0${verdict.message}`;
      if (seen.has(key)) continue;
      seen.add(key);
      this.#look.report(rule, { ...found, line });
    }
  }

  #when({ def, main }: Running, loaded: ReadonlySet<string>): When {
    if (this.#context.interactive === true) return 'call';
    if (main) return 'main';
    if (def === undefined || loaded.has(def)) return 'load';
    return this.#model ? 'use' : 'call';
  }

  /** Functions that run as the file is loaded: called from the top of it, or from one that is. */
  #reached(): ReadonlySet<string> {
    const reached = new Set<string>();
    const left = [...(this.#calls.get(undefined) ?? [])];
    for (let name = left.pop(); name !== undefined; name = left.pop()) {
      if (reached.has(name) || !this.#params.has(name)) continue;
      reached.add(name);
      left.push(...(this.#calls.get(name) ?? []));
    }
    if (this.#model) for (const name of this.#params.keys()) if (LOADED.test(name)) reached.add(name);
    return reached;
  }

  #note(judgement: Judgement, line: number): void {
    this.#noted.push({ judgement, running: this.#scopes.running, line: this.#toLine(this.#within ?? line) });
  }

  #statement(statement: PythonStatement): void {
    this.#scopes.leaveTo(statement.indent);
    switch (statement.kind) {
      case 'import':
        for (const { module, name, as } of statement.names) this.#import(module, name, as);
        break;
      case 'def':
        for (const value of statement.defaults) this.#evaluator.evaluate(value);
        this.#scopes.set(statement.name, { path: `?${statement.name}`, from: 0 });
        this.#params.set(statement.name, statement.params);
        this.#scopes.enter('def', statement.name, statement.indent, statement.params);
        break;
      case 'class':
        for (const { value } of statement.bases) {
          const base = this.#evaluator.evaluate(value).path ?? '';
          if (this.#context.interactive !== true && pythonCalls().modelBases.has(base.slice(base.search(/[^.?]*$/)))) {
            this.#model = true;
          }
        }
        if (LOADED_CLASSES.has(statement.name)) this.#model = true;
        this.#scopes.set(statement.name, { path: `?${statement.name}`, from: 0 });
        this.#scopes.enter('class', statement.name, statement.indent);
        break;
      case 'decorator':
        this.#decorator(statement);
        break;
      case 'assign':
        this.#assign(statement);
        break;
      case 'for':
        this.#evaluator.bindEach(statement.target, this.#evaluator.evaluate(statement.of));
        break;
      case 'with':
        for (const { value, target } of statement.items) {
          const entered = this.#evaluator.evaluate(value);
          if (target !== undefined) this.#evaluator.bind(target, entered);
        }
        break;
      case 'if': {
        const { test } = statement;
        this.#evaluator.evaluate(test);
        const isMain =
          test.kind === 'operation' &&
          test.of.some((each) => each.kind === 'name' && each.id === '__name__') &&
          test.operator === '==';
        if (isMain) this.#scopes.enter('main', '', statement.indent);
        break;
      }
      case 'return':
        for (const value of statement.values) this.#return(this.#evaluator.evaluate(value), statement.line);
        break;
      case 'expression':
        for (const value of statement.values) this.#evaluator.evaluate(value);
        break;
    }
  }

  #import(module: string, name: string | undefined, as: string | undefined): void {
    this.#inventory.import(name === undefined || name === '*' ? module : `${module}.${name}`);
    if (name === '*') this.#scopes.stars.push(module);
    else if (name !== undefined) this.#scopes.set(as ?? name, { path: `${module}.${name}`, from: 0 });
    else if (as !== undefined) this.#scopes.set(as, { path: module, from: 0 });
    else {
      const top = module.split('.', 1)[0]!;
      this.#scopes.set(top, { path: top, from: 0 });
    }
  }

  #decorator({ value, line }: PythonStatement & { kind: 'decorator' }): void {
    const of = this.#evaluator.evaluate(value);
    const path = of.path ?? '';
    const { commands, evaluators } = pythonCalls();
    // `@exec` above a definition calls it with what is defined.
    if (commands.has(path) || path === 'builtins.exec' || path === 'builtins.eval') {
      this.#note(
        () => ({ rule: 'python.hidden-call', capability: 'execute', message: `decorates with ${path}` }),
        line,
      );
    } else if (evaluators.has(path)) this.call({ path, of, args: [], line });
    if (/(?:^|\.)tool$|(?:^|\.)tool\(\)$/.test(path))
      this.#look.asset('tool', `a tool of line ${this.#toLine(line)}`, path.replace('?', ''));
  }

  #assign({ targets, value: node, operator, line }: PythonStatement & { kind: 'assign' }): void {
    const { commands } = pythonCalls();
    let value = this.#evaluator.evaluate(node);
    for (const target of targets) {
      if (operator === '+=' && target.kind === 'name') {
        const before = this.#evaluator.evaluate(target);
        const sum = before.text !== undefined && value.text !== undefined ? { text: before.text + value.text } : {};
        const long = (sum.text?.length ?? 0) > 1 << 20;
        value = { ...(long ? {} : sum), from: before.from | value.from };
      }
      const path = value.path ?? '';
      const dangerous = commands.has(path) || path === 'builtins.exec' || path === 'builtins.eval';
      const special = target.kind === 'name' && /^__\w+__$/.test(target.id) && !this.#scopes.atModule;
      if (
        dangerous &&
        (target.kind === 'attribute' || special) &&
        !(target.kind === 'attribute' && target.of.kind === 'name' && target.of.id === 'self')
      ) {
        const message = `puts ${path} in place of another function`;
        this.#note(
          (when, model) =>
            model || when === 'load' ? { rule: 'python.hidden-call', capability: 'execute', message } : undefined,
          line,
        );
      }
      this.#evaluator.bind(target, value);
      if (target.kind === 'name' && /(?:^|_)SYSTEM_?(?:PROMPT|MESSAGE|INSTRUCTION)/i.test(target.id))
        this.#inventory.prompt(value, line);
    }
  }

  #return(value: Value, line: number): void {
    const def = this.#scopes.innermost;
    if (def === undefined) return;
    if (value.from !== 0) this.#returned.set(def, (this.#returned.get(def) ?? 0) | value.from);
    if (!REDUCES.has(def)) return;
    const called = value.items?.[0]?.path ?? '';
    const { commands, evaluators } = pythonCalls();
    if (commands.has(called) || evaluators.has(called)) {
      const args = value.items?.[1];
      const text = args === undefined ? GAP : commandText(args);
      const message = `makes pickles that call ${called}(${text === GAP ? '…' : `"${text.slice(0, 100)}"`}) when they are loaded`;
      this.#note(
        (_when, model) => ({
          rule: 'python.pickle-payload',
          severity: model ? 'high' : 'medium',
          capability: 'execute',
          message,
        }),
        line,
      );
    }
  }

  call(call: Call): void {
    const { path, args, line } = call;
    this.#look.budget.step(pythonCalls().commands.has(path) ? COMMAND : CALL);
    const { def } = this.#scopes.running;
    const local = /^\?(?:self\.|cls\.)?(\w+)$/.exec(path)?.[1];
    if (local !== undefined) this.#callLocal(local, call, def);
    this.#inventory.call(call);
    for (const judgement of judgeCall(call)) this.#note(judgement, line);
    this.#remember(call);
    const first = args[0]?.value;
    if (
      (path === 'pickle.loads' || path === '_pickle.loads') &&
      first?.text !== undefined &&
      !first.text.includes(GAP)
    ) {
      const name = `line ${this.#toLine(this.#within ?? line)}.pkl`;
      this.#look.budget.step(COMMAND);
      if (!this.#told.has(name)) this.#look.member(name, new MemorySource(Buffer.from(first.text, 'latin1')));
      this.#told.add(name);
    }
    if (pythonCalls().evaluators.has(path)) for (const { value } of args) this.#code(value, line);
  }

  /** Code in a constant is read as code. */
  #code({ text }: Value, line: number): void {
    if (text === undefined || this.#depth >= DEEPEST_CODE || text.length < 4) return;
    const outer = this.#within;
    this.#within ??= line;
    this.#depth++;
    try {
      this.#readWithin(text);
    } catch (thrown) {
      this.#cut(thrown);
    }
    this.#depth--;
    this.#within = outer;
  }

  #readWithin(text: string): void {
    for (const statement of readPython(text, this.#step)) {
      // It runs where the call stands: its own indentation says nothing of scopes around.
      if (statement.kind === 'def' || statement.kind === 'class' || statement.kind === 'if') continue;
      this.#statement({ ...statement, indent: Number.MAX_SAFE_INTEGER });
    }
  }

  #callLocal(name: string, { args, line }: Call, def: string | undefined): void {
    let calls = this.#calls.get(def);
    if (calls === undefined) this.#calls.set(def, (calls = new Set()));
    // Under `__main__` nothing runs by being loaded.
    if (!(def === undefined && this.#scopes.running.main)) calls.add(name);
    const runner = this.#runners.get(name);
    const value =
      runner === undefined ? undefined : (args.find((arg) => arg.name === runner.param) ?? args[runner.at])?.value;
    if (runner !== undefined && value !== undefined && (value.text !== undefined || value.from !== 0)) {
      this.#forward(runner.path, value, line);
    }
  }

  #forward(path: string, value: Value, line: number): void {
    for (const judgement of judgeCall({ path, of: { path, from: 0 }, args: [{ name: undefined, value }], line }))
      this.#note(judgement, line);
  }

  /** What is told by several calls together, or by calls of the function that this one is in. */
  #remember({ path, args, line }: Call): void {
    if (/^socket\.(?:socket\(\)\.connect(?:_ex)?|create_connection)$/.test(path)) this.#connects = true;
    if (path === 'pty.spawn')
      this.#spawns ??= { running: this.#scopes.running, line: this.#toLine(this.#within ?? line) };
    const fetched = this.#fetched.call(path, args);
    if (fetched !== undefined) this.#note(fetched, line);
    const param = args[0]?.value.param;
    const def = this.#scopes.innermost;
    if (param === undefined || def === undefined) return;
    const { commands, evaluators } = pythonCalls();
    if (!commands.has(path) && !evaluators.has(path)) return;
    const params = (this.#params.get(def) ?? []).filter((name) => name !== 'self' && name !== 'cls');
    const at = params.indexOf(param);
    if (at !== -1) this.#runners.set(def, { path, at, param });
  }

  dict(entries: ReadonlyMap<string, Value>, line: number): void {
    this.#inventory.dict(entries, line);
  }

  work(units: number): void {
    this.#look.budget.step(units);
  }

  returned(path: string): number {
    const name = /^\?(?:self\.|cls\.)?(\w+)$/.exec(path)?.[1];
    return name === undefined ? 0 : (this.#returned.get(name) ?? 0) & ~FROM.secret;
  }

  answers(path: string): boolean {
    const { answersWith } = pythonCalls();
    for (const module in answersWith) {
      if (answersWith[module]!.has(path) && [...this.#inventory.imported].some((name) => name.startsWith(module)))
        return true;
    }
    return false;
  }
}
