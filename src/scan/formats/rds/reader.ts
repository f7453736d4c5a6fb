// R's serialisation, item by item, on a stack of its own: nesting in the file is never nesting of calls here.
// Source: R Internals, "Serialization Formats", and serialize.c of R 4.
import type { Budget } from '../../budget.ts';
import type { RInput } from './input.ts';
import { type CodeTools, readCode, type Take, type Task } from './bytecode.ts';
import { type RNode, SEXP } from './node.ts';

/** What a reader tells of on its way. */
export interface RVisitor {
  /** `inFrame`: it is bound to a variable of an environment that is not the workspace itself. */
  promise(promise: RNode & { kind: 'promise' }, inFrame: boolean, offset: number): void;
  call(call: RNode & { kind: 'call' }, offset: number): void;
  altrep(info: RNode | undefined, state: RNode | undefined, offset: number): void;
  /** A variable whose value is a function that runs whenever it is looked at. */
  active(name: string | undefined, offset: number): void;
  note(what: 'pointer' | 'persistent', name: string, offset: number): void;
}

const MOST_TEXT = 4096;
/** Nodes that are kept in all; what comes behind is read all the same. */
const MOST_NODES = 400_000;
/** Of a vector only the first items are kept. */
const MOST_PARTS = 20;
/** Steps of an item, which is read, kept and judged. */
const ITEM_STEPS = 2;
/** Waiting pieces of work: R itself gives up on deeper nesting. */
const MOST_TASKS = 200_000;
/** Bits of an item's flags. */
const ATTRIBUTES = 1 << 9;
const TAG = 1 << 10;
/** The level that makes a binding active, and where levels begin. */
const ACTIVE = 1 << (15 + 12);

export class RReader {
  readonly #input: RInput;
  readonly #visitor: RVisitor;
  readonly #budget: Budget;
  readonly #tasks: Task[] = [];
  /** Symbols, environments and others that were read, in the order of the references to them. */
  readonly #references: (RNode | undefined)[] = [];
  #kept = 0;
  /** Environments whose frame is being read. */
  #frames = 0;

  /** What the reader of compiled code needs of this one. */
  readonly #tools: CodeTools;

  constructor(input: RInput, visitor: RVisitor, budget: Budget) {
    this.#input = input;
    this.#visitor = visitor;
    this.#budget = budget;
    this.#tools = {
      input,
      then: (...tasks) => this.#then(...tasks),
      item: (take) => this.#item(take),
      keep: (items, node) => this.#keep(items, node),
      step: () => budget.step(),
      call: (call, offset) => visitor.call(call, offset),
    };
  }

  /** Reads one object whole. @throws Malformed where it is broken, BeyondBudget */
  read(): RNode | undefined {
    let root: RNode | undefined;
    this.#item((node) => (root = node));
    for (let task = this.#tasks.pop(); task !== undefined; task = this.#tasks.pop()) task();
    return root;
  }

  /** Does pieces of work in their order, in front of what is waiting. */
  #then(...tasks: Task[]): void {
    if (this.#tasks.length > MOST_TASKS) throw this.#input.cursor.malformed('it is nested deeper than R reads');
    for (let at = tasks.length - 1; at >= 0; at--) this.#tasks.push(tasks[at]!);
  }

  #keep(items: (RNode | undefined)[], node: RNode | undefined): void {
    if (this.#kept++ < MOST_NODES) items.push(node);
  }

  #attributes(flags: number): Task[] {
    return (flags & ATTRIBUTES) !== 0 ? [() => this.#item(ignore)] : [];
  }

  #item(take: Take): void {
    this.#budget.step(ITEM_STEPS);
    const { offset } = this.#input.cursor;
    this.#typed(this.#input.integer(), take, offset);
  }

  #typed(flags: number, take: Take, offset: number): void {
    const input = this.#input;
    const type = flags & 255;
    switch (type) {
      case SEXP.nil:
      case SEXP.emptyEnvironment:
      case SEXP.baseEnvironment:
      case SEXP.global:
      case SEXP.missing:
      case SEXP.baseNamespace:
      case SEXP.genericReference:
      case SEXP.classReference:
        return take(undefined);
      case SEXP.unbound:
        return take({ kind: 'unbound' });
      case SEXP.reference: {
        const packed = flags >>> 8;
        return take(this.#references[(packed === 0 ? input.integer() : packed) - 1]);
      }
      case SEXP.persistent:
      case SEXP.package:
      case SEXP.namespace: {
        this.#references.push(undefined);
        input.integer();
        const count = input.length();
        const names: string[] = [];
        this.#strings(count, names);
        if (type === SEXP.persistent) this.#visitor.note('persistent', names.join(', '), offset);
        return take(undefined);
      }
      case SEXP.symbol: {
        const at = this.#references.length;
        this.#references.push(undefined);
        return this.#then(() =>
          this.#item((name) => {
            const node: RNode = { kind: 'symbol', value: name?.kind === 'text' ? name.value : '' };
            this.#references[at] = node;
            take(node);
          }),
        );
      }
      case SEXP.char: {
        const length = input.integer();
        const text = length === -1 ? undefined : input.text(length, MOST_TEXT);
        return take(text === undefined ? undefined : { kind: 'text', value: text });
      }
      case SEXP.pairlist:
      case SEXP.language:
      case SEXP.dots:
        return this.#pairlist(
          flags,
          { kind: type === SEXP.language ? 'call' : 'list', items: [], tags: [] },
          take,
          offset,
        );
      case SEXP.closure:
        return this.#closure(flags, take);
      case SEXP.promise:
        return this.#promise(flags, take, offset);
      case SEXP.environment:
        return this.#environment(take);
      case SEXP.string:
        return this.#stringVector(flags, take);
      case SEXP.logical:
      case SEXP.integer:
        input.skip(input.length(), 4);
        break;
      case SEXP.real:
        input.skip(input.length(), 8);
        break;
      case SEXP.complex:
        input.skip(2 * input.length(), 8);
        break;
      case SEXP.raw:
        input.bytes(input.length());
        break;
      case SEXP.special:
      case SEXP.builtin: {
        const name = input.text(input.integer(), 100);
        return take({ kind: 'symbol', value: name });
      }
      case SEXP.vector:
      case SEXP.expression:
        return this.#vector(flags, take);
      case SEXP.bytecode:
        return this.#bytecode(flags, take);
      case SEXP.pointer: {
        this.#references.push(undefined);
        this.#visitor.note('pointer', '', offset);
        this.#then(
          () => this.#item(ignore),
          () => this.#item(ignore),
          ...this.#attributes(flags),
        );
        return take(undefined);
      }
      case SEXP.weak:
        this.#references.push(undefined);
        break;
      case SEXP.object:
        break;
      case SEXP.altrep: {
        let info: RNode | undefined;
        let state: RNode | undefined;
        return this.#then(
          () => this.#item((node) => (info = node)),
          () => this.#item((node) => (state = node)),
          () => this.#item(ignore),
          () => {
            this.#visitor.altrep(info, state, offset);
            take(undefined);
          },
        );
      }
      default:
        throw input.cursor.malformed(`an item is of the type ${type}, which is not written`);
    }
    take(undefined);
    this.#then(...this.#attributes(flags));
  }

  /** One cell, and then what follows it: calls and pairlists are chains of them. */
  #pairlist(flags: number, into: RNode & { kind: 'call' | 'list' }, done: Take, offset: number): void {
    const { offset: at } = this.#input.cursor;
    this.#then(
      ...this.#attributes(flags),
      ...((flags & TAG) !== 0
        ? [() => this.#item((tag) => into.tags.push(tag?.kind === 'symbol' ? tag.value : undefined))]
        : [() => void into.tags.push(undefined)]),
      () => {
        if ((flags & ACTIVE) !== 0 && into.kind === 'list') this.#visitor.active(into.tags.at(-1), at);
        this.#item((car) => {
          this.#keep(into.items, car);
          if (into.tags.length > into.items.length) into.tags.length = into.items.length;
        });
      },
      () => {
        const next = this.#input.cursor.offset;
        const following = this.#input.integer();
        const type = following & 255;
        this.#budget.step();
        if (type === SEXP.pairlist || type === SEXP.language || type === SEXP.dots)
          this.#pairlist(following, into, done, offset);
        else {
          if (into.kind === 'call') this.#visitor.call(into as RNode & { kind: 'call' }, offset);
          done(into);
          if (type !== SEXP.nil) this.#typed(following, ignore, next);
        }
      },
    );
  }

  #closure(flags: number, take: Take): void {
    let body: RNode | undefined;
    this.#then(
      ...this.#attributes(flags),
      // Its environment, where its tag would be; its formals; its body.
      ...((flags & TAG) !== 0 ? [() => this.#item(ignore)] : []),
      () => this.#item(ignore),
      () => this.#item((node) => (body = node)),
      () => take({ kind: 'closure', body }),
    );
  }

  #promise(flags: number, take: Take, offset: number): void {
    let value: RNode | undefined;
    let code: RNode | undefined;
    const inFrame = this.#frames > 0;
    this.#then(
      ...this.#attributes(flags),
      ...((flags & TAG) !== 0 ? [() => this.#item(ignore)] : []),
      () => this.#item((node) => (value = node)),
      () => this.#item((node) => (code = node)),
      () => {
        const promise = { kind: 'promise', code, forced: value?.kind !== 'unbound' } as const;
        this.#visitor.promise(promise, inFrame, offset);
        take(promise);
      },
    );
  }

  #environment(take: Take): void {
    this.#references.push(undefined);
    this.#input.integer();
    take(undefined);
    this.#then(
      () => this.#item(ignore),
      () => {
        this.#frames++;
        this.#item(ignore);
      },
      () => this.#item(ignore),
      () => {
        this.#frames--;
        this.#item(ignore);
      },
    );
  }

  #stringVector(flags: number, take: Take): void {
    const count = this.#input.length();
    const texts: string[] = [];
    this.#strings(count, texts);
    this.#then(...this.#attributes(flags));
    const [first] = texts;
    if (count === 1 && first !== undefined) take({ kind: 'text', value: first });
    else {
      const items = texts.map((value): RNode => ({ kind: 'text', value }));
      take({ kind: 'list', items, tags: [] });
    }
  }

  /** Texts one after the other, without a task for each: vectors have millions. The first are kept. */
  #strings(count: number, kept: string[]): void {
    for (let at = 0; at < count; at++) {
      this.#budget.step();
      const flags = this.#input.integer();
      if ((flags & 255) !== SEXP.char) throw this.#input.cursor.malformed('a text is missing');
      const length = this.#input.integer();
      if (length === -1) continue;
      if (kept.length < MOST_PARTS) kept.push(this.#input.text(length, MOST_TEXT));
      else this.#input.skipText(length);
    }
  }

  #vector(flags: number, take: Take): void {
    const count = this.#input.length();
    const node: RNode & { kind: 'call' | 'list' } = { kind: 'list', items: [], tags: [] };
    let at = 0;
    const each = (): void => {
      if (at++ >= count) {
        take(node);
        return this.#then(...this.#attributes(flags));
      }
      this.#then(
        () =>
          this.#item((item) => {
            if (node.items.length < MOST_PARTS) this.#keep(node.items, item);
          }),
        each,
      );
    };
    each();
  }

  #bytecode(flags: number, take: Take): void {
    const constants: (RNode | undefined)[] = [];
    this.#input.integer();
    this.#then(
      () => readCode(this.#tools, constants),
      ...this.#attributes(flags),
      () => take({ kind: 'code', constants }),
    );
  }
}

const ignore: Take = () => undefined;
