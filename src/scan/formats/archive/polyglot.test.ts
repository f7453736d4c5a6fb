// Files that are several things at once: each side is looked at, and that there are two is told.
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { tarChecksum, tarEnd, tarHeader, tarPadding } from '../../../codec/index.ts';
import { rulesOf, scanBytes, u32, u64 } from '../../testing/configs.ts';
import { EVIL, PLAIN } from '../../testing/evil.ts';
import { call, global, int, list, pickle, text } from '../../testing/pickle.ts';
import { writeZip } from '../../testing/zip.ts';

const evilZip = writeZip([{ name: 'm/data.pkl', content: EVIL }]);
const plainZip = writeZip([{ name: 'a.txt', content: PLAIN }]);
const evilPickle = pickle(call(global('posix', 'system'), text('echo hi')));
const plainPickle = pickle(list(int(1), int(2)));

function tar(name: string, content: Uint8Array): Buffer {
  const header = tarHeader(name, content.length, 0);
  header.write(`${tarChecksum(header).toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, content, tarPadding(content.length), tarEnd()]);
}

const safetensors = Buffer.from('{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}');
const npyHeader = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }".padEnd(117) + '\n';
const FRONTS: Record<string, Buffer> = {
  image: Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(200, 3)]),
  gguf: Buffer.concat([Buffer.from('GGUF'), u32(3), u64(0), u64(0), Buffer.alloc(8)]),
  safetensors: Buffer.concat([u64(safetensors.length), safetensors, Buffer.alloc(2)]),
  pickle: plainPickle,
  numpy: Buffer.concat([Buffer.from('\x93NUMPY\x01\0\x76\0', 'latin1'), Buffer.from(npyHeader), Buffer.alloc(8)]),
  tar: tar('a.txt', Buffer.from(PLAIN)),
  gzip: gzipSync(PLAIN),
};

describe.each(Object.entries(FRONTS))('an archive behind %s', (_, front) => {
  it('is looked at, and told of', () => {
    const report = scanBytes('file', Buffer.concat([front, evilZip]));
    expect(report.verdict).toBe('malicious');
    expect(report.findings.map(({ rule }) => rule)).toEqual(
      expect.arrayContaining(['polyglot.formats', 'zip.prepended', 'pickle.call']),
    );
  });

  it('is told of where both are harmless', () => {
    expect(rulesOf('file', Buffer.concat([front, plainZip]))).toEqual(
      expect.arrayContaining(['polyglot.formats', 'zip.prepended']),
    );
  });
});

it('looks at what stands in front of an archive', () => {
  for (const front of [evilPickle, EVIL, tar('m.pkl', EVIL), gzipSync(EVIL)]) {
    const report = scanBytes('m.pt', Buffer.concat([front, plainZip]));
    expect(report.findings.map(({ rule }) => rule)).toEqual(
      expect.arrayContaining(['polyglot.formats', 'zip.prepended', 'pickle.call']),
    );
  }
});

it('takes a program that unpacks itself for what it is, unless it is called a model or holds one', () => {
  const program = Buffer.concat([Buffer.from('\x7fELF\x02\x01\x01', 'latin1'), Buffer.alloc(200)]);
  expect(scanBytes('setup', Buffer.concat([program, plainZip])).verdict).toBe('clean');
  expect(scanBytes('m.pt', Buffer.concat([program, plainZip])).verdict).toBe('malicious');
  const model = writeZip([{ name: 'm/data.pkl', content: plainPickle }]);
  expect(scanBytes('setup', Buffer.concat([program, model])).verdict).toBe('suspicious');
});

it('finds an archive that something stands behind only where it is dangerous: it may be a part of something', () => {
  const rest = Buffer.alloc(3000, 5);
  expect(rulesOf('a.png', Buffer.concat([FRONTS['image']!, plainZip, rest]))).toEqual([]);
  expect(rulesOf('a.png', Buffer.concat([FRONTS['image']!, evilZip, rest]))).toContain('pickle.call');
  // A model of NeMo: its weights are an archive, the last member.
  expect(rulesOf('m.nemo', tar('model_weights.ckpt', plainZip))).toEqual([]);
});

describe('what stands behind the end', () => {
  it.each<[string, Buffer]>([
    ['gzip', gzipSync(PLAIN)],
    ['tar', tar('a.txt', Buffer.from(PLAIN))],
  ])('of %s is looked at', (_, front) => {
    expect(rulesOf('file', Buffer.concat([front, EVIL]))).toEqual(['archive.trailing', 'pickle.call']);
    expect(rulesOf('file', Buffer.concat([front, Buffer.alloc(5000)]))).toEqual([]);
  });

  it.each(['gguf', 'safetensors', 'numpy', 'pickle'])('of %s is looked at', (name) => {
    expect(rulesOf('file', Buffer.concat([FRONTS[name]!, evilPickle]))).toContain('pickle.call');
  });

  it('of an array may be packed', () => {
    expect(rulesOf('file', Buffer.concat([FRONTS['numpy']!, gzipSync(EVIL)]))).toEqual([
      'numpy.trailing',
      'pickle.call',
    ]);
  });

  it('of a member of gzip may be another one: both are one stream', () => {
    const half = EVIL.length >> 1;
    const bytes = Buffer.concat([gzipSync(EVIL.subarray(0, half)), gzipSync(EVIL.subarray(half))]);
    expect(rulesOf('m.joblib', bytes)).toEqual(['pickle.call']);
  });
});
