// Object headers, both versions: the messages that say what an object is.
import { type Hdf5Cursor, type Hdf5File } from './file.ts';

export const MESSAGE = {
  dataspace: 0x01,
  linkInfo: 0x02,
  datatype: 0x03,
  link: 0x06,
  externalFiles: 0x07,
  layout: 0x08,
  filters: 0x0b,
  attribute: 0x0c,
  continuation: 0x10,
  symbolTable: 0x11,
  attributeInfo: 0x15,
} as const;

export interface Message {
  readonly type: number;
  /** Its data lies elsewhere, with that of other objects. */
  readonly shared: boolean;
  readonly data: Uint8Array;
  /** Offset of its data in the file. */
  readonly at: number;
}

/** Longer headers than any writer makes: attributes beyond that are kept elsewhere. */
const MOST_BLOCK = 1 << 24;
const MOST_BLOCKS = 4096;

interface Block {
  readonly at: number;
  readonly end: number;
}

function* versionOne(file: Hdf5File, cursor: Hdf5Cursor): Generator<Message> {
  cursor.skip(2);
  let left = cursor.u16();
  cursor.skip(4);
  const size = cursor.u32();
  const start = cursor.offset + 4;
  const blocks: Block[] = [{ at: start, end: start + size }];
  for (let count = 0; count < blocks.length; count++) {
    const { at, end } = blocks[count]!;
    cursor.offset = at;
    while (left > 0 && cursor.offset + 8 <= end) {
      const [type, length, flags] = [cursor.u16(), cursor.u16(), cursor.u8()];
      cursor.skip(3);
      left--;
      yield* message(file, cursor, blocks, type, length, flags, '');
    }
  }
}

function* versionTwo(file: Hdf5File, cursor: Hdf5Cursor): Generator<Message> {
  cursor.skip(5);
  const flags = cursor.u8();
  if ((flags & 0x20) !== 0) cursor.skip(16);
  if ((flags & 0x10) !== 0) cursor.skip(4);
  const size = cursor.uint(1 << (flags & 3));
  if (size > MOST_BLOCK) throw cursor.malformed('an object header is longer than any');
  const ordered = (flags & 0x04) !== 0 ? 2 : 0;
  const blocks: Block[] = [{ at: cursor.offset, end: cursor.offset + size }];
  for (let count = 0; count < blocks.length; count++) {
    const { at, end } = blocks[count]!;
    cursor.offset = at;
    while (cursor.offset + 4 + ordered <= end) {
      const [type, length, bits] = [cursor.u8(), cursor.u16(), cursor.u8()];
      cursor.skip(ordered);
      if (cursor.offset + length > end) break;
      yield* message(file, cursor, blocks, type, length, bits, 'OCHK');
    }
  }
}

function* message(
  file: Hdf5File,
  cursor: Hdf5Cursor,
  blocks: Block[],
  type: number,
  length: number,
  flags: number,
  signature: string,
): Generator<Message> {
  file.step(1);
  const at = cursor.offset;
  const data = cursor.bytes(length);
  const next = cursor.offset;
  if (type === MESSAGE.continuation) {
    const inner = file.within(data);
    const [address, size] = [inner.address(), inner.length()];
    if (size > MOST_BLOCK || blocks.length >= MOST_BLOCKS) throw cursor.malformed('an object header goes on and on');
    const block = file.at(address);
    if (signature !== '') block.signature(signature);
    const sum = signature === '' ? 0 : 4;
    blocks.push({ at: block.offset, end: block.offset + size - signature.length - sum });
  } else if (type !== 0) yield { type, shared: (flags & 2) !== 0, data: Uint8Array.from(data), at };
  cursor.offset = next;
}

/**
 * The messages of an object, in the order of the file, those of its continuations behind.
 * @throws Malformed where a header is broken
 */
export function* messagesOf(file: Hdf5File, address: number): Generator<Message> {
  const cursor = file.at(address);
  const first = cursor.u8();
  cursor.offset--;
  if (first === 1) yield* versionOne(file, cursor);
  else {
    cursor.signature('OHDR');
    cursor.offset -= 4;
    yield* versionTwo(file, cursor);
  }
}
