// Writes pickles opcode by opcode, as an attacker or a pickler would: what the tests of the scanner look at.

/** Bytes of one value or more on the stack. */
export type Part = Buffer;

const bytes = (...codes: number[]): Part => Buffer.from(codes);
const u32 = (value: number): Part => {
  const out = Buffer.alloc(4);
  out.writeUInt32LE(value);
  return out;
};
const u64 = (value: number | bigint): Part => {
  const out = Buffer.alloc(8);
  out.writeBigUInt64LE(BigInt(value));
  return out;
};

export const join = (...parts: readonly Part[]): Part => Buffer.concat(parts);

/** A pickle with its header and STOP. */
export const pickle = (...parts: readonly Part[]): Buffer => join(bytes(0x80, 4), ...parts, STOP);
/** One without a header, as protocols 0 and 1 are. */
export const headerless = (...parts: readonly Part[]): Buffer => join(...parts, STOP);

export const MARK = bytes(0x28);
export const STOP = bytes(0x2e);
export const POP = bytes(0x30);
export const POP_MARK = bytes(0x31);
export const DUP = bytes(0x32);
export const REDUCE = bytes(0x52);
export const BUILD = bytes(0x62);
export const NEWOBJ = bytes(0x81);
export const NEWOBJ_EX = bytes(0x92);
export const OBJ = bytes(0x6f);
export const APPEND = bytes(0x61);
export const APPENDS = bytes(0x65);
export const ADDITEMS = bytes(0x90);
export const SETITEM = bytes(0x73);
export const SETITEMS = bytes(0x75);
export const MEMOIZE = bytes(0x94);
export const STACK_GLOBAL = bytes(0x93);
export const BINPERSID = bytes(0x51);
export const EMPTY_LIST = bytes(0x5d);
export const EMPTY_DICT = bytes(0x7d);
export const EMPTY_TUPLE = bytes(0x29);
export const EMPTY_SET = bytes(0x8f);
export const NONE = bytes(0x4e);
export const TRUE = bytes(0x88);
export const TUPLE = bytes(0x74);

export const get = (index: number): Part => bytes(0x68, index);
export const put = (index: number): Part => bytes(0x71, index);
export const longPut = (index: number): Part => join(bytes(0x72), u32(index));
export const ext = (code: number): Part => bytes(0x82, code);
export const frame = (length: number | bigint): Part => join(bytes(0x95), u64(length));
export const int = (value: number): Part => {
  const out = Buffer.alloc(5, 0x4a);
  out.writeInt32LE(value, 1);
  return out;
};

export const text = (value: string): Part => {
  const utf8 = Buffer.from(value);
  return utf8.length < 256 ? join(bytes(0x8c, utf8.length), utf8) : join(bytes(0x58), u32(utf8.length), utf8);
};
/** SHORT_BINSTRING, a string of Python 2. */
export const string = (value: string): Part => join(bytes(0x55, value.length), Buffer.from(value, 'latin1'));
/** UNICODE, a line of protocol 0. */
export const unicodeLine = (value: string): Part => Buffer.from(`V${value}\n`);
export const byteString = (value: Uint8Array): Part => join(bytes(0x42), u32(value.length), Buffer.from(value));
/** BINBYTES8 with a length of its own. */
export const hugeBytes = (length: bigint): Part => join(bytes(0x8e), u64(length));

export const global = (module: string, name: string): Part => Buffer.from(`c${module}\n${name}\n`);
export const stackGlobal = (module: string, name: string): Part => join(text(module), text(name), STACK_GLOBAL);
/** INST: a class in two lines, its arguments between a MARK and it. */
export const inst = (module: string, name: string, ...args: readonly Part[]): Part =>
  join(MARK, ...args, Buffer.from(`i${module}\n${name}\n`));

export const tuple = (...items: readonly Part[]): Part =>
  items.length === 0
    ? EMPTY_TUPLE
    : items.length <= 3
      ? join(...items, bytes(0x84 + items.length))
      : join(MARK, ...items, TUPLE);
export const list = (...items: readonly Part[]): Part => join(EMPTY_LIST, MARK, ...items, APPENDS);
export const dict = (...pairs: readonly Part[]): Part => join(EMPTY_DICT, MARK, ...pairs, SETITEMS);

/** The call of what is on the stack. */
export const call = (callable: Part, ...args: readonly Part[]): Part => join(callable, tuple(...args), REDUCE);
/** An instance that is made without its constructor and given state. */
export const instance = (type: Part, ...pairs: readonly Part[]): Part =>
  join(type, EMPTY_TUPLE, NEWOBJ, dict(...pairs), BUILD);
/** A harmless state dict around a value. */
export const wrapped = (value: Part): Part => dict(text('version'), text('1.2'), text('state'), value);
