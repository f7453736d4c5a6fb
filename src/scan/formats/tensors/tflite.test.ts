import { describe, expect, it } from 'vitest';
import { alarms, rulesOf, scanBytes } from '../../testing/configs.ts';
import { type Table, writeFlatbuffer } from '../../testing/flatbuffer.ts';
import { writeZip } from '../../testing/zip.ts';
import { global, pickle, REDUCE, text, tuple } from '../../testing/pickle.ts';

const CUSTOM = 32;
const model = (codes: readonly Table[], more: Table = {}): Buffer =>
  writeFlatbuffer({ 0: 3, 1: codes, 3: 'made by a test', 4: [{}, { 0: Buffer.alloc(64, 7) }], ...more }, 'TFL3');
const custom = (name: string): Table => ({ 0: CUSTOM, 1: name });
const graph = (operator: Table, tensor: Table = { 2: 1 }): Table => ({
  2: [{ 0: [tensor, { 2: 0 }], 1: [0], 2: [1], 3: [operator] }],
});

describe('a model of TensorFlow Lite is clean', () => {
  it.each([
    ['with operations of its runtime', model([{ 0: 3 }, { 0: 9 }], graph({ 0: 1, 1: [0, -1], 2: [1] }))],
    ['with those of TensorFlow that compute', model([custom('FlexErf'), custom('FlexSaveV2')])],
    ['with those that its runtime adds', model([custom('TFLite_Detection_PostProcess')])],
  ])('%s', (_, bytes) => {
    expect(scanBytes('model.tflite', bytes)).toMatchObject({
      format: 'tflite',
      verdict: 'clean',
      findings: [],
      unseen: [],
    });
  });

  it('with a note where code of somebody is needed', () => {
    expect(scanBytes('model.tflite', model([custom('MediaPipeThing')]))).toMatchObject({
      verdict: 'clean',
      findings: [{ rule: 'tflite.custom', severity: 'low' }],
    });
  });
});

it.each(
  'FlexPyFunc FlexEagerPyFunc FlexReadFile FlexWriteFile FlexMatchingFiles PyFunc ShellExecute LoadLibrary'.split(' '),
)('is found to use %s', (name) => {
  expect(alarms('model.bin', model([{ 0: 3 }, custom(name)]))).toEqual(['high tflite.operation']);
});

it('is clean with labels in an archive behind it, which are looked at', () => {
  const labels = writeZip([{ name: 'labels.txt', content: 'cat' }]);
  expect(alarms('model.tflite', Buffer.concat([model([{ 0: 3 }]), labels]))).toEqual([]);
  const evil = writeZip([{ name: 'labels.pkl', content: pickle(global('os', 'system'), tuple(text('id')), REDUCE) }]);
  expect(alarms('model.tflite', Buffer.concat([model([{ 0: 3 }]), evil]))).toContain('critical pickle.call');
});

describe('places that lie are found', () => {
  it.each([
    ['a tensor in a buffer that is none', model([{ 0: 3 }], graph({ 0: 0 }, { 2: 9 }))],
    ['an operator that is none', model([{ 0: 3 }], graph({ 0: 7 }))],
    ['a tensor that is none', model([{ 0: 3 }], graph({ 0: 0, 1: [99] }))],
    ['a buffer behind the end', model([{ 0: 3 }], { 4: [{ 1: 64n, 2: 1n << 40n }] })],
  ])('%s', (_, bytes) => {
    expect(alarms('model.tflite', bytes)).toEqual(['medium tflite.malformed']);
  });

  it('in each offset', () => {
    const bytes = model([custom('FlexReadFile')]);
    bytes.writeUInt32LE(0x7fffffff, 0);
    expect(alarms('model.tflite', bytes)).toEqual(['medium tflite.malformed']);
    const long = model([custom('FlexReadFile')]);
    long.writeUInt32LE(0xffffffff, long.indexOf('FlexReadFile') - 4);
    expect(alarms('model.tflite', long)).toEqual(['medium tflite.malformed']);
  });
});

it('has its buffers looked at', () => {
  const evil = pickle(global('os', 'system'), tuple(text('id')), REDUCE);
  const bytes = model([{ 0: 3 }], { 4: [{}, { 0: evil }] });
  expect(rulesOf('model.tflite', bytes)).toEqual(['pickle.call', 'tflite.payload']);
  expect(alarms('model.tflite', model([], { 3: '<script>alert(1)</script>' }))).toEqual(['high graph.active']);
});

it('is never clean where it breaks off', () => {
  const bytes = model([custom('FlexErf')], graph({ 0: 0, 1: [0], 2: [1] }));
  // What is left out at the end is nothing but padding.
  for (let size = 8; size < bytes.length - 8; size++)
    expect([size, scanBytes('model.tflite', bytes.subarray(0, size)).verdict]).not.toEqual([size, 'clean']);
});
