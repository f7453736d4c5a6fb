// Compressed streams of every kind that joblib writes, within each other, and bombs that other scanners choke on.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Scan, shippedScanner } from '../../index.ts';
import { rulesOf, scanBytes, u32, u64 } from '../../testing/configs.ts';
import { EVIL, PLAIN } from '../../testing/evil.ts';
import { MEMOIZE, get, join as joined, list, pickle, text } from '../../testing/pickle.ts';
import { writeZip } from '../../testing/zip.ts';

const STREAMS: Record<string, Buffer> = {
  gzip: gzipSync(EVIL),
  zlib: deflateSync(EVIL),
  bzip2: Buffer.from(
    'QlpoOTFBWSZTWQPlCKEAAA1TwFCQQAEQQApijCBCACAAIiZAPSaaZCmTEyDIxDKNM7rI6ohn9g0E74UT8XckU4UJAD5QihA=',
    'base64',
  ),
  xz: Buffer.from(
    '/Td6WFoAAATm1rRGAgAhARYAAAB0L+WjAQAbgAJjb3MKc3lzdGVtClgHAAAAZWNobyBoaYVSLgCv5K4boaOjAwABNByTGq2PH7bzfQEAAAAABFla',
    'base64',
  ),
  lzma: Buffer.from('XQAAgAD//////////wBAAIgDvDC9NN4vXibQafs2X82G75wWYnsvQE8Lst32Sv//9RjAAA==', 'base64'),
  // A block that is stored, and the end.
  lz4: Buffer.concat([u32(0x184d2204), Buffer.from([0x60, 0x40, 0x82]), u32(0x80000000 + EVIL.length), EVIL, u32(0)]),
  // The first versions of joblib: the length as text, in 19 signs.
  zfile: Buffer.concat([Buffer.from(`ZF${`0x${EVIL.length.toString(16)}`.padEnd(19)}`), deflateSync(EVIL)]),
};

describe.each(Object.entries(STREAMS))('a pickle packed by %s', (kind, packed) => {
  it('is looked at, under any name', () => {
    for (const name of ['m.joblib', 'm', 'picture.png']) expect(rulesOf(name, packed)).toEqual(['pickle.call']);
  });

  it('is looked at within other streams and archives', () => {
    expect(rulesOf('m.gz', gzipSync(deflateSync(packed)))).toEqual(['pickle.call']);
    expect(rulesOf('m.zip', writeZip([{ name: 'm.bin', content: packed, deflated: true }]))).toEqual(['pickle.call']);
  });

  it('does not hide what stands behind it', () => {
    const [before, after] = [packed, Buffer.from('\x7fELF\x02\x01\x01 and so on', 'latin1')];
    const found = scanBytes('m.joblib', Buffer.concat([before, after])).findings;
    expect(found.map(({ rule }) => rule)).toContain('archive.trailing');
    expect(found.map(({ rule }) => rule)).toContain('executable.found');
    expect(found.find(({ rule }) => rule === 'executable.found')!.member).toBe(`behind the ${kind} stream`);
  });
});

/** What a scan costs: processor seconds, and megabytes that were never used before. */
function costOf(bytes: Uint8Array, name: string): { seconds: number; megabytes: number; verdict: string } {
  scanBytes('warm.joblib', gzipSync(PLAIN));
  const memory = process.resourceUsage().maxRSS;
  const cpu = process.cpuUsage();
  const { verdict } = scanBytes(name, bytes);
  const { user, system } = process.cpuUsage(cpu);
  return { seconds: (user + system) / 1e6, megabytes: (process.resourceUsage().maxRSS - memory) / 1024, verdict };
}

describe('bombs end within seconds and bounded memory, and are told of', () => {
  // Wide bounds: a slow machine is not to fail. What is meant is that nothing grows with what the file would become.
  const SECONDS = 8;
  const MEGABYTES = 300;
  const laughs = pickle(
    text('lol'),
    MEMOIZE,
    ...Array.from({ length: 60 }, (_, level) => joined(list(...new Array<Buffer>(10).fill(get(level))), MEMOIZE)),
  );
  const deep = (bytes: Buffer, depth: number): Buffer =>
    depth === 0 ? bytes : deep(writeZip([{ name: 'z.zip', content: bytes, deflated: true }]), depth - 1);
  const BOMBS: Record<string, () => Buffer> = {
    // Takes fickling 3.9 GB of memory.
    'a pickle of some hundred bytes': () => laughs,
    // Takes modelaudit 14 seconds.
    'a stream that becomes 60 MB': () => gzipSync(Buffer.alloc(60_000_000)),
    'a stream that becomes 1 GB': () => {
      const part = gzipSync(Buffer.alloc(1 << 26));
      return Buffer.concat(new Array<Buffer>(16).fill(part));
    },
    'very many empty streams': () => Buffer.concat(new Array<Buffer>(400_000).fill(gzipSync(''))),
    'archives within archives': () => deep(Buffer.from(PLAIN), 40),
    'a member that becomes 200 MB': () =>
      writeZip([
        {
          name: 'data.pkl',
          content: Buffer.concat([Buffer.from([0x80, 4, 0x8e]), u64(2 ** 40), Buffer.alloc(200_000_000)]),
          deflated: true,
        },
      ]),
  };
  it.each(Object.entries(BOMBS))('%s', (_, make) => {
    const { seconds, megabytes, verdict } = costOf(make(), 'm.joblib');
    expect(verdict).not.toBe('clean');
    expect(seconds).toBeLessThan(SECONDS);
    expect(megabytes).toBeLessThan(MEGABYTES);
  });
});

it('goes on behind a bad archive: the rest of the folder is looked at', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ancile-bad-zip-'));
  try {
    const good = writeZip([{ name: 'm/data.pkl', content: EVIL }]);
    writeFileSync(join(folder, 'a-bad.zip'), Buffer.concat([Buffer.from('PK\u0003\u0004'), Buffer.alloc(100, 0xff)]));
    writeFileSync(join(folder, 'b-cut.pt'), good.subarray(0, 40));
    writeFileSync(join(folder, 'c-words.pt'), 'not what it is called');
    writeFileSync(join(folder, 'd-evil.pt'), good);
    const scan = new Scan(shippedScanner(), { now: 0 });
    const verdicts = [...scan.run([folder])].map(({ path, verdict }) => [path.slice(folder.length + 1), verdict]);
    expect(verdicts).toHaveLength(4);
    expect(verdicts[3]).toEqual(['d-evil.pt', 'malicious']);
    expect(verdicts[0]![1]).not.toBe('clean');
    expect(verdicts[1]![1]).not.toBe('clean');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
