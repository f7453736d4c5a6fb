// The header of a 7z archive: how its streams are packed, and which files they become. No count is believed before there
// are bytes for it.
// Source: 7zFormat.txt of the LZMA SDK 23.01.
import { Malformed } from '../cursor.ts';

export interface SevenZipCoder {
  /** Hex: `030101` for LZMA. */
  readonly method: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly properties: Uint8Array;
}

/** Coders one behind the other, from packed streams to one unpacked one. */
export interface SevenZipFolder {
  readonly coders: readonly SevenZipCoder[];
  /** Which output feeds which input, counted over all coders. */
  readonly bonds: readonly { readonly input: number; readonly output: number }[];
  /** Inputs that packed streams feed, in the order of those. */
  readonly packed: readonly number[];
  /** Of each output. */
  sizes: number[];
  crc: number | undefined;
}

export interface SevenZipStreams {
  /** Offset of the first packed stream behind the signature header. */
  packedAt: number;
  packedSizes: number[];
  folders: SevenZipFolder[];
  /** Of each folder, the files in it: their sizes and checksums. */
  parts: { readonly size: number; readonly crc: number | undefined }[][];
}

export interface SevenZipFile {
  name: string;
  /** Whether it has content: the next part of the next folder. */
  hasStream: boolean;
  isFolder: boolean;
  /** Unix mode, 0 where it is not told. */
  mode: number;
  /** A link of Windows. */
  isReparsePoint: boolean;
}

/** Files and streams that are read; more than any archive of models has. */
const MOST = 1 << 20;
const MOST_CODERS = 32;

/** Ids of the parts of a header. */
const Part = {
  end: 0x00,
  header: 0x01,
  archive: 0x02,
  additional: 0x03,
  streams: 0x04,
  files: 0x05,
  pack: 0x06,
  unpack: 0x07,
  parts: 0x08,
  size: 0x09,
  crc: 0x0a,
  folder: 0x0b,
  unpackSize: 0x0c,
  partCount: 0x0d,
  emptyStream: 0x0e,
  emptyFile: 0x0f,
  names: 0x11,
  attributes: 0x15,
  encoded: 0x17,
} as const;

class Reader {
  readonly #bytes: Buffer;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  bytes(length: number): Buffer {
    if (length > this.#bytes.length - this.at) throw this.malformed('the header ends too early');
    this.at += length;
    return this.#bytes.subarray(this.at - length, this.at);
  }

  u8(): number {
    return this.bytes(1)[0]!;
  }

  u32(): number {
    return this.bytes(4).readUInt32LE(0);
  }

  /** The high bits of the first byte tell how many bytes follow. */
  number(): number {
    const first = this.u8();
    let value = 0;
    for (let i = 0; i < 8; i++) {
      const mask = 0x80 >> i;
      if ((first & mask) === 0) return value + (first & (mask - 1)) * 256 ** i;
      value += this.u8() * 256 ** i;
    }
    return value;
  }

  /** A count of things that take at least `bits` of the header each. */
  count(bits: number): number {
    const count = this.number();
    if (count > MOST || count * bits > (this.#bytes.length - this.at + 8) * 8) {
      throw this.malformed(`${count} of something there is no room for`);
    }
    return count;
  }

  bits(count: number): boolean[] {
    const bytes = this.bytes(Math.ceil(count / 8));
    return Array.from({ length: count }, (_, at) => ((bytes[at >> 3]! >> (7 - (at & 7))) & 1) === 1);
  }

  /** Which of so many have a value: all, or those of a bit each. */
  defined(count: number): boolean[] {
    return this.u8() === 0 ? this.bits(count) : new Array<boolean>(count).fill(true);
  }

  crcs(count: number): (number | undefined)[] {
    return this.defined(count).map((isThere) => (isThere ? this.u32() : undefined));
  }

  malformed(what: string): Malformed {
    return new Malformed(what, this.at);
  }
}

function readFolder(reader: Reader): SevenZipFolder {
  const count = reader.number();
  if (count === 0 || count > MOST_CODERS) throw reader.malformed(`${count} coders`);
  const coders: SevenZipCoder[] = [];
  for (let i = 0; i < count; i++) {
    const flags = reader.u8();
    const method = reader.bytes(flags & 0xf).toString('hex');
    const [inputs, outputs] = (flags & 0x10) !== 0 ? [reader.number(), reader.number()] : [1, 1];
    if (inputs > MOST_CODERS || outputs !== 1) throw reader.malformed('a coder of an impossible form');
    coders.push({
      method,
      inputs,
      outputs,
      properties: (flags & 0x20) !== 0 ? reader.bytes(reader.number()) : Buffer.alloc(0),
    });
  }
  const inputs = coders.reduce((sum, coder) => sum + coder.inputs, 0);
  const bonds = Array.from({ length: count - 1 }, () => ({ input: reader.number(), output: reader.number() }));
  const free = inputs - bonds.length;
  if (free < 1) throw reader.malformed('no packed stream');
  const packed =
    free > 1
      ? Array.from({ length: free }, () => reader.number())
      : Array.from({ length: inputs }, (_, at) => at).filter((at) => bonds.every(({ input }) => input !== at));
  return { coders, bonds, packed, sizes: [], crc: undefined };
}

function readFolders(reader: Reader, streams: SevenZipStreams): void {
  if (reader.u8() !== Part.folder) throw reader.malformed('no folders');
  const count = reader.count(16);
  if (reader.u8() !== 0) throw reader.malformed('folders that lie elsewhere');
  for (let i = 0; i < count; i++) streams.folders.push(readFolder(reader));
  if (reader.u8() !== Part.unpackSize) throw reader.malformed('no sizes of folders');
  for (const folder of streams.folders) folder.sizes = folder.coders.map(() => reader.number());
  for (let id = reader.u8(); id !== Part.end; id = reader.u8()) {
    if (id !== Part.crc) throw reader.malformed(`no part of folders has the id ${id}`);
    reader.crcs(count).forEach((crc, at) => (streams.folders[at]!.crc = crc));
  }
}

/** The size that a folder becomes: that of the output that feeds nothing. */
export function unpackedSize({ bonds, sizes }: SevenZipFolder): number {
  const last = sizes.findIndex((_, at) => bonds.every(({ output }) => output !== at));
  return sizes[last] ?? 0;
}

function readParts(reader: Reader, streams: SevenZipStreams): void {
  let id = reader.u8();
  let counts = streams.folders.map(() => 1);
  if (id === Part.partCount) {
    counts = counts.map(() => reader.count(0));
    if (counts.reduce((sum, count) => sum + count, 0) > MOST) throw reader.malformed('more files than are read');
    id = reader.u8();
  }
  const sizes = streams.folders.map((folder, at) => {
    const told: number[] = [];
    let left = unpackedSize(folder);
    // The last size is what the others leave.
    for (let i = 1; i < counts[at]!; i++) {
      const size = id === Part.size ? reader.number() : 0;
      told.push(size);
      left -= size;
    }
    if (left < 0) throw reader.malformed('files that are longer than their folder');
    return counts[at] === 0 ? [] : [...told, left];
  });
  if (id === Part.size) id = reader.u8();
  const isKnown = (at: number): boolean => counts[at] === 1 && streams.folders[at]!.crc !== undefined;
  let crcs: (number | undefined)[] = [];
  for (; id !== Part.end; id = reader.u8()) {
    if (id !== Part.crc) throw reader.malformed(`no part of the files in folders has the id ${id}`);
    crcs = reader.crcs(counts.reduce((sum, count, at) => sum + (isKnown(at) ? 0 : count), 0));
  }
  let next = 0;
  streams.parts = sizes.map((each, at) =>
    each.map((size) => ({ size, crc: isKnown(at) ? streams.folders[at]!.crc : crcs[next++] })),
  );
}

function readStreams(reader: Reader): SevenZipStreams {
  const streams: SevenZipStreams = { packedAt: 0, packedSizes: [], folders: [], parts: [] };
  let hasParts = false;
  for (let id = reader.u8(); id !== Part.end; id = reader.u8()) {
    if (id === Part.pack) {
      streams.packedAt = reader.number();
      const count = reader.count(0);
      for (let inner = reader.u8(); inner !== Part.end; inner = reader.u8()) {
        if (inner === Part.size) streams.packedSizes = Array.from({ length: count }, () => reader.number());
        else if (inner === Part.crc) reader.crcs(count);
        else throw reader.malformed(`no part of packed streams has the id ${inner}`);
      }
    } else if (id === Part.unpack) readFolders(reader, streams);
    else if (id === Part.parts) {
      readParts(reader, streams);
      hasParts = true;
    } else throw reader.malformed(`no part of streams has the id ${id}`);
  }
  if (!hasParts) streams.parts = streams.folders.map((folder) => [{ size: unpackedSize(folder), crc: folder.crc }]);
  return streams;
}

function readFiles(reader: Reader): SevenZipFile[] {
  const count = reader.count(0);
  const files = Array.from({ length: count }, (): SevenZipFile => ({
    name: '',
    hasStream: true,
    isFolder: false,
    mode: 0,
    isReparsePoint: false,
  }));
  let empty: SevenZipFile[] = [];
  for (let id = reader.u8(); id !== Part.end; id = reader.u8()) {
    const size = reader.number();
    const inner = new Reader(reader.bytes(size));
    if (id === Part.emptyStream) {
      inner.bits(count).forEach((isEmpty, at) => (files[at]!.hasStream = !isEmpty));
      empty = files.filter(({ hasStream }) => !hasStream);
      for (const file of empty) file.isFolder = true;
    } else if (id === Part.emptyFile) {
      inner.bits(empty.length).forEach((isFile, at) => (empty[at]!.isFolder = !isFile));
    } else if (id === Part.names) {
      if (inner.u8() !== 0) throw reader.malformed('names that lie elsewhere');
      const names = inner
        .bytes(size - 1)
        .toString('utf16le')
        .split('\0');
      files.forEach((file, at) => (file.name = names[at] ?? ''));
    } else if (id === Part.attributes) {
      const defined = inner.defined(count);
      if (inner.u8() !== 0) throw reader.malformed('attributes that lie elsewhere');
      defined.forEach((isThere, at) => {
        if (!isThere) return;
        const value = inner.u32();
        const file = files[at]!;
        if ((value & 0x8000) !== 0) file.mode = value >>> 16;
        file.isReparsePoint = (value & 0x400) !== 0;
      });
    }
  }
  return files;
}

/**
 * Reads a header.
 * @returns how to unpack the header proper, where this one is only a description of that
 * @throws Malformed
 */
export function readSevenZipHeader(
  bytes: Uint8Array,
): { readonly encoded: SevenZipStreams } | { readonly streams: SevenZipStreams; readonly files: SevenZipFile[] } {
  const reader = new Reader(bytes);
  const kind = reader.u8();
  if (kind === Part.encoded) return { encoded: readStreams(reader) };
  if (kind !== Part.header) throw reader.malformed('no header');
  let streams: SevenZipStreams = { packedAt: 0, packedSizes: [], folders: [], parts: [] };
  let files: SevenZipFile[] = [];
  for (let id = reader.u8(); id !== Part.end; id = reader.u8()) {
    if (id === Part.archive) {
      while (reader.u8() !== Part.end) reader.bytes(reader.number());
    } else if (id === Part.additional) readStreams(reader);
    else if (id === Part.streams) streams = readStreams(reader);
    else if (id === Part.files) files = readFiles(reader);
    else throw reader.malformed(`no part of a header has the id ${id}`);
  }
  return { streams, files };
}
