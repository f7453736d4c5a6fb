// The links of a group: in its messages, in a symbol table, or in a fractal heap.
import { leavesOf, recordsOf } from './b-tree.ts';
import { type Hdf5Cursor, type Hdf5File, NOWHERE } from './file.ts';
import { FractalHeap } from './fractal-heap.ts';
import { localHeap } from './heaps.ts';
import { MESSAGE, type Message } from './object-header.ts';

export type Hdf5Link =
  | { readonly kind: 'hard'; readonly name: string; readonly address: number; readonly at: number }
  | { readonly kind: 'soft'; readonly name: string; readonly target: string; readonly at: number }
  | {
      readonly kind: 'external';
      readonly name: string;
      readonly file: string;
      readonly object: string;
      readonly at: number;
    }
  | { readonly kind: 'user'; readonly name: string; readonly type: number; readonly at: number };

/** A link message, from a header or a heap. */
function readLink(cursor: Hdf5Cursor, at: number): Hdf5Link {
  cursor.skip(1);
  const flags = cursor.u8();
  const type = (flags & 8) !== 0 ? cursor.u8() : 0;
  if ((flags & 4) !== 0) cursor.skip(8);
  if ((flags & 16) !== 0) cursor.skip(1);
  const length = cursor.uint(1 << (flags & 3));
  const name = Buffer.from(cursor.bytes(length)).toString('utf8');
  if (type === 0) return { kind: 'hard', name, address: cursor.address(), at };
  const value = Uint8Array.from(cursor.bytes(cursor.u16()));
  if (type === 1) return { kind: 'soft', name, target: Buffer.from(value).toString('utf8'), at };
  if (type !== 64) return { kind: 'user', name, type, at };
  const [file = '', object = ''] = Buffer.from(value.subarray(1)).toString('utf8').split('\0');
  return { kind: 'external', name, file, object, at };
}

function* symbolTable(file: Hdf5File, message: Message): Generator<Hdf5Link> {
  const inner = file.within(message.data);
  const tree = inner.address();
  const names = localHeap(file, inner.address());
  if (tree === NOWHERE || names === undefined) return;
  for (const { child } of leavesOf(file, tree, 0, file.long)) {
    const cursor = file.at(child);
    cursor.signature('SNOD');
    cursor.skip(2);
    const count = cursor.u16();
    for (let symbol = 0; symbol < count; symbol++) {
      file.step(1);
      const at = cursor.offset;
      const name = names(cursor.length());
      const address = cursor.address();
      const cache = cursor.u32();
      cursor.skip(4);
      const target = cursor.u32();
      cursor.skip(12);
      if (cache === 2) yield { kind: 'soft', name, target: names(target), at };
      else yield { kind: 'hard', name, address, at };
    }
  }
}

function* dense(file: Hdf5File, message: Message, note: (reason: string) => void): Generator<Hdf5Link> {
  const inner = file.within(message.data);
  inner.skip(1);
  if ((inner.u8() & 1) !== 0) inner.skip(8);
  const [heapAt, tree] = [inner.address(), inner.address()];
  if (heapAt === NOWHERE || tree === NOWHERE) return;
  const heap = new FractalHeap(file, heapAt);
  if (heap.closed !== undefined) return note(`a heap of links ${heap.closed}`);
  for (const { type, record } of recordsOf(file, tree)) {
    record.skip(type === 5 ? 4 : 8);
    const found = heap.read(record, 7);
    if (found === undefined) note('a link lies outside of its heap');
    else yield readLink(file.within(found), message.at);
  }
}

/** The links that one message of a group's header stands for; none where it is no such message. */
export function* linksOf(file: Hdf5File, message: Message, note: (reason: string) => void): Generator<Hdf5Link> {
  if (message.type === MESSAGE.link) yield readLink(file.within(message.data), message.at);
  else if (message.type === MESSAGE.symbolTable) yield* symbolTable(file, message);
  else if (message.type === MESSAGE.linkInfo) yield* dense(file, message, note);
}
