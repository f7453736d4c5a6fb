import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { tarChecksum, tarEnd, tarHeader, tarPadding } from '../../../codec/index.ts';
import { rulesOf, scanBytes } from '../../testing/configs.ts';
import { type ZipPart, writeZip } from '../../testing/zip.ts';

const look = (bytes: Uint8Array, name = 'file') => scanBytes(name, bytes);
const rules = (bytes: Uint8Array, name = 'file'): string[] => rulesOf(name, bytes);
const zip = (...parts: ZipPart[]): Buffer => writeZip(parts);

/** `os.system('echo hi')` as a pickle of protocol 2. */
const EVIL = Buffer.from('\u0080\u0002cos\nsystem\nX\u0007\0\0\0echo hi\u0085R.', 'latin1');
const PLAIN = 'a plain text\n';

it('finds what a plain archive holds, deflated or not, and nothing in a harmless one', () => {
  expect(rules(zip({ name: 'a.txt', content: PLAIN }, { name: 'b.txt', content: PLAIN, deflated: true }))).toEqual([]);
  for (const deflated of [false, true]) {
    const report = look(zip({ name: 'm/data.pkl', content: EVIL, deflated }), 'm.pt');
    expect(report).toMatchObject({ verdict: 'malicious', format: 'pytorch' });
    expect(report.findings[0]!.member).toBe('m/data.pkl');
  }
});

it('tells where the two descriptions of a member disagree', () => {
  const bytes = { content: PLAIN };
  expect(rules(zip({ name: 'a.txt', localName: 'b.txt', ...bytes }))).toContain('zip.mismatch');
  expect(rules(zip({ name: 'a.txt', flags: 1, localFlags: 0, ...bytes }))).toContain('zip.mismatch');
  expect(rules(zip({ name: 'a.txt', flags: 1, ...bytes }))).toContain('zip.mismatch');
  expect(rules(zip({ name: 'a.txt', crc: 1, ...bytes }))).toEqual(['zip.crc']);
  expect(rules(zip({ name: 'a.txt', ...bytes }, { name: 'a.txt', ...bytes }))).toEqual(['zip.duplicate']);
});

it('looks at members that only one reader sees, and at a payload under a wrong checksum', () => {
  expect(rules(zip({ name: 'a.txt', content: PLAIN }, { name: 'm.pkl', content: EVIL, hidden: true }))).toEqual(
    expect.arrayContaining(['zip.hidden', 'pickle.call']),
  );
  expect(rules(zip({ name: 'm.pkl', content: EVIL, crc: 7 }))).toEqual(
    expect.arrayContaining(['zip.crc', 'pickle.call']),
  );
  const archive = zip({ name: 'm.pkl', content: EVIL });
  expect(rules(archive.subarray(0, archive.length - 22))).toContain('pickle.call');
});

it('tells what stands in front of an archive and behind it', () => {
  const archive = zip({ name: 'a.txt', content: PLAIN });
  expect(rules(Buffer.concat([Buffer.from('some words first\n'), archive]))).toContain('zip.prepended');
  expect(rules(Buffer.concat([archive, Buffer.alloc(70_000, 1)]))).toContain('zip.trailing');
});

it('tells of paths and links that lead out of the folder', () => {
  for (const name of ['../up.txt', 'a/../../up.txt', '/etc/passwd', 'C:\\win.ini', '..\\up.txt']) {
    expect(rules(zip({ name, content: PLAIN }))).toContain('archive.slip');
  }
  expect(rules(zip({ name: 'a/..b/c..txt', content: PLAIN }))).toEqual([]);
  expect(rules(zip({ name: 'link', content: '/etc/passwd', mode: 0o120777 }))).toEqual(['archive.link']);
  expect(rules(zip({ name: 'a/link', content: '../b.txt', mode: 0o120777 }))).toEqual([]);
});

const tar = (name: string, content: Buffer, change: (header: Buffer) => void = () => undefined): Buffer => {
  const header = tarHeader(name, content.length, 0);
  change(header);
  header.write(`${tarChecksum(header).toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, content, tarPadding(content.length), tarEnd()]);
};

it('looks into tar archives, compressed or not, for members, slips, links and devices', () => {
  expect(rules(tar('a.txt', Buffer.from(PLAIN)))).toEqual([]);
  expect(rules(tar('m.pkl', EVIL))).toContain('pickle.call');
  expect(rules(gzipSync(tar('m.pkl', EVIL)), 'm.tar.gz')).toContain('pickle.call');
  expect(rules(tar('../up.txt', Buffer.from(PLAIN)))).toContain('archive.slip');
  expect(rules(tar('pipe', Buffer.alloc(0), (header) => void (header[156] = 0x36)))).toEqual(['archive.device']);
  const link = tar('link', Buffer.alloc(0), (header) => {
    header[156] = 0x32;
    header.write('/etc/passwd', 157);
  });
  expect(rules(link)).toEqual(['archive.link']);
  expect(rules(Buffer.concat([tar('a.txt', Buffer.from(PLAIN)).subarray(0, 1024), Buffer.alloc(512, 7)]))).toContain(
    'tar.malformed',
  );
});

it('ends at bombs: small files that become huge ones', () => {
  const bomb = gzipSync(Buffer.alloc(60_000_000));
  expect(rules(bomb, 'm.joblib')).toContain('archive.bomb');
  const nested = look(zip({ name: 'b.gz', content: gzipSync(gzipSync(Buffer.alloc(60_000_000))) }));
  expect(nested.verdict).not.toBe('clean');
});
