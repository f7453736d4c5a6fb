// B-trees of both versions: of the first the children of its leaves, of the second the records of all its nodes.
import { type Hdf5Cursor, type Hdf5File, NOWHERE } from './file.ts';
import { widthOf } from './fractal-heap.ts';

const DEEPEST = 32;

/**
 * The children of a version 1 tree's leaves, with the key in front of each.
 * @param type - 0 for groups, 1 for chunks of data
 * @param keySize - bytes of a key
 * @throws Malformed where the tree is broken, or leads back to itself
 */
export function* leavesOf(
  file: Hdf5File,
  address: number,
  type: number,
  keySize: number,
): Generator<{ key: Uint8Array; child: number }> {
  const seen = new Set<number>();
  const stack = [address];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    if (top === NOWHERE) continue;
    const cursor = file.at(top);
    if (seen.has(top)) throw cursor.malformed('a tree leads back to itself');
    seen.add(top);
    cursor.signature('TREE');
    if (cursor.u8() !== type) throw cursor.malformed('a tree is of another kind');
    const level = cursor.u8();
    const count = cursor.u16();
    cursor.skip(2 * file.wide);
    for (let at = 0; at < count; at++) {
      file.step(1);
      const key = Uint8Array.from(cursor.bytes(keySize));
      const child = cursor.address();
      if (level === 0) yield { key, child };
      else stack.push(child);
    }
  }
}

/**
 * The records of a version 2 tree. Each record's cursor stands on its first byte.
 * @throws Malformed where the tree is broken
 */
export function* recordsOf(file: Hdf5File, address: number): Generator<{ type: number; record: Hdf5Cursor }> {
  const head = file.at(address);
  head.signature('BTHD');
  head.skip(1);
  const type = head.u8();
  const nodeSize = head.u32();
  const size = head.u16();
  const depth = head.u16();
  head.skip(2);
  const root = head.address();
  const count = head.u16();
  if (size === 0 || nodeSize < size + 10 || depth > DEEPEST) throw head.malformed('a tree has no measures');
  // How wide the counts beside a pointer are depends on how many records lie below it.
  const countWidth = widthOf(Math.floor((nodeSize - 10) / size));
  const below: number[] = [0];
  for (let level = 1, total = Math.floor((nodeSize - 10) / size); level <= depth; level++) {
    const pointer = file.wide + countWidth + below[level - 1]!;
    const most = Math.floor((nodeSize - 10 - pointer) / (size + pointer));
    total = (most + 1) * total + most;
    below.push(widthOf(total));
  }
  const stack: { address: number; count: number; level: number }[] = [{ address: root, count, level: depth }];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    if (top.address === NOWHERE) continue;
    if (stack.length > 1 << 16) throw head.malformed('a tree has no end');
    const cursor = file.at(top.address);
    cursor.signature(top.level === 0 ? 'BTLF' : 'BTIN');
    cursor.skip(2);
    for (let at = 0; at < top.count; at++) {
      file.step(1);
      yield { type, record: file.within(Uint8Array.from(cursor.bytes(size))) };
    }
    if (top.level === 0) continue;
    for (let at = 0; at <= top.count; at++) {
      file.step(1);
      const child = cursor.address();
      const records = cursor.uint(countWidth);
      if (top.level > 1) cursor.skip(below[top.level - 1]!);
      stack.push({ address: child, count: records, level: top.level - 1 });
    }
  }
}
