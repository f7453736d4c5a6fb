// Zip archives, and what is kept in them: models of PyTorch and Keras, arrays of numpy, archives of TorchServe. What any
// reader might see is looked at: by the directory, by local headers, and where they disagree by both.
import { crc32, inflateRawSync } from 'node:zlib';
import type { Format, Look } from '../../format.ts';
import { SliceSource, type Source } from '../../source.ts';
import { StreamSource } from '../../stream-source.ts';
import { checkLink, checkPath } from './path-check.ts';
import { inflateMember, unbzip2, unlzmaMember, unxz, unzstd } from './unpack.ts';
import { type ZipHeader, type ZipMember, endsZip, readZipDirectory } from './zip-directory.ts';

const ENCRYPTED = 0x1;
const DESCRIPTOR = 0x8;
const STORED = 0;
const DEFLATED = 8;
const BZIP2 = 12;
const LZMA = 14;
const ZSTD = [20, 93];
const XZ = 95;
/** Checksums are held against members up to this size; larger ones are numbers of tensors, and take as long as hashing. */
const CHECKED = 16 << 20;
const BLOCK = 1 << 16;
const LINK_MODE = 0o120000;
const TYPE_MASK = 0o170000;
/** Steps of reading one member's two headers, where they lie far apart. */
const HEADER_STEPS = 60;
/** Bytes behind an archive that are nothing to speak of. */
const FEW = 64;

/** A member's content; undefined where it cannot be read. */
function open(source: Source, header: ZipHeader, dataAt: number, look: Look, name: string): Source | undefined {
  const { method, flags, size } = header;
  let { packed } = header;
  // Of a streamed member the length follows behind it: the decoder finds the end.
  if (packed === 0 && (flags & DESCRIPTOR) !== 0) packed = source.size - dataAt;
  const data = new SliceSource(source, dataAt, packed);
  const { budget } = look;
  if (method === STORED) return data;
  if (method === DEFLATED) return inflateMember(data, size, budget);
  if (method === BZIP2) return unbzip2(data, budget);
  if (method === LZMA) return unlzmaMember(size)(data, budget);
  if (ZSTD.includes(method)) return unzstd(data, budget);
  if (method === XZ) return unxz(data, budget);
  look.unseen(`${name} is packed by method ${method}, which is not supported`);
  return undefined;
}

/** Checksum of what can be read, and how much that is. */
function sum(content: Source): { crc: number; size: number } {
  let crc = 0;
  let at = 0;
  for (;;) {
    const block = content.read(at, BLOCK);
    if (block.length === 0) return { crc, size: at };
    crc = crc32(block, crc);
    at += block.length;
  }
}

/** Whether a member is locked, and not only said to be: what it becomes is not what its checksum says. */
function isLocked(source: Source, member: ZipMember, dataAt: number): boolean {
  const { packed, method, crc, size } = member;
  if (size > CHECKED || packed > CHECKED || (method !== STORED && method !== DEFLATED)) return true;
  const data = source.read(dataAt, packed);
  try {
    return crc32(method === STORED ? data : inflateRawSync(data, { maxOutputLength: Math.max(1, size) })) !== crc;
  } catch {
    return true;
  }
}

/** What the two descriptions of a member say differently; undefined where they agree. */
function disagreement({ name, flags, method, crc, packed, size, local }: ZipMember): string | undefined {
  if (local === undefined) return 'has no header of its own where the directory says';
  if (name !== local.name) return `is called ${local.name} by its own header`;
  if ((flags & ENCRYPTED) !== (local.flags & ENCRYPTED)) return 'is encrypted by one header only';
  if (method !== local.method) return `is packed by method ${method} and by method ${local.method}`;
  // Where the lengths follow behind the member, its header may leave them out.
  if ((local.flags & DESCRIPTOR) !== 0) return undefined;
  if (packed !== local.packed || size !== local.size) return 'has two sizes';
  return crc === local.crc ? undefined : 'has two checksums';
}

function lookAtMember(source: Source, member: ZipMember, look: Look, raw: string | undefined): void {
  const { name, local, mode } = member;
  checkPath(name, look);
  const difference = disagreement(member);
  if (difference !== undefined)
    look.report('zip.mismatch', { message: `${name} ${difference}`, offset: member.offset });
  if (name.endsWith('/')) return;
  if (local === undefined) return look.unseen(`${name} is not where the directory says`);
  if ((member.flags & local.flags & ENCRYPTED) !== 0) {
    if (isLocked(source, member, local.dataAt)) return look.unseen(`${name} is encrypted`);
    look.report('zip.mismatch', { message: `${name} is said to be encrypted and is not`, offset: member.offset });
  }
  const content = open(source, member, local.dataAt, look, name);
  if (content === undefined) return;
  if ((mode & TYPE_MASK) === LINK_MODE) {
    checkLink(name, Buffer.from(content.read(0, 4096)).toString('utf8'), look);
    return;
  }
  look.member(name, content, raw);
  if (local.name !== name && local.name !== '') look.member(local.name, content, raw);
  // What is unpacked piece by piece is not read a second time.
  if (member.size <= CHECKED && !(content instanceof StreamSource)) {
    const { crc, size } = sum(content);
    if (crc !== member.crc) {
      look.report('zip.crc', { message: `${name} is not what its checksum says`, offset: member.offset });
    } else if (size !== member.size) {
      look.report('zip.mismatch', {
        message: `${name} is ${size} bytes long and not ${member.size}`,
        offset: member.offset,
      });
    }
  }
}

/** What an archive is, by the names in it. */
function kindOf(names: ReadonlySet<string>): string {
  const base = (wanted: string): boolean => [...names].some((name) => name === wanted || name.endsWith(`/${wanted}`));
  if (base('data.pkl')) return base('constants.pkl') ? 'torchscript' : 'pytorch';
  if (names.has('model.weights.h5') || (names.has('config.json') && names.has('metadata.json'))) return 'keras';
  if (names.has('schema.json')) return 'skops';
  if (names.has('MAR-INF/MANIFEST.json')) return 'torchserve-mar';
  if (names.size > 0 && [...names].every((name) => name.endsWith('.npy'))) return 'npz';
  return 'zip';
}

/** Numbers of tensors in an archive of PyTorch. */
const STORAGE = /(^|\/)(data|tensors|constants|weights)\/(\d+|tensor_\d+|weight_\d+)$/;

export const ZIP: Format = {
  id: 'zip',
  match: ({ text, source }) => {
    if (/^PK\u0003\u0004|^PK\u0005\u0006/.test(text)) return 'sure';
    return !(source instanceof StreamSource) && endsZip(source) ? 'sure' : false;
  },
  scan(source, look) {
    const { members, hidden, before, behind } = readZipDirectory(source, () => look.budget.step(HEADER_STEPS));
    if (before > 0 && members.length > 0) {
      look.report('zip.prepended', { message: `${before} bytes stand in front of the archive` });
    }
    if (behind > FEW) look.report('zip.trailing', { message: `${behind} bytes stand behind the archive` });
    const names = new Set<string>();
    // In the order of the file: what is read in order is hashed on the way.
    for (const member of [...members].sort((a, b) => a.offset - b.offset)) {
      if (names.has(member.name)) {
        look.report('zip.duplicate', { message: `${member.name} is there twice`, offset: member.offset });
      }
      names.add(member.name);
      lookAtMember(source, member, look, STORAGE.test(member.name) ? 'tensor' : undefined);
    }
    for (const member of hidden) {
      look.report('zip.hidden', {
        message: `${member.name} is not in the directory`,
        offset: member.offset,
      });
      lookAtMember(source, member, look, undefined);
      names.add(member.name);
    }
    return kindOf(names);
  },
};
