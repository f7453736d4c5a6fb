// What a pickle does, judged: each name it imports, each call, each state it sets. What is said of a name comes from the lists; here
// stands what follows from the use.
import type { ScanCapability, Severity } from '../../../contract/index.ts';
import { BeyondBudget } from '../../budget.ts';
import type { Look } from '../../format.ts';
import { MemorySource, SliceSource, type Source } from '../../source.ts';
import { Global } from './global.ts';
import { gradeOf, isStandard } from './grades.ts';
import type { Input } from './input.ts';
import { Shower } from './show-value.ts';
import { skeletonOf } from './skeleton.ts';
import type { Use } from './special.ts';
import { specialOf } from './specials.ts';
import { judgeAttribute, judgeState } from './state.ts';
import { Box, type Bytes, Made, Unknown, type Value, originOf } from './values.ts';

const DOES: Readonly<Record<ScanCapability, string>> = {
  execute: 'which can run commands or code',
  import: 'which loads modules by name',
  file: 'which reads or changes files',
  network: 'which talks to the network',
  attribute: 'which reaches any attribute by its name',
  native: 'which loads native code',
  deserialize: 'which loads other serialized data',
  exhaust: 'which exhausts memory or time',
};

/** A walk over a value's copies that is longer than this, and than the file explains, does not end. */
const ENDLESS = 1e10;
/** Containers within containers. Python's own pickler gives up long before. */
const DEEPEST = 5000;
/** Calls that lead to one another. */
const DEEPEST_CALL = 32;
/** Calls of what calls gave back, after which the next is told no more. */
const LONG_CHAIN = 16;
/** Findings of one rule and severity: more say no more. What is worse must not hide behind them. */
const MOST_SAID = 100;
/** Bytes of a text that is looked into. */
const LONGEST_TEXT = 1 << 20;
/** Bytes by which a byte string is known for a pickle. */
const HEAD = 1024;
/** A length that is declared and not there. */
const HUGE = 2 ** 28;
const CLASS = /^[A-Z]\w*$/;

/** What a name does, and which one it really is where that is not plain. */
function told({ grade: { known }, path }: Global, does: ScanCapability): string {
  return known === undefined || known === path ? DOES[does] : `that is ${known}, ${DOES[does]}`;
}

/** What can be called for certain: a name, or a part of a call that waits for the rest. */
const isFunction = (value: Value): boolean =>
  value instanceof Global || (value instanceof Made && /^_?functools$/.test(originOf(value)?.module ?? ''));

const saidKey = (rule: string, severity: Severity | undefined): string => `${rule} ${severity ?? ''}`;

export class Judge {
  readonly look: Look;
  readonly show: Shower;
  readonly #source: Source;
  readonly #globals = new Map<string, Global>();
  readonly #extensions = new Map<number, Value>();
  /** Byte strings that were looked into: one may be used often. */
  readonly #looked = new WeakMap<Bytes, boolean>();
  /** Calls that are judged within one another. */
  #within = 0;
  readonly #said: Map<string, Set<string>>;

  /** @param said - what need not be said again */
  constructor(source: Source, look: Look, said = new Map<string, Set<string>>()) {
    this.#said = said;
    this.#source = source;
    this.look = look;
    this.show = new Shower(
      ({ offset, length, data }, most) => data?.subarray(0, most) ?? source.read(offset, Math.min(length, most)),
    );
  }

  /** A judge of what may not be a pickle at all: it says only what is known to act. */
  alarmed(): Judge {
    const { look } = this;
    const report: Look['report'] = (rule, found) => {
      if (rule === 'pickle.call' || rule === 'pickle.import') look.report(rule, found);
    };
    return new Judge(this.#source, { ...look, report }, this.#said);
  }

  /** A name is imported. */
  names(module: Value, name: Value, offset: number): Value {
    if (typeof module !== 'string' || typeof name !== 'string') {
      this.report(
        'pickle.computed',
        offset,
        `imports a name that is only worked out while loading: ${this.show.value(module)}, ${this.show.value(name)}`,
        {
          capability: 'import',
        },
      );
      return new Unknown('a computed name');
    }
    return this.global(module, name, offset);
  }

  global(module: string, name: string, offset: number): Global {
    const key = `${module}\0${name}`;
    let global = this.#globals.get(key);
    if (global === undefined) {
      // Looking a name up takes a while; honest pickles have some dozens.
      this.look.budget.step(64);
      const grade = gradeOf(module, name);
      global = new Global(module, name, grade, specialOf(module, name, grade), offset);
      this.#globals.set(key, global);
      if (/[^\x20-\x7e]/.test(`${module}${name}`)) {
        this.report('pickle.disguised', offset, `imports ${module}.${name}, a name with signs beyond ASCII`);
      }
    }
    return global;
  }

  /**
   * A callable is called.
   * @param args - a tuple where all is in order
   * @returns what it gives back
   */
  calls(callable: Value, args: Value, offset: number, use: Use, kwargs?: Value): Value {
    if (this.#within >= DEEPEST_CALL) {
      const message = 'calls what calls what calls on, further than any library does';
      this.report('pickle.computed', offset, message, { capability: 'execute' });
      return new Unknown('the end of many calls');
    }
    this.#within++;
    if (this.#within > 1) this.look.budget.step(4);
    try {
      return this.#calls(callable, args, offset, use, kwargs);
    } finally {
      this.#within--;
    }
  }

  #calls(callable: Value, args: Value, offset: number, use: Use, kwargs: Value | undefined): Value {
    const items = args instanceof Box ? args.items : [];
    for (const item of items) if (item instanceof Global) item.passed = true;
    if (callable instanceof Global) {
      callable.settled = true;
      const result = callable.special?.calls?.(this, { callable, items, args, offset, use });
      if (result !== undefined) return result;
      this.#callsGlobal(callable, args, offset, use, kwargs);
      return new Made(callable, args);
    }
    if (callable instanceof Made || callable instanceof Unknown) {
      const special = callable instanceof Made && callable.by instanceof Global ? callable.by.special : undefined;
      const result = special?.called?.(this, { callable, items, args, offset, use });
      if (result !== undefined) return result;
      this.#callsComputed(callable, args, offset);
      return new Made(callable, args);
    }
    // Python refuses to call a constant.
    return new Unknown('nothing');
  }

  /** A call of what acts, in whatever use. */
  callsActing(global: Global, args: Value, offset: number): void {
    this.#callsGlobal(global, args, offset, 'call', undefined);
  }

  /** A module that a call has given back: nothing was named yet. */
  quietly(module: string, offset: number): Global {
    const global = this.global(module, '', offset);
    global.settled = true;
    return global;
  }

  #callsGlobal(global: Global, args: Value, offset: number, use: Use, kwargs: Value | undefined): void {
    const { level, capability, core } = global.grade;
    const making = use === 'new' || (use === 'init' && args instanceof Box && args.count === 0);
    if (level === 'call' && kwargs instanceof Box && kwargs.items.some((each) => isFunction(each))) {
      const message = `hands ${global.path} a function to call: ${this.show.value(kwargs)}`;
      this.report('pickle.computed', offset, message, { severity: 'medium', capability: 'execute' });
    }
    if (level === 'call' || (level === 'make' && making)) return;
    const main = level !== 'acts' && global.module === '__main__' && making && CLASS.test(global.name);
    const rule = level === 'acts' ? 'pickle.call' : main ? 'pickle.main' : 'pickle.unlisted';
    const does = capability ?? 'execute';
    const severe = does === 'execute' || does === 'native' || does === 'import';
    const severity: Severity | undefined =
      (level === 'acts' && !severe) || (level !== 'acts' && core) ? 'high' : undefined;
    // Writing a call out takes longer than following it.
    if (this.#isTold(rule, severity)) return;
    const named = kwargs instanceof Box && kwargs.count > 0 ? ` with ${this.show.value(kwargs)}` : '';
    const call = `${this.show.call(global, args)}${named}`;
    const more = severity === undefined ? {} : { severity };
    if (level === 'acts') {
      this.report(rule, offset, `calls ${call}, ${told(global, does)}`, { capability: does, ...more });
    } else if (main) {
      this.report(rule, offset, `needs a class ${global.name} of the program that loads it`);
    } else {
      const why =
        level === 'unlisted' ? 'not known to be harmless' : 'known to be harmless only where it is not called';
      this.report(rule, offset, `calls ${call}, which is ${why}`, more);
    }
  }

  #callsComputed(callable: Made | Unknown, args: Value, offset: number): void {
    // The calls before it in the chain have said so, of the same origin; showing each of a million takes seconds.
    if (callable instanceof Made && callable.chain > LONG_CHAIN) return;
    const origin = originOf(callable);
    const grave = origin === undefined || origin.grade.level === 'acts' || origin.grade.core === true;
    const severity: Severity = grave ? 'high' : 'medium';
    if (this.#isTold('pickle.computed', severity)) return;
    this.report('pickle.computed', offset, `calls what another call gave back: ${this.show.call(callable, args)}`, {
      severity,
      capability: 'execute',
    });
  }

  /** BUILD: state is given to an object. */
  builds(target: Value, state: Value, offset: number): void {
    if (target instanceof Global) {
      if (state !== null && !(state instanceof Box && state.count === 0)) {
        this.report(
          'pickle.state',
          offset,
          `changes ${target.path} itself for the whole program: sets ${this.show.value(state)}`,
        );
      }
      return;
    }
    judgeState(this, target, state, offset);
    if (target instanceof Made) target.state = state;
  }

  /** APPEND, APPENDS or ADDITEMS on what is no plain container: its method is called. */
  adds(target: Value, value: Value, offset: number): void {
    if (target instanceof Global) {
      this.report(
        'pickle.state',
        offset,
        `adds ${this.show.value(value)} to ${target.path} itself, for the whole program`,
      );
    }
  }

  /** SETITEM or SETITEMS on what is no plain dict: some classes have their items for attributes. */
  sets(target: Value, pairs: readonly Value[], offset: number): void {
    if (target instanceof Global) {
      const [key, value] = pairs;
      if (key === undefined || value === undefined) return;
      const to = this.show.value(value);
      const message = `sets ${this.show.value(key)} of ${target.path} itself, for the whole program, to ${to}`;
      this.report('pickle.state', offset, message);
    } else if (!isStandard(originOf(target)?.module ?? '')) {
      for (let at = 0; at + 1 < pairs.length; at += 2) {
        const [key, value] = [pairs[at], pairs[at + 1]!];
        if (typeof key === 'string' && isFunction(value)) judgeAttribute(this, key, value, offset);
      }
    }
  }

  extension(code: number, offset: number): Value {
    const known = this.#extensions.get(code);
    if (known !== undefined) return known;
    this.report(
      'pickle.extension',
      offset,
      `takes what is registered as extension ${code}, whatever that is where it is loaded`,
    );
    return new Unknown(`extension ${code}`);
  }

  registers(code: Value, module: Value, name: Value, offset: number): void {
    if (typeof code === 'number') this.#extensions.set(code, this.names(module, name, offset));
  }

  /** A container has grown. */
  grown(box: Box, offset: number): void {
    if (box.depth > DEEPEST) this.exhausts('nests containers so deep that Python runs out of stack', offset);
    if (box.size > ENDLESS && box.size > 1e4 * offset) {
      this.exhausts('refers to the same values again and again: a walk over them does not end', offset);
    }
  }

  /** A length is declared. */
  declared(length: number, input: Input, offset: number): void {
    if (length <= HUGE || input.has(length)) return;
    const left = Math.max(0, input.source.size - input.offset);
    if (length > 64 * left) {
      this.exhausts(
        `declares a value of ${length} bytes, for which the unpickler takes memory, and has ${left}`,
        offset,
      );
    }
  }

  frames(what: string, offset: number): void {
    this.report('pickle.frame', offset, `${what}: readers differ in what they make of that`);
  }

  hidesLength(offset: number): void {
    const message =
      'has an array of joblib whose length is only worked out while loading: what follows cannot be told from its numbers';
    this.report('pickle.computed', offset, message, { severity: 'medium' });
  }

  exhausts(what: string, offset: number): void {
    this.report('pickle.exhaust', offset, what, { capability: 'exhaust' });
  }

  report(
    rule: string,
    offset: number,
    message: string,
    more: { severity?: Severity; capability?: ScanCapability } = {},
  ): void {
    const key = saidKey(rule, more.severity);
    const said = this.#said.get(key) ?? new Set();
    if (said.has(message) || said.size >= MOST_SAID) return;
    this.#said.set(key, said.add(message));
    this.look.report(rule, { message, offset, ...more });
  }

  #isTold(rule: string, severity: Severity | undefined): boolean {
    return (this.#said.get(saidKey(rule, severity))?.size ?? 0) >= MOST_SAID;
  }

  /** Looks at a byte string of the pickle as at a file of its own. @returns what it turned out to be */
  inner(bytes: Bytes): string {
    const { offset, length, data } = bytes;
    const source = data === undefined ? new SliceSource(this.#source, offset, length) : new MemorySource(data);
    try {
      return this.look.member(`bytes at ${offset}`, source);
    } catch (thrown) {
      // What lies around it is still looked at.
      if (!(thrown instanceof BeyondBudget)) throw thrown;
      this.look.unseen(`bytes at ${offset}: ${thrown.message}`);
      return 'unknown';
    }
  }

  /** Whether a byte string has the header of a pickle, or calls something as one without would. */
  startsLikePickle(bytes: Bytes): boolean {
    let known = this.#looked.get(bytes);
    if (known === undefined) {
      const { offset, length, data } = bytes;
      const head = data?.subarray(0, HEAD) ?? this.#source.read(offset, Math.min(length, HEAD));
      known = (length >= 3 && head[0] === 0x80 && head[1]! <= 5) || skeletonOf(head, 0, length).acts;
      this.#looked.set(bytes, known);
    }
    return known;
  }

  /** A long text of the pickle; undefined where it is too long to be looked into. */
  textOf({ offset, length }: Bytes): string | undefined {
    return length > LONGEST_TEXT ? undefined : Buffer.from(this.#source.read(offset, length)).toString('utf8');
  }

  /** Says what was imported and not called: an import runs the module, and what is named may be called by others. */
  finish(): void {
    for (const global of this.#globals.values()) {
      const { level, capability, core } = global.grade;
      if (global.settled && !(global.passed && global.special !== undefined && level === 'acts')) continue;
      if (level === 'acts') {
        const does = capability ?? 'execute';
        const what = told(global, does);
        this.report('pickle.import', global.offset, `imports ${global.path}, ${what}`, { capability: does });
      } else if (level === 'unlisted') {
        if (global.module === '__main__' && CLASS.test(global.name)) {
          this.report('pickle.main', global.offset, `needs a class ${global.name} of the program that loads it`);
        } else {
          const more = core === true ? ({ severity: 'high' } as const) : {};
          this.report(
            'pickle.unlisted',
            global.offset,
            `imports ${global.path}, which is not known to be harmless`,
            more,
          );
        }
      }
    }
  }
}
