// A walk over all objects of an HDF5 file: links, attributes, and how datasets are kept, told to a visitor. Data is not loaded.
import { Malformed } from '../cursor.ts';
import { attributesOf, type Hdf5Attribute, valuesOf } from './attributes.ts';
import { type Hdf5Layout, piecesOf, readLayout } from './data.ts';
import { type Hdf5Type, readCount, typeOf } from './datatype.ts';
import { type Hdf5File, NOWHERE } from './file.ts';
import { GlobalHeaps, localHeap } from './heaps.ts';
import { type Hdf5Link, linksOf } from './links.ts';
import { MESSAGE, type Message, messagesOf } from './object-header.ts';

export interface Hdf5Dataset {
  readonly path: string;
  readonly type: Hdf5Type;
  /** Values that it says it has. */
  readonly count: number;
  readonly layout: Hdf5Layout['kind'];
  /** Bytes that are kept for it in one piece; undefined where they are not. */
  readonly stored: number | undefined;
  /** Of a dataset of texts or sequences of any length: the first of its values. */
  values(most: number): Generator<Uint8Array>;
}

export interface Hdf5Visitor {
  link(path: string, link: Exclude<Hdf5Link, { kind: 'hard' }>): void;
  attribute(path: string, attribute: Hdf5Attribute, values: () => Generator<Uint8Array>): void;
  /** Files that hold a dataset's values. */
  externalFiles(path: string, files: readonly string[], at: number): void;
  filter(path: string, id: number, name: string): void;
  dataset(dataset: Hdf5Dataset): void;
  /** A part that could not be read, and why. */
  note(reason: string): void;
}

const MOST_OBJECTS = 60_000;
const MOST_VALUE = 16 << 20;
/** References to values are looked at up to here, of one dataset. */
const MOST_REFERENCES = 4 << 20;

/**
 * Walks every object that hard links lead to from the root, each once.
 * @throws what the file's `step` throws; a broken object is noted, and the walk goes on
 */
export function walkHdf5(file: Hdf5File, root: number, visitor: Hdf5Visitor): void {
  const heaps = new GlobalHeaps(file);
  const seen = new Set<number>();
  const stack: { address: number; path: string }[] = [{ address: root, path: '' }];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    if (top.address === NOWHERE || seen.has(top.address)) continue;
    if (seen.size >= MOST_OBJECTS) return visitor.note(`only ${MOST_OBJECTS} objects were looked at`);
    seen.add(top.address);
    file.step(4);
    const { path, address } = top;
    try {
      const within: { address: number; path: string }[] = [];
      readObject(file, heaps, address, path, visitor, (link) => {
        const inner = `${path}/${link.name}`.slice(0, 1000);
        if (link.kind === 'hard') within.push({ address: link.address, path: inner });
        else visitor.link(inner, link);
      });
      for (let at = within.length - 1; at >= 0; at--) stack.push(within[at]!);
    } catch (thrown) {
      if (!(thrown instanceof Malformed)) throw thrown;
      visitor.note(`${path === '' ? 'the root group' : path} is broken at byte ${thrown.offset}: ${thrown.message}`);
    }
  }
}

function readObject(
  file: Hdf5File,
  heaps: GlobalHeaps,
  address: number,
  path: string,
  visitor: Hdf5Visitor,
  take: (link: Hdf5Link) => void,
): void {
  const note = (reason: string): void => visitor.note(`${path === '' ? '/' : path}: ${reason}`);
  const parts = new Map<number, Message>();
  for (const message of messagesOf(file, address)) {
    if (!parts.has(message.type)) parts.set(message.type, message);
    if (message.shared) {
      if (message.type !== MESSAGE.datatype) note('a part of it is kept with that of other objects');
      continue;
    }
    for (const link of linksOf(file, message, note)) take(link);
    for (const attribute of attributesOf(file, message, note)) {
      const { type, count, data } = attribute;
      visitor.attribute(path, attribute, () => valuesOf(file, heaps, type, count, data, MOST_VALUE));
    }
    if (message.type === MESSAGE.externalFiles) visitor.externalFiles(path, externalFiles(file, message), message.at);
    if (message.type === MESSAGE.filters) {
      for (const { id, name } of filtersOf(file, message)) visitor.filter(path, id, name);
    }
  }
  const [layout, type, space] = [MESSAGE.layout, MESSAGE.datatype, MESSAGE.dataspace].map((each) => parts.get(each));
  if (layout === undefined) return;
  const filters = parts.get(MESSAGE.filters);
  if (layout.shared || space?.shared === true || filters?.shared === true) return;
  const read = readLayout(file, layout.data);
  const kind: Hdf5Type = type === undefined ? { kind: 'other', size: 0 } : typeOf(file, type.data, type.shared);
  const count = space === undefined ? 0 : readCount(file.within(space.data));
  visitor.dataset({
    path,
    type: kind,
    count,
    layout: read.kind,
    stored: read.kind === 'contiguous' ? (read.address === NOWHERE ? 0 : read.size) : undefined,
    *values(most) {
      if (kind.kind !== 'long-text' && kind.kind !== 'sequence') return;
      const ids = filters === undefined ? [] : filtersOf(file, filters).map(({ id }) => id);
      for (const piece of piecesOf(file, read, ids, MOST_REFERENCES)) {
        yield* valuesOf(file, heaps, kind, piece.length / (8 + file.wide), piece, most);
      }
    },
  });
}

function externalFiles(file: Hdf5File, message: Message): string[] {
  const cursor = file.within(message.data);
  cursor.skip(6);
  const used = cursor.u16();
  const names = localHeap(file, cursor.address());
  const files: string[] = [];
  for (let at = 0; at < used && names !== undefined; at++) {
    file.step(1);
    files.push(names(cursor.length()));
    cursor.skip(2 * file.long);
  }
  return files;
}

function filtersOf(file: Hdf5File, message: Message): { id: number; name: string }[] {
  const cursor = file.within(message.data);
  const version = cursor.u8();
  const count = cursor.u8();
  if (version === 1) cursor.skip(6);
  const filters: { id: number; name: string }[] = [];
  for (let at = 0; at < count; at++) {
    const id = cursor.u16();
    const length = version === 1 || id >= 256 ? cursor.u16() : 0;
    cursor.skip(2);
    const values = cursor.u16();
    const name = Buffer.from(cursor.bytes(version === 1 ? Math.ceil(length / 8) * 8 : length))
      .toString('latin1')
      .replace(/\0+$/, '');
    cursor.skip(4 * (version === 1 ? values + (values % 2) : values));
    filters.push({ id, name });
  }
  return filters;
}
