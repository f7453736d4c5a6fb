// Files that somebody may have made to hurt: what is no model ends in an error of ours, whatever its bytes.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { tempFolder } from '../../test/harness/cleanup.ts';
import { AncileError } from '../base/index.ts';
import { decodeModel } from './decode.ts';
import { encodeModel } from './encode.ts';
import type { Model } from './model.ts';
import { readModel } from './read-model.ts';
import { smallModel } from './testing/graph.ts';

const model = smallModel({
  shape: [1, 4],
  nodes: [
    ['Gemm', ['x', 'w'], { alpha: { float: 0.5 } }],
    ['Slice', ['y0', 'from', 'to']],
  ],
  floats: { w: [[4, 3]] },
  ints: { from: [-2], to: [2 ** 63] },
});

it('reads what it writes', () => {
  const bytes = encodeModel(model);
  const again = decodeModel(bytes);
  expect(again.graph.nodes).toEqual(model.graph.nodes);
  expect(again.graph.initializers).toEqual(
    model.graph.initializers.map((t) => ({ ...t, bytes: new Uint8Array(t.bytes) })),
  );
  expect(again.opsets).toEqual(model.opsets);
  expect(encodeModel(again)).toEqual(bytes);
});

it('ends in an error of ours, or in a model, whatever a byte is changed to', () => {
  const bytes = encodeModel(model);
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
      (changes) => {
        const copy = bytes.slice();
        for (const [at, value] of changes) copy[at] = value;
        try {
          decodeModel(copy);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(AncileError);
          expect((thrown as AncileError).code).toBe('model_invalid');
        }
      },
    ),
    // Floats where whole numbers of 64 bits are expected, none of them a number.
    {
      numRuns: 2000,
      examples: [
        [
          [
            [155, 34],
            [95, 0],
          ],
        ],
      ],
    },
  );
});

it('takes no tensor whose numbers are not as many as its shape says', () => {
  const short = { name: 'w', type: 1, dims: [1000, 1000, 1000], bytes: new Uint8Array(8) };
  const broken: Model = { ...model, graph: { ...model.graph, initializers: [short] } };
  expect(() => decodeModel(encodeModel(broken))).toThrow(/larger than 2 GB/);
  const negative = { ...short, dims: [-1, 2] };
  expect(() => decodeModel(encodeModel({ ...model, graph: { ...model.graph, initializers: [negative] } }))).toThrow(
    'no shape',
  );
});

/** A tensor of one float that lies in another file. */
function external(location: string, offset = 0): Uint8Array {
  const text = (field: number, value: string): number[] => [field * 8 + 2, value.length, ...Buffer.from(value)];
  const entry = (key: string, value: string): number[] => {
    const inner = [...text(1, key), ...text(2, value)];
    return [13 * 8 + 2, inner.length, ...inner];
  };
  const tensor = [
    8,
    1,
    16,
    1,
    ...text(8, 'w'),
    ...entry('location', location),
    ...entry('offset', String(offset)),
    14 * 8,
    1,
  ];
  const graph = [5 * 8 + 2, tensor.length, ...tensor];
  return Uint8Array.of(8, 8, 7 * 8 + 2, graph.length, ...graph);
}

it('reads tensors beside the model, and none from anywhere else', () => {
  const folder = tempFolder();
  const inside = join(folder, 'model');
  mkdirSync(inside);
  writeFileSync(join(folder, 'secret'), Buffer.alloc(8));
  writeFileSync(join(inside, 'weights'), Buffer.from(Float32Array.of(0, 7).buffer));
  symlinkSync('../secret', join(inside, 'link'));
  const read = (location: string, offset?: number): Model => {
    writeFileSync(join(inside, 'm.onnx'), external(location, offset));
    return readModel(join(inside, 'm.onnx')).model;
  };
  expect([...read('weights', 4).graph.initializers[0]!.bytes]).toEqual([0, 0, 224, 64]);
  for (const location of ['../secret', 'link', join(folder, 'secret'), '', 'a\0b', '.']) {
    expect(() => read(location), JSON.stringify(location)).toThrow(AncileError);
  }
  expect(() => read('weights', 8)).toThrow('fewer than are asked for');
  expect(() => read('nothing')).toThrow('ENOENT');
});

it('says what is wrong with what is no model', () => {
  expect(() => decodeModel(Uint8Array.of())).toThrow('no graph');
  expect(() => decodeModel(Buffer.from('PK\x03\x04 and more of it'))).toThrow(AncileError);
  expect(() => readModel('/nowhere/model.onnx')).toThrow(expect.objectContaining({ code: 'not_found' }));
});
