// Zip archives as an attacker writes them: what one reader sees and another does not must be told of, and looked at.
import { createCipheriv } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { rulesOf, scanBytes, u16, u32, u64 } from '../../testing/configs.ts';
import { EVIL, PLAIN } from '../../testing/evil.ts';
import { type ZipPart, writeZip } from '../../testing/zip.ts';

const zip = (...parts: ZipPart[]): Buffer => writeZip(parts);
const rules = (bytes: Uint8Array, name = 'file.zip'): string[] => rulesOf(name, bytes);
const plain = { content: PLAIN };

describe('two descriptions of a member', () => {
  it.each<[string, Partial<ZipPart>]>([
    ['names', { localName: 'b.txt' }],
    ['methods', { localMethod: 8 }],
    ['sizes', { localSize: 5 }],
    ['sizes, though the lengths are said to follow', { localSize: 5, flags: 8 }],
    ['flags', { flags: 0, localFlags: 1 }],
    // Info-ZIP's second name, with a checksum that is right or not.
    ['other names', { extra: Buffer.concat([u16(0x7075), u16(10), Buffer.alloc(5, 1), Buffer.from('b.txt')]) }],
  ])('that differ in %s', (_, part) => {
    expect(rules(zip({ name: 'a.txt', ...plain, ...part }))).toEqual(['zip.mismatch']);
  });

  it('that agree, with lengths that follow behind', () => {
    expect(rules(zip({ name: 'a.txt', ...plain, flags: 8, localSize: 0 }))).toEqual([]);
    expect(rules(zip({ name: 'a.txt', ...plain, flags: 8, localSize: 0xffffffff }))).toEqual([]);
  });

  it('are both followed', () => {
    // By the directory a text that is stored, by the header of its own a deflated pickle.
    const data = deflateRawSync(EVIL);
    const bytes = zip({ name: 'a.txt', content: EVIL, packed: { method: 0, data }, localMethod: 8 });
    expect(rules(bytes)).toEqual(expect.arrayContaining(['zip.mismatch', 'pickle.call']));
  });
});

describe('records of the end', () => {
  /** The directory of one archive and the end of another. */
  const archive = zip({ name: 'a.txt', ...plain });
  const evil = zip({ name: 'm.pkl', content: EVIL });

  it('that tell of other counts', () => {
    const changed = Buffer.from(archive);
    changed.writeUInt16LE(7, changed.length - 12);
    expect(rules(changed)).toEqual(['zip.mismatch']);
  });

  it('of which two tell of two directories: both are read', () => {
    // Python goes by where the end is and how long the directory is, others by the offset that is told.
    const directory = evil.subarray(evil.readUInt32LE(evil.length - 6), evil.length - 22);
    const end = Buffer.from(archive.subarray(archive.length - 22));
    const told = archive.readUInt32LE(archive.length - 6);
    const body = archive.subarray(0, archive.length - 22);
    const hidden = Buffer.from(directory);
    hidden.writeUInt32LE(body.length, 42);
    const local = evil.subarray(0, evil.readUInt32LE(evil.length - 6));
    end.writeUInt32LE(directory.length, 12);
    end.writeUInt32LE(told, 16);
    const bytes = Buffer.concat([body, local, hidden, end]);
    expect(rules(bytes)).toEqual(expect.arrayContaining(['zip.mismatch', 'pickle.call']));
  });

  it('of beyond 4 GB that contradict the others', () => {
    const directory = archive.readUInt32LE(archive.length - 6);
    const size = archive.readUInt32LE(archive.length - 10);
    const wide = (count: number): Buffer =>
      Buffer.concat([
        archive.subarray(0, archive.length - 22),
        Buffer.concat([u32(0x06064b50), u64(44), u16(45), u16(45), u32(0), u32(0)]),
        Buffer.concat([u64(count), u64(count), u64(size), u64(directory)]),
        Buffer.concat([u32(0x07064b50), u32(0), u64(archive.length - 22), u32(1)]),
        archive.subarray(archive.length - 22),
      ]);
    expect(rules(wide(1))).toEqual([]);
    expect(rules(wide(2))).toEqual(['zip.mismatch']);
  });

  it('of two archives one behind the other: both are looked at', () => {
    for (const bytes of [Buffer.concat([evil, archive]), Buffer.concat([archive, evil])]) {
      expect(rules(bytes)).toEqual(expect.arrayContaining(['zip.prepended', 'pickle.call']));
    }
  });

  it('may have a comment', () => {
    const comment = Buffer.from('made by hand');
    const bytes = Buffer.concat([archive, comment]);
    bytes.writeUInt16LE(comment.length, archive.length - 2);
    expect(rules(bytes)).toEqual([]);
  });
});

describe('names', () => {
  it.each(['a.pkl\0.txt', 'a\u202etxt.pkl', 'a\u200b.txt', 'a\u001b[31m.txt'])(
    'that are not what they seem: %j',
    (name) => {
      expect(rules(zip({ name, ...plain }))).toEqual(['archive.name']);
    },
  );

  it.each(['\\\\server\\share\\a', '//server/a', 'C:a.txt', 'a/b/../../../c'])('that lead out: %s', (name) => {
    expect(rules(zip({ name, ...plain }))).toEqual(['archive.slip']);
  });

  it.each([
    ['README', 'readme'],
    ['caf\u00e9', 'cafe\u0301'],
    ['a/b', './a//b'],
    ['a/b', 'a\\b'],
  ])('that are one to some readers: %s and %s', (one, other) => {
    const { findings } = scanBytes('x.zip', zip({ name: one, ...plain }, { name: other, ...plain }));
    expect(findings.map(({ rule, severity }) => [rule, severity])).toEqual([['zip.duplicate', 'low']]);
  });
});

describe('members', () => {
  it('that are no files', () => {
    expect(rules(zip({ name: 'dev', content: '', mode: 0o020666 }))).toEqual(['archive.device']);
    expect(rules(zip({ name: 'pipe', content: '', mode: 0o010666 }))).toEqual(['archive.device']);
    // A reader that knows no links takes it for the file that it is.
    expect(rules(zip({ name: 'a.pkl', content: EVIL, mode: 0o120777 }))).toEqual(['pickle.call']);
    // A folder with content is a file to such readers as well.
    expect(rules(zip({ name: 'm/data.pkl/', content: EVIL }))).toEqual(['pickle.call']);
  });

  it('over each other, and bytes between them', () => {
    const overlapping = zip({ name: 'a.txt', content: zip({ name: 'b.txt', ...plain }) }, { name: 'b.txt', ...plain });
    const second = overlapping.lastIndexOf('PK\u0001\u0002');
    overlapping.writeUInt32LE(35, second + 42);
    expect(rules(overlapping)).toContain('zip.overlap');
    const gap = Buffer.concat([Buffer.alloc(64), EVIL]);
    expect(rules(zip({ name: 'a.txt', ...plain }, { name: 'b.txt', ...plain, gap }))).toContain('zip.hidden');
    expect(rules(zip({ name: 'a.txt', ...plain }, { name: 'b.txt', ...plain, gap: Buffer.alloc(500) }))).toEqual([]);
  });

  const xz = Buffer.from(
    '/Td6WFoAAATm1rRGAgAhARYAAAB0L+WjAQAbgAJjb3MKc3lzdGVtClgHAAAAZWNobyBoaYVSLgCv5K4boaOjAwABNByTGq2PH7bzfQEAAAAABFla',
    'base64',
  );
  const alone = Buffer.from('XQAAgAD//////////wBAAIgDvDC9NN4vXibQafs2X82G75wWYnsvQE8Lst32Sv//9RjAAA==', 'base64');
  const bzip2 = Buffer.from(
    'QlpoOTFBWSZTWQPlCKEAAA1TwFCQQAEQQApijCBCACAAIiZAPSaaZCmTEyDIxDKNM7rI6ohn9g0E74UT8XckU4UJAD5QihA=',
    'base64',
  );
  const zstd = Buffer.concat([
    Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x20, EVIL.length, 1 | ((EVIL.length << 3) & 0xff), EVIL.length >> 5, 0]),
    EVIL,
  ]);
  it.each<[string, number, Buffer]>([
    ['deflate', 8, deflateRawSync(EVIL)],
    // Where no match is longer than 257 both kinds of deflate are one.
    ['deflate64', 9, deflateRawSync(EVIL)],
    ['bzip2', 12, bzip2],
    ['LZMA', 14, Buffer.concat([Buffer.from([9, 20, 5, 0]), alone.subarray(0, 5), alone.subarray(13)])],
    ['Zstandard', 93, zstd],
    ['xz', 95, xz],
  ])('packed by %s', (_, method, data) => {
    expect(rules(zip({ name: 'm.pkl', content: EVIL, packed: { method, data } }))).toEqual(['pickle.call']);
  });

  it('packed or locked in a way that is not supported, which is said', () => {
    const ppmd = scanBytes('a.zip', zip({ name: 'm.pkl', content: EVIL, packed: { method: 98, data: EVIL } }));
    expect([ppmd.verdict, ppmd.unseen[0]!.reason]).toEqual([
      'unanalyzed',
      'm.pkl is packed by method 98, which is not supported',
    ]);
    const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, 7), Buffer.alloc(16));
    const data = Buffer.concat([cipher.update(EVIL), cipher.final()]);
    const locked = scanBytes('a.zip', zip({ name: 'm.pkl', content: EVIL, packed: { method: 0, data }, flags: 1 }));
    expect([locked.verdict, locked.unseen[0]!.reason]).toEqual(['unanalyzed', 'm.pkl is encrypted']);
  });
});

it('finds nothing in archives as libraries write them', () => {
  const padding = Buffer.concat([u16(0x4246), u16(28), Buffer.alloc(28, 0x5a)]);
  const files: Record<string, ZipPart[]> = {
    'torch.pt': [
      { name: 'm/data.pkl', content: Buffer.from('\u0080\u0002}q\0.', 'latin1'), flags: 8 },
      { name: 'm/.format_version', content: '1', extra: padding, flags: 8 },
      { name: 'm/byteorder', content: 'little', extra: padding, flags: 8 },
      { name: 'm/data/0', content: Buffer.alloc(64, 1), extra: padding, flags: 8 },
      { name: 'm/version', content: '3\n', extra: padding, flags: 8 },
      { name: 'm/.data/serialization_id', content: '0'.repeat(40), extra: padding, flags: 8 },
    ],
    'package.whl': [
      { name: 'p/__init__.py', content: '__version__ = "1"\n', deflated: true },
      { name: 'p-1.dist-info/METADATA', content: 'Metadata-Version: 2.1\nName: p\n', deflated: true },
      { name: 'p-1.dist-info/RECORD', content: 'p/__init__.py,,\n', deflated: true },
    ],
    'words.docx': [{ name: '[Content_Types].xml', content: '<?xml version="1.0"?><Types/>', deflated: true }],
    'tool.jar': [{ name: 'META-INF/MANIFEST.MF', content: 'Manifest-Version: 1.0\r\n', flags: 8, localSize: 0 }],
  };
  for (const [name, parts] of Object.entries(files)) {
    expect([name, scanBytes(name, writeZip(parts)).findings]).toEqual([name, []]);
  }
});

it('is not taken for a pickle where an unpickler would get no further than its first byte', () => {
  const array = Buffer.concat([Buffer.from('\x93NUMPY\n', 'latin1'), Buffer.from('80035d2e', 'hex')]);
  const archive = writeZip([{ name: 'a.bin', content: array }]);
  expect(scanBytes('objects.npz', archive).format).toBe('zip');
  expect(rulesOf('objects.npz', archive)).not.toContain('polyglot.formats');
});
