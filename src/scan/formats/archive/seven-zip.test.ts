import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requireOrSkip } from '../../../../test/skips.ts';
import { rulesOf, scanBytes } from '../../testing/configs.ts';
import { EVIL, PLAIN } from '../../testing/evil.ts';

const TOOL = ['7z', '7zz', '7za'].find((name) => {
  try {
    execFileSync(name, ['i'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
});

const folder = mkdtempSync(join(tmpdir(), 'ancile-7z-'));
const content = join(folder, 'content');
beforeAll(() => {
  mkdirSync(join(content, 'deep'), { recursive: true });
  writeFileSync(join(content, 'a.txt'), PLAIN.repeat(5000));
  writeFileSync(join(content, 'deep', 'model.pkl'), EVIL);
  writeFileSync(join(content, 'deep', 'noise.txt'), randomBytes(60_000).toString('base64'));
  writeFileSync(join(content, 'empty.txt'), '');
  mkdirSync(join(content, 'nothing'));
  // What filters of programs change, and must give back.
  const program = Buffer.alloc(200_000, 'the words of a program ');
  for (let at = 0; at + 5 < program.length; at += 1 + ((at * 7) % 61)) {
    program[at] = at % 2 === 0 ? 0xe8 : 0xe9;
    program.writeUInt32LE((at * 31) % 5 === 0 ? 0xffff0000 : at, at + 1);
  }
  writeFileSync(join(content, 'program.bin'), program);
});
afterAll(() => rmSync(folder, { recursive: true }));

let count = 0;
/** An archive of the folder. */
function pack(...args: string[]): Buffer {
  const path = join(folder, `${++count}.7z`);
  execFileSync(TOOL!, ['a', '-bd', '-y', path, '.', ...args], { cwd: content, stdio: 'ignore' });
  return readFileSync(path);
}

const METHODS: readonly (readonly string[])[] = [
  ['-m0=Copy', '-mhc=off'],
  ['-m0=LZMA'],
  ['-m0=LZMA', '-ms=off', '-mhc=off'],
  ['-m0=LZMA2', '-mx=9'],
  ['-m0=LZMA:lc=1:lp=2:pb=1'],
  ['-m0=Deflate'],
  ['-m0=Deflate64'],
  ['-m0=BZip2'],
  ['-m0=BCJ', '-m1=LZMA'],
  ['-m0=ARM', '-m1=LZMA2'],
  ['-m0=ARMT', '-m1=LZMA2'],
  ['-m0=PPC', '-m1=LZMA2'],
  ['-m0=SPARC', '-m1=LZMA2'],
  ['-m0=Delta:4', '-m1=LZMA2'],
];

describe.each(METHODS.map((args) => [args.join(' '), args] as const))('a 7z archive by %s', (_, args) => {
  it('is unpacked, and every member looked at: no checksum is wrong', (context) => {
    requireOrSkip(context, TOOL !== undefined, 'needs 7z');
    const report = scanBytes('model.7z', pack(...args));
    expect(report.findings.map(({ rule, member }) => [rule, member])).toEqual([['pickle.call', 'deep/model.pkl']]);
    const names = report.members.map(({ path, size }) => [path, size]);
    expect(names).toContainEqual(['a.txt', PLAIN.length * 5000]);
    expect(names).toContainEqual(['program.bin', 200_000]);
    expect(report.unseen.map(({ member }) => member)).toEqual(['program.bin']);
  });
});

it('says what it cannot unpack', (context) => {
  requireOrSkip(context, TOOL !== undefined, 'needs 7z');
  const locked = scanBytes('m.7z', pack('-psecret'));
  expect(locked.verdict).toBe('unanalyzed');
  expect(locked.unseen.map(({ reason }) => reason)).toContain('deep/model.pkl is encrypted (AES)');
  expect(scanBytes('m.7z', pack('-psecret', '-mhe=on')).unseen[0]!.reason).toBe('its list of files is encrypted (AES)');
  expect(scanBytes('m.7z', pack('-m0=PPMd')).unseen[0]!.reason).toContain('PPMd');
});

it('sees links, a wrong checksum, and what stands behind the archive', (context) => {
  requireOrSkip(context, TOOL !== undefined, 'needs 7z');
  const whole = pack('-m0=Copy', '-mhc=off');
  expect(rulesOf('m.7z', Buffer.concat([whole, Buffer.alloc(100), EVIL]))).toEqual(['archive.trailing', 'pickle.call']);
  const changed = Buffer.from(whole);
  changed.write('X', changed.indexOf(PLAIN));
  expect(rulesOf('m.7z', changed)).toEqual(['7z.crc', 'pickle.call']);
  symlinkSync('/etc/passwd', join(content, 'link'));
  expect(rulesOf('m.7z', pack('-snl'))).toEqual(['archive.link', 'pickle.call']);
  rmSync(join(content, 'link'));
});

/** `a.txt` with `hello\n`: stored, and by LZMA with an encoded header; EVIL as `m.pkl` by LZMA2. */
const FIXED = {
  stored:
    '377abcaf271c000454edc904060000000000000042000000000000003fb9773168656c6c6f0a0104060001090600070b01000101000c0600080a0120303a3600000501110d0061002e007400780074000000140a0100dfb23d2d677edd01150601002080a4810000',
  lzma: '377abcaf271c0004e2ba93ee0b00000000000000520000000000000087a6ed2d00341949ee8ddcf53000000104060001090b00070b01000123030101055d001000000c0600080a0120303a36000005011906000000000000110d0061002e007400780074000000140a0100dfb23d2d677edd01150601002080a4810000',
  evil: '377abcaf271c0004a3d12bfc200000000000000052000000000000004dbe682c01001b8002636f730a73797374656d0a58070000006563686f20686985522e000104060001092000070b010001212101000c1c00080a0144eb01b100000501190c000000000000000000000000110d006d002e0070006b006c000000140a0100dfb23d2d677edd01150601002080a4810000',
};

it('reads fixed archives, and survives those that are changed anywhere', () => {
  const bytes = (name: keyof typeof FIXED): Buffer => Buffer.from(FIXED[name], 'hex');
  expect(scanBytes('a.7z', bytes('stored'))).toMatchObject({ verdict: 'clean', format: '7z' });
  expect(scanBytes('a.7z', bytes('lzma')).members).toEqual([{ path: 'a.txt', format: 'text', size: 6 }]);
  expect(rulesOf('a.7z', bytes('evil'))).toEqual(['pickle.call']);
  // Whoever cuts it off, or moves the header behind the end.
  expect(rulesOf('a.7z', bytes('evil').subarray(0, 60))).toContain('7z.malformed');
  fc.assert(
    fc.property(
      fc.constantFrom(bytes('stored'), bytes('lzma'), bytes('evil')),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
      (archive, changes) => {
        const changed = Buffer.from(archive);
        for (const [at, byte] of changes) changed[at % changed.length] = byte;
        for (const { reason } of scanBytes('a.7z', changed).unseen) expect(reason).not.toContain('the scanner failed');
      },
    ),
    { numRuns: 500 },
  );
});
