// The pickle machine of CPython (Modules/_pickle.c), followed without running anything: stack, marks and memo are kept exactly, values
// are symbols. Everything that a pickle can do goes through the `Judge`. Where C and Python implementations differ in what they
// refuse, it goes on: what comes before a fault has been done by then, and the other one may not fault.
import { BeyondBudget, type Budget } from '../../budget.ts';
import { Frames } from './frames.ts';
import { Global } from './global.ts';
import { EndOfInput, type Input } from './input.ts';
import { arrayBehind } from './arrays.ts';
import type { Judge } from './judge.ts';
import { parseFloating, parseInteger, utf8 } from './literals.ts';
import { Memo } from './memo.ts';
import { Operands } from './operands.ts';
import { isOpcode } from './skeleton.ts';
import { Broken, Stack } from './stack.ts';
import { WEIGHTS } from './weights.ts';
import { Box, type BoxKind, Made, Unknown, type Value, boxOf } from './values.ts';

/** Why a run ended. `stop`: the pickle is whole. `broken`: no unpickler goes on from here. `spent`: the budget does not reach further. */
export type Ended = { how: 'stop'; value: Value; left: number } | { how: 'broken'; why: string } | { how: 'spent' };

/** Steps between two looks at the budget. */
const STRIDE = 2048;
/** Duplicates of the top that one pickle may make: no pickler writes DUP at all. */
const MOST_DUPS = 32;
/** Pickles within a pickle's object arrays. */
const DEEPEST = 20;

/** What the loader has under an id. Old torch gives classes so, with their source code: `('module', class, file, source)`. */
function persistent(id: Value): Value {
  const named = id instanceof Box && id.items[0] === 'module' ? id.items[1] : undefined;
  return named instanceof Global ? named : new Unknown("an object of the loader's");
}

export class Machine {
  readonly input: Input;
  readonly #judge: Judge;
  readonly #budget: Budget;
  readonly #stack: Stack;
  readonly #memo: Memo;
  readonly #depth: number;
  #dups = 0;
  /** Begin of the opcode that is looked at. */
  at = 0;
  /** Whether arrays of joblib lie within. */
  arrays = false;

  constructor(input: Input, judge: Judge, budget: Budget, depth = 0, stack = new Stack(), memo = new Memo()) {
    this.input = input;
    this.#judge = judge;
    this.#budget = budget;
    this.#depth = depth;
    this.#stack = stack;
    this.#memo = memo;
  }

  /** Follows one pickle from where the input stands up to its STOP. */
  run(): Ended {
    try {
      return this.#run();
    } catch (thrown) {
      if (thrown instanceof EndOfInput) return { how: 'broken', why: 'it ends within a value' };
      if (thrown instanceof Broken) return { how: 'broken', why: thrown.message };
      if (thrown instanceof BeyondBudget) return { how: 'spent' };
      throw thrown;
    }
  }

  #run(): Ended {
    const { input } = this;
    const operands = new Operands(input, this.#judge);
    const frames = new Frames(input.offset, (what, offset) => this.#judge.frames(what, offset));
    const stack = this.#stack.values;
    let texts = 0;
    for (let steps = 0; ;) {
      if (steps >= STRIDE) {
        steps += (operands.kept - texts) >> 3;
        texts = operands.kept;
        if (this.#budget.steps < steps + STRIDE) return { how: 'spent' };
        this.#budget.step(steps);
        steps = 0;
      }
      this.at = input.offset;
      if (frames.end !== -1 && this.at >= frames.end) frames.left(this.at);
      const opcode = input.next();
      steps += WEIGHTS[opcode & 0xff]!;
      switch (opcode) {
        case 0x28: // MARK
          this.#stack.mark();
          break;
        case 0x2e: // STOP
          this.#stack.need(1);
          this.#budget.step(steps);
          return { how: 'stop', value: stack.pop()!, left: stack.length };
        case 0x30: // POP
          this.#stack.drop();
          break;
        case 0x31: // POP_MARK
          stack.length = this.#stack.unmark();
          break;
        case 0x32: // DUP
          stack.push(this.#stack.top());
          if (++this.#dups === MOST_DUPS) this.#judge.exhausts('duplicates the same value over and over', this.at);
          break;
        case 0x4e: // NONE
          stack.push(null);
          break;
        case 0x88: // NEWTRUE
        case 0x89: // NEWFALSE
          stack.push(opcode === 0x88);
          break;
        case 0x4b: // BININT1
          stack.push(input.u8());
          break;
        case 0x4d: // BININT2
          stack.push(input.u16());
          break;
        case 0x4a: // BININT
          stack.push(input.i32());
          break;
        case 0x47: // BINFLOAT
          stack.push(input.f64());
          break;
        case 0x8c: // SHORT_BINUNICODE
          stack.push(input.text(input.u8()));
          break;
        case 0x58: // BINUNICODE
        case 0x8d: // BINUNICODE8
          stack.push(operands.text(opcode === 0x58 ? input.u32() : input.u64()));
          frames.long(input.offset);
          break;
        case 0x55: // SHORT_BINSTRING
          stack.push(input.latin1(input.u8()));
          break;
        case 0x54: // BINSTRING
          stack.push(operands.string(input.i32()));
          break;
        case 0x43: // SHORT_BINBYTES
          stack.push(operands.lazy(input.u8()));
          break;
        case 0x42: // BINBYTES
        case 0x8e: // BINBYTES8
        case 0x96: // BYTEARRAY8
          stack.push(operands.lazy(opcode === 0x42 ? input.u32() : input.u64()));
          frames.long(input.offset);
          break;
        case 0x8a: // LONG1
        case 0x8b: // LONG4
          stack.push(operands.long(opcode === 0x8a ? input.u8() : input.i32()));
          break;
        case 0x49: // INT
        case 0x4c: // LONG
          stack.push(operands.number((line) => parseInteger(line, opcode === 0x49)));
          break;
        case 0x46: // FLOAT
          stack.push(operands.number(parseFloating));
          break;
        case 0x53: // STRING
          stack.push(operands.quoted());
          break;
        case 0x56: // UNICODE
          stack.push(operands.unicode());
          break;
        case 0x5d: // EMPTY_LIST
          stack.push(new Box('list'));
          break;
        case 0x7d: // EMPTY_DICT
          stack.push(new Box('dict'));
          break;
        case 0x29: // EMPTY_TUPLE
          stack.push(new Box('tuple'));
          break;
        case 0x8f: // EMPTY_SET
          stack.push(new Box('set'));
          break;
        case 0x85: // TUPLE1
        case 0x86: // TUPLE2
        case 0x87: // TUPLE3
          this.#collect('tuple', this.#stack.need(opcode - 0x84));
          break;
        case 0x74: // TUPLE
          this.#collect('tuple', this.#stack.unmark());
          break;
        case 0x6c: // LIST
          this.#collect('list', this.#stack.unmark());
          break;
        case 0x64: // DICT
          this.#collect('dict', this.#stack.unmark());
          break;
        case 0x91: // FROZENSET
          this.#collect('set', this.#stack.unmark());
          break;
        case 0x61: // APPEND
          this.#add(this.#stack.need(1));
          break;
        case 0x65: // APPENDS
        case 0x90: // ADDITEMS
          this.#add(this.#stack.unmark());
          break;
        case 0x73: // SETITEM
          this.#set(this.#stack.need(2));
          break;
        case 0x75: // SETITEMS
          this.#set(this.#stack.unmark());
          break;
        case 0x67: // GET
          this.#get(operands.index());
          break;
        case 0x68: // BINGET
          this.#get(input.u8());
          break;
        case 0x6a: // LONG_BINGET
          this.#get(input.u32());
          break;
        case 0x70: // PUT
          this.#put(operands.index());
          break;
        case 0x71: // BINPUT
          this.#put(input.u8());
          break;
        case 0x72: // LONG_BINPUT
          this.#put(input.u32());
          break;
        case 0x94: // MEMOIZE
          this.#memo.set(this.#memo.size, this.#stack.top());
          break;
        case 0x63: // GLOBAL
          stack.push(this.#named());
          break;
        case 0x93: {
          // STACK_GLOBAL
          const name = this.#stack.pop();
          stack.push(this.#judge.names(this.#stack.pop(), name, this.at));
          break;
        }
        case 0x69: {
          // INST
          const named = this.#named();
          const args = stack.splice(this.#stack.unmark());
          stack.push(this.#judge.calls(named, boxOf('tuple', args), this.at, 'init'));
          break;
        }
        case 0x6f: {
          // OBJ
          const args = stack.splice(this.#stack.unmark());
          if (args.length === 0) throw new Broken('an OBJ has no class');
          stack.push(this.#judge.calls(args[0]!, boxOf('tuple', args.slice(1)), this.at, 'init'));
          break;
        }
        case 0x52: {
          // REDUCE
          const args = this.#stack.pop();
          stack.push(this.#judge.calls(this.#stack.pop(), args, this.at, 'call'));
          break;
        }
        case 0x81: {
          // NEWOBJ
          const args = this.#stack.pop();
          stack.push(this.#judge.calls(this.#stack.pop(), args, this.at, 'new'));
          break;
        }
        case 0x92: {
          // NEWOBJ_EX
          const kwargs = this.#stack.pop();
          const args = this.#stack.pop();
          stack.push(this.#judge.calls(this.#stack.pop(), args, this.at, 'new', kwargs));
          break;
        }
        case 0x62: {
          // BUILD
          const state = this.#stack.pop();
          const target = this.#stack.top();
          this.#judge.builds(target, state, this.at);
          const array = target instanceof Made ? this.#array(target) : undefined;
          if (array !== undefined) {
            stack[stack.length - 1] = array;
            frames.outside(input.offset);
          }
          break;
        }
        case 0x82: // EXT1
          stack.push(this.#judge.extension(input.u8(), this.at));
          break;
        case 0x83: // EXT2
          stack.push(this.#judge.extension(input.u16(), this.at));
          break;
        case 0x84: // EXT4
          stack.push(this.#judge.extension(input.i32(), this.at));
          break;
        case 0x50: // PERSID
          stack.push(new Unknown(`the loader's object ${input.line().slice(0, 40)}`));
          break;
        case 0x51: // BINPERSID
          stack.push(persistent(this.#stack.pop()));
          break;
        case 0x80: // PROTO
          input.u8();
          frames.outside(input.offset);
          break;
        case 0x95: // FRAME. C refuses one that goes beyond the end, Python does not: so it refuses nothing here.
          frames.open(this.at, this.at + 9, input.u64());
          break;
        case 0x97: // NEXT_BUFFER
          stack.push(new Unknown('a buffer of the loader'));
          break;
        case 0x98: // READONLY_BUFFER
          this.#stack.need(1);
          break;
        case -1:
          throw new Broken('it ends without a STOP');
        default:
          throw new Broken(`0x${opcode.toString(16).padStart(2, '0')} is no opcode`);
      }
    }
  }

  /** Passes over the array behind a wrapper of joblib. @returns what joblib puts in the wrapper's place */
  #array(wrapper: Made): Value | undefined {
    const behind = arrayBehind(wrapper);
    if (behind === undefined) return undefined;
    const { input } = this;
    if (behind.length === 'unknown') {
      this.#judge.hidesLength(this.at);
      return undefined;
    }
    this.arrays = true;
    if (this.#depth >= DEEPEST) throw new Broken(`object arrays are nested more than ${DEEPEST} deep`);
    // Whoever loads this with pickle alone has the array's bytes run as opcodes.
    if (isOpcode(input.peek())) {
      const values = this.#stack.values.slice(-64);
      const judge = this.#judge.alarmed();
      new Machine(input.fork(), judge, this.#budget, DEEPEST, new Stack(values), this.#memo.fork()).run();
      judge.finish();
    }
    if (behind.length === 'pickle') {
      const ended = new Machine(input, this.#judge, this.#budget, this.#depth + 1).run();
      if (ended.how === 'broken') throw new Broken(ended.why);
      if (ended.how === 'spent') throw new BeyondBudget('the budget is spent');
    } else {
      if (behind.aligned) input.skip(input.u8());
      input.skip(behind.length);
    }
    return new Unknown('an array');
  }

  /** Values from `start` on become one container. */
  #collect(kind: BoxKind, start: number): void {
    const stack = this.#stack.values;
    const box = new Box(kind);
    box.extend(stack, start);
    stack.length = start;
    stack.push(box);
    this.#judge.grown(box, this.at);
  }

  #add(start: number): void {
    const stack = this.#stack.values;
    const target = this.#stack.below(start);
    if (target instanceof Box) {
      target.extend(stack, start);
      this.#judge.grown(target, this.at);
    } else if (start < stack.length) this.#judge.adds(target, stack[start]!, this.at);
    stack.length = start;
  }

  #set(start: number): void {
    const stack = this.#stack.values;
    const target = this.#stack.below(start);
    if (target instanceof Box) {
      target.extend(stack, start);
      this.#judge.grown(target, this.at);
    } else this.#judge.sets(target, stack.slice(start), this.at);
    stack.length = start;
  }

  #get(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) throw new Broken(`nothing is memoised as ${index}`);
    this.#stack.values.push(value);
  }

  #put(index: number): void {
    const value = this.#stack.top();
    // The unpickler makes room for twice the index. A pickler numbers in order, and each number takes two bytes at least.
    if (index > 65_536 + this.input.offset) {
      this.#judge.exhausts(
        `memoises at ${index}, for which the unpickler takes ${Math.round(index / 2 ** 26)} GB of memory`,
        this.at,
      );
    }
    this.#budget.step(this.#memo.set(index, value));
  }

  /** The name that GLOBAL and INST give in two lines. Whatever follows, its module is imported. */
  #named(): Value {
    const { input } = this;
    const module = utf8(input.line());
    return this.#judge.names(module, input.peek() === -1 ? '' : utf8(input.line()), this.at);
  }
}
