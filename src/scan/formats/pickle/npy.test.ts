import { describe, expect, test } from 'vitest';
import { lookAt, said } from '../../testing/look.ts';
import { call, global, join, pickle, text } from '../../testing/pickle.ts';

const attack = pickle(call(global('os', 'system'), text('echo hi')));
const CALLS = 'pickle.call: calls os.system("echo hi"), which can run commands or code';

/** A .npy file around a header. */
function npy(header: string, data: Buffer, version = 1): Buffer {
  const length = Buffer.alloc(version === 1 || version > 3 ? 2 : 4);
  length.writeUIntLE(header.length, 0, length.length);
  return join(
    Buffer.from('\x93NUMPY', 'latin1'),
    Buffer.from([version, 0]),
    length,
    Buffer.from(header, 'latin1'),
    data,
  );
}
const described = (descr: string, shape: string): string =>
  `{'descr': ${descr}, 'fortran_order': False, 'shape': ${shape}, }\n`;

describe('an array of numpy', () => {
  test('of numbers is clean, and so are several in one file', () => {
    const numbers = npy(described("'<f4'", '(2, 2)'), Buffer.alloc(16));
    expect(lookAt(numbers, 'a.npy')).toMatchObject({ verdict: 'clean', format: 'numpy', findings: [], unseen: [] });
    expect(
      lookAt(join(numbers, npy(described("[('Open', '<f8'), ('n', '<i4', (2,))]", '(1,)'), Buffer.alloc(16), 2))),
    ).toMatchObject({ verdict: 'clean', findings: [] });
    expect(lookAt(npy(described("'<U3'", '()'), Buffer.alloc(12), 3))).toMatchObject({
      verdict: 'clean',
      findings: [],
    });
  });

  const objects = [
    "'|O'",
    "'O8'",
    "'object'",
    "'i4,O'",
    "[('a', '<f4'), ('b', '|O')]",
    "[('a', [('b', '|O')])]",
    "('|O', (2,))",
    "[('a', '|O', (2,))]",
    "{'names': ['a'], 'formats': ['O']}",
  ];
  for (const descr of objects) {
    test(`of objects (${descr}) is a pickle`, () =>
      expect(said(npy(described(descr, '(1,)'), attack))).toEqual([CALLS]));
  }

  test('of objects that are plain data is clean', () => {
    expect(lookAt(npy(described("'|O'", '(1,)'), pickle(text('a')))).verdict).toBe('clean');
  });

  test('of an unknown version is looked into all the same', () => {
    expect(said(npy(described("'|O'", '(1,)'), attack, 9))).toEqual([
      'numpy.version: says that it is of version 9.0, which numpy does not know',
      CALLS,
    ]);
  });

  test('of numbers that are a pickle, or behind which one lies', () => {
    expect(said(npy(described("'<f4'", '(1,)'), attack))).toContain(CALLS);
    expect(said(join(npy(described("'<f4'", '(1,)'), Buffer.alloc(4)), attack))).toEqual([CALLS]);
    expect(said(join(npy(described("'<f4'", '(1,)'), Buffer.alloc(4)), Buffer.from('more')))).toEqual([
      'numpy.trailing: other bytes follow the end of the array',
    ]);
  });

  test('that takes all memory', () => {
    const report = lookAt(npy(described("'<f4'", '(4611686018427387904, 4)'), Buffer.alloc(16)));
    expect([report.verdict, report.findings[0]!.rule, report.findings[0]!.capability]).toEqual([
      'suspicious',
      'numpy.shape',
      'exhaust',
    ]);
  });

  test('that is cut off is said to be not all there', () => {
    expect(lookAt(npy(described("'<f4'", '(100,)'), Buffer.alloc(16)))).toMatchObject({
      verdict: 'unanalyzed',
      unseen: [{ reason: 'the array ends before its end' }],
    });
  });

  test('with a header that is none, too long, or cut off', () => {
    expect(said(npy('__import__("os")', attack))).toEqual([
      'numpy.header: has a header that is no description of an array',
      CALLS,
    ]);
    expect(said(npy(described("'<f4'", '(-1,)'), Buffer.alloc(4)))[0]).toBe('numpy.header: has a shape that is none');
    expect(said(npy(described("'<f4'", `(${'1, '.repeat(5000)})`), Buffer.alloc(4)))[0]).toMatch(
      /^numpy.header: has a header of/,
    );
    expect(said(npy(described("'<f4'", '(1,)'), Buffer.alloc(0)).subarray(0, 40))[0]).toMatch(/^numpy.malformed/);
  });
});
