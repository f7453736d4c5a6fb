// A small writer of HDF5: version 0 superblock, version 1 object headers with links in them, as h5py can read.
import { u16, u32, u64, u8 } from './configs.ts';

const NOWHERE = u64(-1);

const padded = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc((8 - (bytes.length % 8)) % 8)]);
const text = (value: string): Buffer => Buffer.from(`${value}\0`);

export interface Message {
  readonly type: number;
  readonly data: Buffer;
}

const dataspace = (...sizes: (number | bigint)[]): Buffer =>
  Buffer.concat([u8(1, sizes.length, 0, 0, 0, 0, 0, 0), ...sizes.map(u64)]);
const fixedText = (size: number): Buffer => Buffer.concat([u8(0x13, 0, 0, 0), u32(size)]);
/** 32-bit integers, little-endian. */
const INTEGER = Buffer.concat([u8(0x10, 8, 0, 0), u32(4), u16(0), u16(32)]);
/** Texts of any length. */
const LONG_TEXT = Buffer.concat([u8(0x19, 1, 0, 0), u32(16), u8(0x10, 0, 0, 0), u32(1), u16(0), u16(8)]);

export class Hdf5Writer {
  /** In front of the superblock. */
  readonly #block: Buffer;
  readonly #parts: Buffer[] = [];
  #end = 96;

  constructor(block: Buffer = Buffer.alloc(0)) {
    this.#block = block;
  }

  /** Puts bytes behind what is there. @returns their address */
  put(bytes: Buffer): number {
    const at = this.#end;
    this.#parts.push(padded(bytes));
    this.#end += padded(bytes).length;
    return at;
  }

  /** An object header. @returns its address */
  object(...messages: Message[]): number {
    const bodies = messages.map(({ type, data }) => {
      const body = padded(data);
      return Buffer.concat([u16(type), u16(body.length), u8(0, 0, 0, 0), body]);
    });
    const size = bodies.reduce((sum, body) => sum + body.length, 0);
    return this.put(Buffer.concat([u8(1, 0), u16(messages.length), u32(1), u32(size), u32(0), ...bodies]));
  }

  /** References to texts that vary in length, which lie in a heap of their own. */
  longTexts(values: readonly Buffer[]): Buffer {
    const objects = values.map((value, at) =>
      Buffer.concat([u16(at + 1), u16(1), u32(0), u64(value.length), padded(value)]),
    );
    const used = objects.reduce((sum, each) => sum + each.length, 16);
    const heap = Buffer.alloc(Math.max(4096, used + 16));
    Buffer.concat([Buffer.from('GCOL'), u8(1, 0, 0, 0), u64(heap.length), ...objects]).copy(heap);
    // What is left is an object of its own, number 0.
    u64(heap.length - used).copy(heap, used + 8);
    const address = this.put(heap);
    return Buffer.concat(values.map((value, at) => Buffer.concat([u32(value.length), u64(address), u32(at + 1)])));
  }

  localHeap(names: Buffer): number {
    const data = this.put(names);
    return this.put(Buffer.concat([Buffer.from('HEAP'), u8(0, 0, 0, 0), u64(names.length), u64(1), u64(data)]));
  }

  /** @param root - address of the root group's header */
  file(root: number): Buffer {
    const head = Buffer.concat([
      Buffer.from('\x89HDF\r\n\x1a\n', 'latin1'),
      u8(0, 0, 0, 0, 0, 8, 8, 0),
      u16(4),
      u16(16),
      u32(0),
      u64(this.#block.length),
      NOWHERE,
      u64(this.#end + this.#block.length),
      NOWHERE,
      u64(0),
      u64(root),
      Buffer.alloc(24),
    ]);
    return Buffer.concat([this.#block, head, ...this.#parts]);
  }
}

const attributeMessage = (name: string, type: Buffer, space: Buffer, data: Buffer): Message => ({
  type: 0x0c,
  data: Buffer.concat([
    u8(1, 0),
    u16(Buffer.byteLength(name) + 1),
    u16(type.length),
    u16(space.length),
    padded(text(name)),
    padded(type),
    padded(space),
    data,
  ]),
});

/** An attribute of fixed length. */
export const attribute = (name: string, value: string | Buffer): Message => {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  return attributeMessage(name, fixedText(bytes.length), dataspace(), bytes);
};

/** An attribute of any length. */
export const longAttribute = (writer: Hdf5Writer, name: string, value: string): Message =>
  attributeMessage(name, LONG_TEXT, dataspace(), writer.longTexts([Buffer.from(value)]));

const linkHead = (name: string, type?: number): Buffer =>
  Buffer.concat([
    u8(1, type === undefined ? 0 : 8),
    type === undefined ? u8() : u8(type),
    u8(name.length),
    Buffer.from(name),
  ]);

export const hardLink = (name: string, address: number): Message => ({
  type: 0x06,
  data: Buffer.concat([linkHead(name), u64(address)]),
});
export const softLink = (name: string, target: string): Message => ({
  type: 0x06,
  data: Buffer.concat([linkHead(name, 1), u16(target.length), Buffer.from(target)]),
});
export const externalLink = (name: string, file: string, object: string): Message => {
  const value = Buffer.concat([u8(0), text(file), text(object)]);
  return { type: 0x06, data: Buffer.concat([linkHead(name, 64), u16(value.length), value]) };
};
export const userLink = (name: string): Message => ({
  type: 0x06,
  data: Buffer.concat([linkHead(name, 70), u16(2), Buffer.from('ab')]),
});
/** Makes an object a group whose links stand in its header. */
export const group: Message = { type: 0x02, data: Buffer.concat([u8(0, 0), NOWHERE, NOWHERE]) };

/** The parts of a dataset. */
export const dataset = {
  space: (...sizes: (number | bigint)[]): Message => ({ type: 0x01, data: dataspace(...sizes) }),
  integers: { type: 0x03, data: INTEGER } as Message,
  longTexts: { type: 0x03, data: LONG_TEXT } as Message,
  contiguous: (address: number | bigint, size: number): Message => ({
    type: 0x08,
    data: Buffer.concat([u8(3, 1), u64(address), u64(size)]),
  }),
  virtual: { type: 0x08, data: Buffer.concat([u8(4, 3), u64(0), u32(0)]) } as Message,
  external: (writer: Hdf5Writer, file: string): Message => {
    const heap = writer.localHeap(Buffer.concat([Buffer.alloc(8), padded(text(file))]));
    return {
      type: 0x07,
      data: Buffer.concat([u8(1, 0, 0, 0), u16(1), u16(1), u64(heap), u64(8), u64(0), u64(100)]),
    };
  },
  filter: (id: number, name: string): Message => ({
    type: 0x0b,
    data: Buffer.concat([
      u8(1, 1, 0, 0, 0, 0, 0, 0),
      u16(id),
      u16(padded(text(name)).length),
      u16(0),
      u16(0),
      padded(text(name)),
    ]),
  }),
};
