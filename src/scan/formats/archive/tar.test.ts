// Tar archives as an attacker writes them: what one reader steps over and another does not is looked at.
import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { tarChecksum, tarEnd, tarHeader, tarPadding } from '../../../codec/index.ts';
import { MemorySource, examine, shippedScanner } from '../../index.ts';
import { rulesOf, scanBytes } from '../../testing/configs.ts';
import { EVIL, PLAIN } from '../../testing/evil.ts';

const rules = (...parts: Uint8Array[]): string[] => rulesOf('file.tar', Buffer.concat([...parts, tarEnd()]));

/** One member, its header changed before the checksum is put in. */
function member(
  name: string,
  content: Uint8Array | string,
  change: (header: Buffer) => void = () => undefined,
): Buffer {
  const bytes = Buffer.from(content as Uint8Array);
  const header = tarHeader(name, bytes.length, 0);
  change(header);
  header.write(`${tarChecksum(header).toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, bytes, tarPadding(bytes.length)]);
}
const typed = (type: string) => (header: Buffer) => void header.write(type, 156);
const pax = (type: string, ...values: string[]): Buffer => {
  // Of values that make lines of 10 to 99 signs.
  const lines = values.map((value) => `${value.length + 4} ${value}\n`);
  return member('pax', lines.join(''), typed(type));
};
const plain = member('a.txt', PLAIN);

it('takes a name from wherever readers take it', () => {
  expect(rules(pax('x', 'path=../up.txt'), plain)).toEqual(['archive.slip']);
  expect(rules(pax('X', 'path=../up.txt'), plain)).toEqual(['archive.slip']);
  // For all that follow.
  expect(rules(pax('g', 'path=../up.txt'), plain, plain)).toEqual(['archive.slip']);
  expect(rules(member('L', '../up.txt\0', typed('L')), plain)).toEqual(['archive.slip']);
  expect(rules(member('K', '/etc/passwd\0', typed('K')), member('l', '', typed('2')))).toEqual(['archive.link']);
  const prefixed = member('up.txt', PLAIN, (header) => void header.write('..', 345));
  expect(rules(prefixed)).toEqual(['archive.slip']);
  expect(rules(member('a\u202ekp.txt', PLAIN))).toEqual(['archive.name']);
});

it('lets links of what is unpacked as a root of its own lead anywhere there, and nothing else', () => {
  const link = member('bin', '', (header) => {
    typed('2')(header);
    header.write('/usr/bin', 157);
  });
  const inRoot = (bytes: Buffer): string[] =>
    examine(shippedScanner(), 'layer.tar.gz', new MemorySource(bytes), { isRoot: true }).findings.map(
      ({ rule }) => rule,
    );
  const tar = Buffer.concat([link, plain, tarEnd()]);
  expect(rules(link, plain)).toEqual(['archive.link']);
  expect(inRoot(gzipSync(tar))).toEqual([]);
  expect(inRoot(tar)).toEqual([]);
  expect(inRoot(gzipSync(Buffer.concat([member('inner.tar', tar), tarEnd()])))).toEqual(['archive.link']);
  expect(inRoot(Buffer.concat([link, member('../up.pkl', EVIL), tarEnd()]))).toEqual(['archive.slip', 'pickle.call']);
});

it('tells of hard links, pipes, and links with content, which only some readers step over', () => {
  const link = (type: string) => (header: Buffer) => {
    header.write(type, 156);
    header.write('/etc/passwd', 157);
  };
  expect(rules(member('l', '', link('1')))).toEqual(['archive.link']);
  expect(rules(member('p', '', typed('6')))).toEqual(['archive.device']);
  expect(rules(member('l.pkl', EVIL, link('2')))).toEqual(
    expect.arrayContaining(['archive.link', 'pickle.call', 'tar.malformed']),
  );
});

it('tells of holes', () => {
  expect(rules(member('m.bin', PLAIN, typed('S')))).toEqual(['tar.sparse']);
  expect(rules(pax('x', 'GNU.sparse.major=1'), member('m.pkl', EVIL))).toEqual(['pickle.call', 'tar.sparse']);
});

it('goes on behind a broken header, and behind the end', () => {
  const evil = member('m.pkl', EVIL);
  const broken = Buffer.from(plain);
  broken[0]! ^= 1;
  expect(rules(plain, broken, evil)).toEqual(expect.arrayContaining(['tar.malformed', 'pickle.call']));
  expect(rules(plain, tarEnd(), evil)).toEqual(['archive.trailing', 'pickle.call']);
  expect(rules(plain, Buffer.alloc(512), evil)).toEqual(['archive.trailing', 'pickle.call']);
});

it('is read piece by piece where it is packed and long: members at its end are seen', () => {
  const noise = randomBytes(45 << 20);
  const archive = Buffer.concat([member('weights.bin', noise), member('m.pkl', EVIL), tarEnd()]);
  const { findings, unseen } = scanBytes('m.tar.gz', gzipSync(archive, { level: 1 }));
  expect(findings.map(({ rule, member }) => [rule, member])).toEqual([['pickle.call', 'm.tar!/m.pkl']]);
  expect(unseen.map(({ member }) => member)).toEqual(['m.tar!/weights.bin']);
});

it('finds nothing in the first format of PyTorch', () => {
  const empty = Buffer.from('\u0080\u0002}q\0.', 'latin1');
  const numbers = Buffer.concat([Buffer.from('\u0080\u0002K\0.', 'latin1')]);
  const archive = Buffer.concat([
    member('sys_info', empty),
    member('pickle', empty),
    member('tensors', numbers),
    member('storages', numbers),
    tarEnd(),
  ]);
  expect(scanBytes('m.tar', archive)).toMatchObject({ format: 'pytorch', verdict: 'clean', findings: [] });
});
