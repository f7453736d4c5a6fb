// Zip archives, and what is kept in them: models of PyTorch and Keras, arrays of numpy, archives of TorchServe. What any
// reader might see is looked at: by the directory, by local headers, and where they disagree by both.
import { crc32, inflateRawSync } from 'node:zlib';
import type { Format, Look } from '../../format.ts';
import { passOver } from '../../file-source.ts';
import { SliceSource, type Source } from '../../source.ts';
import { StreamSource } from '../../stream-source.ts';
import { programOf } from '../executable.ts';
import { checkLink, checkName, checkPath, typeOf } from './member-check.ts';
import { inflate64, inflateMember, unbzip2, unlzmaMember, unxz, unzstd } from './unpack.ts';
import { type ZipHeader, type ZipMember, readZipDirectory } from './zip-directory.ts';
import { behindZip } from './zip-end.ts';

const ENCRYPTED = 0x1;
const DESCRIPTOR = 0x8;
const STORED = 0;
const DEFLATED = 8;
const DEFLATED64 = 9;
const BZIP2 = 12;
const LZMA = 14;
const ZSTD = [20, 93];
const XZ = 95;
/** Checksums are held against members up to this size; larger ones are numbers of tensors, and take as long as hashing. */
const CHECKED = 16 << 20;
/** A path of a link. */
const MOST_TARGET = 4096;
/** What is left out where it follows behind the member, or stands in a field for large numbers. */
const LEFT_OUT = new Set([0, 0xffffffff]);
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
  if (method === DEFLATED64) return inflate64(data, budget);
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
  // Members are looked at in the order of the file.
  const size = passOver(content, (block) => (crc = crc32(block, crc)), true);
  return { crc, size };
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
function disagreement({ name, flags, method, crc, packed, size, otherName, local }: ZipMember): string | undefined {
  if (local === undefined) return 'has no header of its own where the directory says';
  if (name !== local.name) return `is called ${local.name} by its own header`;
  const other = otherName ?? local.otherName;
  // A second name is for signs that the first cannot write.
  if (other !== undefined && other !== name && /^[\x20-\x7e]*$/.test(name))
    return `is called ${other} by its other name`;
  if ((flags & ENCRYPTED) !== (local.flags & ENCRYPTED)) return 'is encrypted by one header only';
  if (method !== local.method) return `is packed by method ${method} and by method ${local.method}`;
  const isStreamed = (local.flags & DESCRIPTOR) !== 0;
  const agrees = (one: number, own: number): boolean => one === own || (isStreamed && LEFT_OUT.has(own));
  if (!agrees(packed, local.packed) || !agrees(size, local.size)) return 'has two sizes';
  return agrees(crc, local.crc) ? undefined : 'has two checksums';
}

/** Whether the header of its own makes other content of a member than the directory does. */
const isOtherContent = ({ method, packed, local }: ZipMember): boolean =>
  local !== undefined && (method !== local.method || (packed !== local.packed && !LEFT_OUT.has(local.packed)));

/** A path, in what is said to be a link: anything else is no link to readers that know none. */
const isPath = (content: Source): boolean => {
  const bytes = content.read(0, MOST_TARGET + 1);
  return bytes.length <= MOST_TARGET && bytes.every((byte) => byte >= 32);
};

/** Holds a member against its checksum, where that costs little. */
function checkSum(member: ZipMember, content: Source, look: Look): void {
  // What is unpacked piece by piece is not read a second time.
  if (member.size > CHECKED || content instanceof StreamSource) return;
  const { crc, size } = sum(content);
  if (crc !== member.crc) {
    look.report('zip.crc', { message: `${member.name} is not what its checksum says`, offset: member.offset });
  } else if (size !== member.size) {
    look.report('zip.mismatch', {
      message: `${member.name} is ${size} bytes long and not ${member.size}`,
      offset: member.offset,
    });
  }
}

function lookAtMember(source: Source, member: ZipMember, look: Look, raw: string | undefined): void {
  const { name, local, mode } = member;
  checkName(name, look);
  checkPath(name, look);
  const difference = disagreement(member);
  if (difference !== undefined)
    look.report('zip.mismatch', { message: `${name} ${difference}`, ...(local && { offset: member.offset }) });
  if (name.endsWith('/') && member.packed === 0 && (local?.packed ?? 0) === 0) return;
  if (local === undefined) return look.unseen(`${name} is not where the directory says`);
  if ((member.flags & local.flags & ENCRYPTED) !== 0) {
    if (isLocked(source, member, local.dataAt)) return look.unseen(`${name} is encrypted`);
    look.report('zip.mismatch', { message: `${name} is said to be encrypted and is not`, offset: member.offset });
  }
  const content = open(source, member, local.dataAt, look, name);
  if (content === undefined) return;
  const type = typeOf(mode);
  if (type === 'link') {
    if (isPath(content)) return checkLink(name, Buffer.from(content.read(0, MOST_TARGET)).toString('utf8'), look);
  } else if (type !== undefined) {
    look.report('archive.device', { message: `${name} is ${type}`, capability: 'file', offset: member.offset });
  }
  look.member(name, content, raw);
  if (local.name !== name && local.name !== '') look.member(local.name, content, raw);
  if (isOtherContent(member)) {
    const other = open(source, local, local.dataAt, look, name);
    if (other !== undefined) look.member(`${name} by its own header`, other, raw);
  }
  checkSum(member, content, look);
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

/** What readers may take for the same name: some systems know no case, and write signs in one of several ways. */
const plainName = (name: string): string =>
  name
    .normalize('NFKC')
    .toLowerCase()
    .split(/[/\\]/)
    .filter((part) => part !== '' && part !== '.')
    .join('/');

/** Tells of members that some readers cannot tell apart. */
class Names {
  readonly all = new Set<string>();
  readonly #plain = new Map<string, string>();
  readonly #look: Look;

  constructor(look: Look) {
    this.#look = look;
  }

  /** @param place - of its local header, where that is there */
  add(name: string, place: { readonly offset?: number }): void {
    const plain = plainName(name);
    const other = this.#plain.get(plain);
    if (this.all.has(name)) this.#look.report('zip.duplicate', { message: `${name} is there twice`, ...place });
    else if (other !== undefined) {
      const message = `${name} and ${other} are one to some readers`;
      this.#look.report('zip.duplicate', { message, ...place, severity: 'low' });
    }
    this.all.add(name);
    // What readers in C take for the name.
    if (name.includes('\0')) this.all.add(name.slice(0, name.indexOf('\0')));
    this.#plain.set(plain, name);
  }
}

export const ZIP: Format = {
  id: 'zip',
  match: ({ text, source }) => {
    if (/^PK\u0003\u0004|^PK\u0005\u0006/.test(text)) return 'sure';
    const behind = source instanceof StreamSource ? undefined : behindZip(source);
    return behind === undefined ? false : behind === 0 ? 'tail' : 'inside';
  },
  scan(source, look) {
    const { members, hidden, before, behind, disagreements, gaps, overlapping } = readZipDirectory(source, () =>
      look.budget.step(HEADER_STEPS),
    );
    for (const message of disagreements) look.report('zip.mismatch', { message });
    for (const { name, offset } of overlapping) {
      look.report('zip.overlap', { message: `${name} lies over another member`, capability: 'exhaust', offset });
    }
    const names = new Names(look);
    // In the order of the file: what is read in order is hashed on the way.
    for (const member of [...members].sort((a, b) => a.offset - b.offset)) {
      names.add(member.name, member.local === undefined ? {} : { offset: member.offset });
      lookAtMember(source, member, look, STORAGE.test(member.name) ? 'tensor' : undefined);
    }
    for (const member of hidden) {
      look.report('zip.hidden', {
        message: `${member.name} is not in the directory`,
        offset: member.offset,
      });
      lookAtMember(source, member, look, undefined);
      names.all.add(member.name);
    }
    for (const { start, end } of gaps) {
      look.report('zip.hidden', { message: `${end - start} bytes belong to no member`, offset: start });
      look.member(`between members at byte ${start}`, new SliceSource(source, start, end - start), 'data');
    }
    const kind = kindOf(names.all);
    lookAround(source, look, kind, members.length > 0 ? before : 0, behind);
    return kind;
  },
};

/** Looks at what stands in front of the archive and behind it. */
function lookAround(source: Source, look: Look, kind: string, before: number, behind: number): void {
  if (before > 0) {
    const head = Buffer.from(source.read(0, 512)).toString('latin1');
    // Programs that unpack themselves are made so, and TensorFlow Lite keeps labels behind a model; others are not.
    const isUsual = (kind === 'zip' && programOf(head) !== undefined) || head.startsWith('TFL3', 4);
    look.report('zip.prepended', {
      message: `${before} bytes stand in front of the archive`,
      ...(isUsual ? { severity: 'low' as const } : {}),
    });
    // Any other beginning is looked at for itself already.
    if (head.startsWith('PK')) look.member('in front of the archive', new SliceSource(source, 0, before));
  }
  if (behind > FEW) {
    look.report('zip.trailing', { message: `${behind} bytes stand behind the archive` });
    look.member('behind the archive', new SliceSource(source, source.size - behind, behind));
  }
}
