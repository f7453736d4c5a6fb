// 7z archives: every member is unpacked in the order of its folder and looked at.
import { crc32 } from 'node:zlib';
import {
  SevenZipFault,
  type SevenZipFile,
  type SevenZipFolder,
  type SevenZipStreams,
  decodeSevenZipFolder,
  readSevenZipHeader,
} from '../../../reader/index.ts';
import { Cursor, Malformed } from '../../cursor.ts';
import type { Format, Look } from '../../format.ts';
import { MemorySource, SliceSource, type Source } from '../../source.ts';
import { StreamSource } from '../../stream-source.ts';
import { lookBehind } from './behind.ts';
import { checkLink, checkName, checkPath, typeOf } from './member-check.ts';
import { LZMA_SLOWNESS } from './unpack.ts';

const SIGNATURE_SIZE = 32;
/** Headers of a hundred thousand files have some 10 MB. */
const MOST_HEADER = 16 << 20;
/** Headers that only describe how another header is packed. */
const MOST_ENCODED = 4;
/** Members up to this size are looked at in memory, in any order; longer ones piece by piece. */
const IN_MEMORY = 32 << 20;
const PIECE_STEPS = 100;
/** A path of a link. */
const MOST_TARGET = 4096;

/** The packed streams of each folder. */
function packedOf(source: Source, { folders, packedAt, packedSizes }: SevenZipStreams): Source[][] {
  let at = SIGNATURE_SIZE + packedAt;
  let next = 0;
  return folders.map(({ packed }) =>
    packed.map(() => {
      const size = packedSizes[next++] ?? 0;
      at += size;
      return new SliceSource(source, at - size, size);
    }),
  );
}

/** What a folder becomes, piece by piece; nothing is unpacked where it is only stored. */
class Unfolding {
  readonly #pieces: Iterator<Uint8Array, number | void>;
  readonly #look: Look;
  #held: Uint8Array = new Uint8Array(0);
  #fault: unknown;

  constructor(folder: SevenZipFolder, packed: readonly Source[], look: Look) {
    this.#look = look;
    this.#pieces = decodeSevenZipFolder(
      folder,
      packed.map((each) => new Cursor(each)),
    );
  }

  get fault(): unknown {
    return this.#fault;
  }

  /** The next bytes, at most so many; undefined at the end, and where it breaks. */
  take(most: number): Uint8Array | undefined {
    while (this.#held.length === 0) {
      this.#look.budget.step(PIECE_STEPS);
      let next: IteratorResult<Uint8Array, number | void>;
      try {
        next = this.#pieces.next();
      } catch (thrown) {
        this.#fault = thrown;
        return undefined;
      }
      if (next.done === true) return undefined;
      this.#look.budget.inflate(next.value.length, LZMA_SLOWNESS);
      this.#held = next.value;
    }
    const taken = this.#held.subarray(0, most);
    this.#held = this.#held.subarray(taken.length);
    return taken;
  }
}

/** A member's content with its checksum, which is right once all of it was read. */
class Part {
  readonly #folder: Unfolding;
  #left: number;
  crc = 0;

  constructor(folder: Unfolding, size: number) {
    this.#folder = folder;
    this.#left = size;
  }

  get isWhole(): boolean {
    return this.#left === 0;
  }

  /** The next piece; undefined at the member's end. */
  readonly pull = (): Uint8Array | undefined => {
    const piece = this.#left === 0 ? undefined : this.#folder.take(this.#left);
    if (piece === undefined) return undefined;
    this.#left -= piece.length;
    this.crc = crc32(piece, this.crc);
    return piece;
  };

  /** The content as a source: of a short member all that there is of it. */
  open(): Source {
    if (this.#left > IN_MEMORY) return new StreamSource(this.pull);
    const pieces: Uint8Array[] = [];
    for (let piece = this.pull(); piece !== undefined; piece = this.pull()) pieces.push(piece);
    return new MemorySource(Buffer.concat(pieces));
  }
}

function lookAtContent(file: SevenZipFile, content: Source, look: Look): void {
  if (typeOf(file.mode) === 'link' || file.isReparsePoint) {
    const target = Buffer.from(content.read(0, MOST_TARGET)).toString('utf8');
    checkLink(file.name, target, look);
  } else look.member(file.name, content);
}

/** Looks at the files of one folder, in their order. */
function lookAtFolder(
  folder: SevenZipFolder,
  packed: readonly Source[],
  parts: SevenZipStreams['parts'][number],
  files: readonly SevenZipFile[],
  look: Look,
): void {
  const nameOf = (at: number): string => files[at]?.name ?? 'a file without a name';
  let unfolding: Unfolding;
  try {
    unfolding = new Unfolding(folder, packed, look);
  } catch (thrown) {
    if (!(thrown instanceof SevenZipFault)) throw thrown;
    for (const at of parts.keys()) look.unseen(`${nameOf(at)} is ${thrown.message}`);
    return;
  }
  const isStored = folder.coders.length === 1 && folder.coders[0]!.method === '00';
  let start = 0;
  for (const [at, { size, crc }] of parts.entries()) {
    const file = files[at];
    if (file === undefined) return look.unseen('a folder holds more than there are files');
    const part = new Part(unfolding, size);
    if (isStored) {
      // Nothing is unpacked: read in any order, and its checksum only where that is cheap.
      lookAtContent(file, new SliceSource(packed[0]!, start, size), look);
      start += size;
      if (size > IN_MEMORY) {
        unfolding = new Unfolding(folder, [new SliceSource(packed[0]!, start)], look);
        continue;
      }
      while (part.pull() !== undefined);
    } else {
      lookAtContent(file, part.open(), look);
      // The next member begins where this one ends.
      while (part.pull() !== undefined);
    }
    if (!part.isWhole) {
      look.unseen(`${file.name} breaks off`);
      for (let rest = at + 1; rest < parts.length; rest++) look.unseen(`${nameOf(rest)} lies behind a broken member`);
      return;
    }
    if (crc !== undefined && crc !== part.crc) {
      look.report('7z.crc', { message: `${file.name} is not what its checksum says` });
    }
  }
}

/** The header, through as many encoded ones as stand in front of it. */
function readHeader(
  source: Source,
  look: Look,
): { streams: SevenZipStreams; files: readonly SevenZipFile[]; end: number } | undefined {
  const cursor = new Cursor(source, 8);
  const told = cursor.u32();
  const [offset, size, crc] = [Number(cursor.u64()), Number(cursor.u64()), cursor.u32()];
  if (crc32(source.read(12, 20)) !== told) {
    look.report('7z.malformed', { message: 'the checksum of its first header is wrong', offset: 8 });
  }
  if (size === 0) return undefined;
  if (size > MOST_HEADER) throw new Malformed(`a header of ${size} bytes`, 20);
  const start = SIGNATURE_SIZE + offset;
  let header = source.read(start, size);
  if (header.length < size) throw new Malformed('the header lies behind the end of the file', 12);
  if (crc32(header) !== crc) {
    look.report('7z.malformed', { message: 'the checksum of its header is wrong', offset: start });
  }
  for (let depth = 0; depth < MOST_ENCODED; depth++) {
    look.budget.step(header.length);
    const read = readSevenZipHeader(header);
    if ('streams' in read) return { ...read, end: start + size };
    const { encoded } = read;
    const [folder] = encoded.folders;
    const part = encoded.parts[0]?.[0];
    if (folder === undefined || part === undefined || part.size > MOST_HEADER) {
      throw new Malformed('an encoded header of nothing', start);
    }
    try {
      const content = new Part(new Unfolding(folder, packedOf(source, encoded)[0]!, look), part.size).open();
      header = content.read(0, part.size);
    } catch (thrown) {
      if (!(thrown instanceof SevenZipFault)) throw thrown;
      look.unseen(`its list of files is ${thrown.message}`);
      return undefined;
    }
    if (header.length < part.size) throw new Malformed('the encoded header breaks off', start);
  }
  throw new Malformed('headers within headers', start);
}

export const SEVEN_ZIP: Format = {
  id: '7z',
  match: ({ text }) => (text.startsWith("7z\xbc\xaf'\x1c") ? 'sure' : false),
  scan(source, look) {
    const header = readHeader(source, look);
    if (header === undefined) return;
    const { streams, files, end } = header;
    for (const file of files) {
      look.budget.step(10);
      checkName(file.name, look);
      checkPath(file.name, look);
      const type = typeOf(file.mode);
      if (type !== undefined && type !== 'link') {
        look.report('archive.device', { message: `${file.name} is ${type}`, capability: 'file' });
      }
    }
    const filled = files.filter(({ hasStream }) => hasStream);
    const packed = packedOf(source, streams);
    let next = 0;
    for (const [at, folder] of streams.folders.entries()) {
      const parts = streams.parts[at] ?? [];
      lookAtFolder(folder, packed[at]!, parts, filled.slice(next, next + parts.length), look);
      next += parts.length;
    }
    if (next < filled.length) look.unseen(`${filled.length - next} files have no content in the archive`);
    lookBehind(source, end, 'archive', look);
  },
};
