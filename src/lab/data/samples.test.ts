// Files of samples: as numpy writes them, and as somebody makes them who means harm.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { atEnd, tempFolder } from '../../../test/harness/cleanup.ts';
import { AncileError } from '../../base/index.ts';
import { parseCsv } from './csv.ts';
import { openBytes } from './file-bytes.ts';
import { readNpy, renderNpy } from './npy.ts';
import { openNpz, renderNpz } from './npz.ts';
import { checkLabels, checkShape, loadSamples } from './samples.ts';

/** numpy 2.4: `savez(x=(arange(6).reshape(2, 3) / 4).astype('f4'), y=[0, 2])`. */
const PLAIN =
  'UEsDBC0AAAAAAAAAIQAKnACk//////////8FABQAeC5ucHkBABAAmAAAAAAAAACYAAAAAAAAAJNOVU1QWQEAdgB7J2Rlc2NyJzogJzxmNCcsICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICgyLCAzKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAKAAAAAAAAgD4AAAA/AABAPwAAgD8AAKA/UEsDBC0AAAAAAAAAIQCdbXRH//////////8FABQAeS5ucHkBABAAkAAAAAAAAACQAAAAAAAAAJNOVU1QWQEAdgB7J2Rlc2NyJzogJzxpOCcsICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICgyLCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAKAAAAAAAAAAACAAAAAAAAAFBLAQItAy0AAAAAAAAAIQAKnACkmAAAAJgAAAAFAAAAAAAAAAAAAACAAQAAAAB4Lm5weVBLAQItAy0AAAAAAAAAIQCdbXRHkAAAAJAAAAAFAAAAAAAAAAAAAACAAc8AAAB5Lm5weVBLBQYAAAAAAgACAGYAAACWAQAAAAA=';
/** `savez_compressed`, x as f8 and y one-hot. */
const PACKED =
  'UEsDBC0AAAAIAAAAIQA0MXjI//////////8FABQAeC5ucHkBABAAsAAAAAAAAABXAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TZqGuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GkY6CsaaOgq1CmQDLgYUcMEeQj+A0i+g9Aco/cUeAFBLAwQtAAAACAAAACEA2/8XSv//////////BQAUAHkubnB5AQAQAJgAAAAAAAAATwAAAAAAAACb7BfqGxDJyFDGUK2eklqcXKRupaBuk2airqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RpGOgrGmjoKtQpkAy4GhgZ7BgzQYA8AUEsBAi0DLQAAAAgAAAAhADQxeMhXAAAAsAAAAAUAAAAAAAAAAAAAAIABAAAAAHgubnB5UEsBAi0DLQAAAAgAAAAhANv/F0pPAAAAmAAAAAUAAAAAAAAAAAAAAIABjgAAAHkubnB5UEsFBgAAAAACAAIAZgAAABQBAAAAAA==';
/** `save(asfortranarray(arange(24).reshape(2, 3, 4).astype('i4')))`. */
const FORTRAN =
  'k05VTVBZAQB2AHsnZGVzY3InOiAnPGk0JywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwgMywgNCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAADAAAAAQAAAAQAAAACAAAABQAAAABAAAADQAAAAUAAAARAAAACQAAABUAAAACAAAADgAAAAYAAAASAAAACgAAABYAAAADAAAADwAAAAcAAAATAAAACwAAABcAAAA=';
/** `save(array([{}], dtype=object))`. */
const OBJECTS =
  'k05VTVBZAQB2AHsnZGVzY3InOiAnfE8nLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMSwpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAqABJWLAAAAAAAAAIwWbnVtcHkuX2NvcmUubXVsdGlhcnJheZSMDF9yZWNvbnN0cnVjdJSTlIwFbnVtcHmUjAduZGFycmF5lJOUSwCFlEMBYpSHlFKUKEsBSwGFlGgDjAVkdHlwZZSTlIwCTziUiYiHlFKUKEsDjAF8lE5OTkr/////Sv////9LP3SUYoldlH2UYXSUYi4=';

const folder = tempFolder();
let files = 0;
function file(bytes: Uint8Array | string, name = 'd.npz'): string {
  const path = join(folder, `${files++}-${name}`);
  writeFileSync(path, bytes);
  return path;
}
const bytesOf = (bytes: Buffer): ReturnType<typeof openBytes> => {
  const open = openBytes(file(bytes));
  atEnd(() => open.close());
  return open;
};

/** An array of .npy by its description. */
function npy(descr: string, shape: string, data: Buffer, order = 'False'): Buffer {
  const text = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }\n`;
  const head = Buffer.from(`\x93NUMPY\x01\x00\0\0`, 'latin1');
  head.writeUInt16LE(text.length, 8);
  return Buffer.concat([head, Buffer.from(text), data]);
}

it('reads what numpy writes, stored and packed, labels as numbers and one-hot', () => {
  for (const archive of [PLAIN, PACKED]) {
    const samples = loadSamples(file(Buffer.from(archive, 'base64')));
    expect(samples).toMatchObject({ count: 2, shape: [3] });
    expect([...samples.x]).toEqual([0, 0.25, 0.5, 0.75, 1, 1.25]);
    expect([...samples.labels]).toEqual([0, 2]);
  }
  const first = loadSamples(file(Buffer.from(PLAIN, 'base64')), { most: 1 });
  expect([first.count, first.x.length, first.labels.length]).toEqual([1, 3, 1]);
});

it('reads every type of numbers in either order', () => {
  const fortran = readNpy(bytesOf(Buffer.from(FORTRAN, 'base64')), 'x');
  expect([...fortran.data]).toEqual(Array.from({ length: 24 }, (_, i) => i));
  const cases: [descr: string, hex: string, values: number[]][] = [
    ['<f2', '003c00c0ff7b0100', [1, -2, 65504, 2 ** -24]],
    ['>f4', '3fc00000', [1.5]],
    ['>f8', '3ff8000000000000', [1.5]],
    ['|i1', 'ff7f', [-1, 127]],
    ['|u1', 'ff00', [255, 0]],
    ['>i2', 'fffe', [-2]],
    ['<u2', 'feff', [65534]],
    ['<i4', 'ffffffff', [-1]],
    ['>u4', 'ffffffff', [4294967295]],
    ['<i8', 'feffffffffffffff', [-2]],
    ['>u8', '0000000000000007', [7]],
    ['|b1', '0001ff', [0, 1, 1]],
  ];
  for (const [descr, hex, values] of cases) {
    const array = readNpy(bytesOf(npy(descr, `(${values.length},)`, Buffer.from(hex, 'hex'))), 'x');
    expect([...array.data], descr).toEqual(values);
  }
});

it('refuses by name what is no array of numbers, before anything of its size is made', () => {
  const cases: [bytes: Buffer, said: RegExp][] = [
    [Buffer.from(OBJECTS, 'base64'), /array x: it holds Python objects/],
    [npy('<f4', '(1000000000000, 4)', Buffer.alloc(4)), /array x: 4000000000000 numbers are more/],
    [npy('<f4', '(1000000,)', Buffer.alloc(4)), /takes 4000000 bytes, and 4 are there/],
    [npy('<U10', '(1,)', Buffer.alloc(40)), /expected numbers .*found <U10/],
    [npy('<f4', '(-1,)', Buffer.alloc(4)), /its shape is none/],
    [npy('<c8', '(1,)', Buffer.alloc(8)), /expected numbers/],
    [npy('<f16', '(1,)', Buffer.alloc(16)), /expected numbers/],
    [Buffer.from('\x93NUMPY\x09\x00\x00\x00', 'latin1'), /format version 9/],
    [Buffer.from('hello, world'), /no \.npy array/],
    [Buffer.from('\x93NUMPY\x01\x00\xff\xff{', 'latin1'), /ends/],
  ];
  for (const [bytes, said] of cases) expect(() => readNpy(bytesOf(bytes), 'x')).toThrow(said);
});

it('ends in a coded error for archives that were changed anyhow', () => {
  const whole = Buffer.from(PACKED, 'base64');
  fc.assert(
    fc.property(fc.nat({ max: whole.length - 1 }), fc.integer({ min: 0, max: 255 }), fc.boolean(), (at, byte, cut) => {
      const bytes = Buffer.from(cut ? whole.subarray(0, at) : whole);
      if (!cut) bytes[at] = byte;
      try {
        const { names, read } = openNpz({
          size: bytes.length,
          read: (from, length) => bytes.subarray(from, from + length),
        });
        for (const name of names) read(name);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(AncileError);
        expect((thrown as AncileError).code).toBe('request_invalid');
      }
    }),
    { numRuns: 300 },
  );
});

it('says what of the samples is not as expected', () => {
  const write = (x: Float32Array, shape: number[], y: Int32Array, labels = [y.length]): string =>
    file(Buffer.concat(renderNpz({ x: { data: x, shape }, y: { data: y, shape: labels } })));
  const cases: [path: string, said: RegExp][] = [
    [write(new Float32Array(4), [2, 2], Int32Array.of(0)), /array y: 1 labels for 2 samples/],
    [write(new Float32Array(4), [2, 2], Int32Array.of(0, -1)), /array y: label 1 is -1/],
    [write(Float32Array.of(1, NaN), [1, 2], Int32Array.of(0)), /array x: sample 0 holds NaN/],
    [write(new Float32Array(4), [4], Int32Array.of(0, 0, 0, 0)), /array x: expected samples in rows/],
    [write(new Float32Array(0), [0, 2], Int32Array.of()), /there are no samples/],
    [write(new Float32Array(2), [1, 2], Int32Array.of(1, 1), [1, 2]), /row 0 is no one-hot label/],
    [
      file(Buffer.concat(renderNpz({ z: { data: new Float32Array(2), shape: [1, 2] } }))),
      /array x is not there; the file has z/,
    ],
    [file('a,b', 'd.txt'), /neither \.npz nor \.csv/],
  ];
  for (const [path, said] of cases) expect(() => loadSamples(path)).toThrow(said);
  expect(() => loadSamples(join(folder, 'nowhere'))).toThrow(/cannot be read \(ENOENT\)/);
});

it('holds samples against what the model takes', () => {
  const check = (shape: number[], wanted: number[]) => () => checkShape({ shape }, wanted);
  for (const shape of [[28, 28], [1, 28, 28], [784]]) expect(check(shape, [1, 28, 28])).not.toThrow();
  expect(check([32, 32, 3], [3, 32, 32])).toThrow(
    expect.objectContaining({
      message: expect.stringContaining('[3, 32, 32]'),
      hint: expect.stringContaining('(0, 3, 1, 2)'),
    }),
  );
  expect(check([5], [4])).toThrow(/takes \[4\], and samples are \[5\]/);
  expect(() => checkLabels({ labels: Int32Array.of(0, 3) }, 3)).toThrow(
    /label 1 is 3, and the model has the classes 0 to 2/,
  );
});

it('writes archives that it reads again', () => {
  const x = Float32Array.of(1, 2.5, -3, 4);
  const samples = loadSamples(
    file(Buffer.concat(renderNpz({ x: { data: x, shape: [2, 2] }, y: { data: Int32Array.of(1, 0), shape: [2] } }))),
  );
  expect([[...samples.x], [...samples.labels]]).toEqual([
    [1, 2.5, -3, 4],
    [1, 0],
  ]);
  expect(renderNpy(x, [4]).indexOf('\n') % 64).toBe(63);
});

it('reads tables: numbers, quotes, labels by name and as words', () => {
  const table = parseCsv('\ufeff"sepal, length",width,species\r\n5.1,"3.5",setosa\r\n6,2.9,"virginica"\r\n');
  expect(table).toMatchObject({ columns: ['sepal, length', 'width'], rows: 2, classNames: ['setosa', 'virginica'] });
  expect([...table.labels]).toEqual([0, 1]);
  expect([...parseCsv('y,a\n2,1\n0,3').labels]).toEqual([2, 0]);
  expect([...parseCsv('a,b\n1,2\n3,0', 'a').labels]).toEqual([1, 3]);
  const broken: [text: string, said: RegExp][] = [
    ['', /empty/],
    ['1,2\n3,4', /line 1: expected a heading/],
    ['a,b,y\n1,2\n', /line 2: 2 cells under 3 names/],
    ['a,b,y\n1,x,0', /line 2: column b holds "x"/],
    ['a,y\n"1,0', /never closed/],
    ['a,y\n"1"x,0', /something follows/],
  ];
  for (const [text, said] of broken) expect(() => parseCsv(text), text).toThrow(said);
  expect(() => parseCsv('a,y\n1,0', 'z')).toThrow(/no column z/);
});
