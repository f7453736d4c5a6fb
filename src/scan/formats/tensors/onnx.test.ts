import { describe, expect, it } from 'vitest';
import { alarms, rulesOf, scanBytes } from '../../testing/configs.ts';
import { global, pickle, REDUCE, text as word, tuple } from '../../testing/pickle.ts';
import { field, number } from '../../testing/protobuf.ts';

const text = (value: string): Buffer => field(4, value);
const attribute = (name: string, ...value: Buffer[]): Buffer => field(5, field(1, name), ...value);
const node = (type: string, domain = '', ...attributes: Buffer[]): Buffer =>
  field(1, field(1, 'x'), field(2, 'y'), field(4, type), ...attributes, ...(domain === '' ? [] : [field(7, domain)]));
/** Of floats, unless it is said. */
const tensor = (sizes: (number | bigint)[], ...more: Buffer[]): Buffer =>
  Buffer.concat([...sizes.map((size) => number(1, size)), number(2, 1), field(8, 'w'), ...more]);
const raw = (size: number): Buffer => field(9, Buffer.alloc(size, 1));
const elsewhere = (location: string, ...more: [string, string][]): Buffer =>
  tensor(
    [2, 2],
    ...[['location', location] as const, ...more].map(([key, value]) => field(13, field(1, key), field(2, value))),
    number(14, 1),
  );
const graph = (...parts: Buffer[]): Buffer => Buffer.concat([node('Relu'), field(2, 'g'), ...parts]);
const model = (inner: Buffer, ...more: Buffer[]): Buffer =>
  Buffer.concat([number(1, 8), field(2, 'pytorch'), field(7, inner), field(8, number(2, 17)), ...more]);
const withWeights = (weights: Buffer): Buffer => model(graph(field(5, weights)));

describe('a model of ONNX is clean', () => {
  it.each([
    ['with numbers that fit their shape', withWeights(tensor([2, 2], raw(16)))],
    ['with numbers one by one', withWeights(tensor([2], field(4, Buffer.alloc(8))))],
    ['with a scalar and with nothing', model(graph(field(5, tensor([], raw(4))), field(5, tensor([0, 7], raw(0)))))],
    ['with four bits a number', withWeights(Buffer.concat([number(1, 3), number(2, 22), raw(2)]))],
    [
      'with numbers in files beside it',
      withWeights(elsewhere('weights/model.onnx_data', ['offset', '0'], ['length', '16'])),
    ],
    [
      'with operations of its runtime',
      model(graph(node('FusedMatMul', 'com.microsoft'), node('TreeEnsembleRegressor', 'ai.onnx.ml'))),
    ],
    [
      'with functions that it brings along',
      model(graph(node('Gelu', 'my.own')), field(25, field(1, 'Gelu'), field(10, 'my.own'), field(7, field(4, 'Erf')))),
    ],
    ['with metadata', model(graph(), field(14, field(1, 'names'), field(2, "{0: 'person', 1: 'bicycle'}")))],
    ['with a description', model(graph(), field(6, 'Imports os and evaluates to 0.5 (see eval.py)'))],
  ])('%s', (_, bytes) => {
    expect(scanBytes('model.onnx', bytes)).toMatchObject({
      format: 'onnx',
      verdict: 'clean',
      findings: [],
      unseen: [],
    });
  });

  it('with a note where a library of somebody is needed', () => {
    const report = scanBytes('model.onnx', model(graph(node('GridSample3D', 'mmdeploy'))));
    expect(report).toMatchObject({ verdict: 'clean', findings: [{ rule: 'onnx.custom', severity: 'low' }] });
  });
});

describe('numbers outside of the folder are found', () => {
  const outside = elsewhere('../../etc/passwd');
  it.each([
    '/etc/passwd',
    '..\\..\\Windows\\win.ini',
    'C:\\Windows\\win.ini',
    'C:win.ini',
    '\\\\server\\share\\w',
    '//server/share/w',
    '~/.ssh/id_rsa',
    '.ssh/id_rsa',
    '$HOME/.bashrc',
    '%USERPROFILE%\\w',
    'file:///etc/passwd',
    'https://example.com/w',
    's3://bucket/w',
    'data/../../w',
    '%2e%2e/%2e%2e/etc/passwd',
    '%252e%252e/etc/passwd',
    'w\0.bin',
  ])('at %j', (location) => {
    expect(alarms('model.onnx', withWeights(elsewhere(location)))).toEqual(['high onnx.external']);
  });

  it.each([
    ['an initializer', graph(field(5, outside))],
    ['the attribute of a constant', graph(node('Constant', '', attribute('value', field(5, outside))))],
    ['a list of tensors', graph(node('Custom', '', attribute('values', field(10, outside))))],
    ['a sparse initializer', graph(field(15, field(1, outside), field(2, tensor([1], raw(4)))))],
    ['a sparse attribute', graph(node('Constant', '', attribute('sparse_value', field(22, field(1, outside)))))],
    ['a branch', graph(node('If', '', attribute('then_branch', field(6, graph(field(5, outside))))))],
    ['a list of graphs', graph(node('Scan', '', attribute('bodies', field(11, graph(field(5, outside))))))],
    [
      'a loop in a loop',
      graph(
        node(
          'Loop',
          '',
          attribute('body', field(6, graph(node('Loop', '', attribute('body', field(6, graph(field(5, outside)))))))),
        ),
      ),
    ],
    [
      'a cache of a provider',
      graph(node('EPContext', 'com.microsoft', attribute('ep_cache_context', text('../../evil.bin')))),
    ],
  ])('in %s', (_, inner) => {
    expect(alarms('model.onnx', model(inner))).toEqual(['high onnx.external']);
  });

  it('in functions and their attributes, and in graphs for training', () => {
    const constant = field(4, 'Constant');
    const value = attribute('value', field(5, outside));
    expect(alarms('m.onnx', model(graph(), field(25, field(7, constant, value))))).toEqual(['high onnx.external']);
    expect(alarms('m.onnx', model(graph(), field(25, field(11, field(1, 'value'), field(5, outside)))))).toEqual([
      'high onnx.external',
    ]);
    expect(alarms('m.onnx', model(graph(), field(20, field(1, graph(field(5, outside))))))).toEqual([
      'high onnx.external',
    ]);
  });

  it('at the place where they are named', () => {
    const bytes = withWeights(elsewhere('/etc/passwd'));
    const { offset } = scanBytes('model.onnx', bytes).findings[0]!;
    expect(bytes.indexOf('location') - offset!).toBeLessThan(8);
  });
});

describe('operations that act are found', () => {
  it.each([
    ['PythonOp', 'com.microsoft'],
    ['PyOp', 'ai.onnx.contrib'],
    ['PyCustomOp', 'com.evil'],
    ['python_call', ''],
    ['ShellExec', 'com.evil'],
    ['SystemCommand', 'com.evil'],
    ['LoadLibrary', 'com.evil'],
    ['ReadFile', 'ai.onnx.converters.tensorflow'],
    ['AzureTextToText', 'com.microsoft.extensions'],
    ['OpenAIAudioToText', 'com.microsoft.extensions'],
  ])('%s of %j', (type, domain) => {
    expect(alarms('model.onnx', model(graph(node(type, domain))))).toEqual(['high onnx.operation']);
  });

  it('in a body, after a tensor that is broken', () => {
    const inner = graph(
      field(5, tensor([9], raw(4))),
      node('If', '', attribute('b', field(6, graph(node('PythonOp'))))),
    );
    expect(rulesOf('model.onnx', model(inner))).toEqual(['onnx.malformed', 'onnx.operation']);
  });
});

describe('numbers that cannot be are found', () => {
  it.each([
    ['more than there are', tensor([1 << 20, 1 << 20], raw(16))],
    ['fewer than there are', tensor([1], raw(16))],
    ['dimensions that overflow', tensor([2n ** 32n, 2n ** 32n], raw(0))],
    ['a dimension below zero', tensor([-1], raw(4))],
    ['more than any memory holds', tensor([2n ** 50n])],
    ['packed dimensions', Buffer.concat([field(1, Buffer.from([0xff, 0xff, 0xff, 0xff, 0x7f])), number(2, 1), raw(4)])],
    ['typed numbers', tensor([3], field(4, Buffer.alloc(8)))],
    ['an offset below zero', elsewhere('w.bin', ['offset', '-8'])],
    ['a length that is none', elsewhere('w.bin', ['length', '99999999999999999999'])],
  ])('%s', (_, weights) => {
    expect(alarms('model.onnx', withWeights(weights))).toEqual(['medium onnx.malformed']);
  });

  it('without work for millions of dimensions', () => {
    expect(alarms('m.onnx', withWeights(tensor(Array<number>(100_000).fill(3), raw(4))))).toEqual([
      'medium onnx.malformed',
    ]);
  });
});

it('has what hides in it looked at: pickles in metadata and in bytes, scripts in texts', () => {
  const evil = pickle(global('os', 'system'), tuple(word('id')), REDUCE);
  const kept = model(graph(), field(14, field(1, 'k'), field(2, evil.toString('base64'))));
  expect(rulesOf('m.onnx', kept)).toContain('pickle.call');
  const bytes = Buffer.concat([number(1, evil.length), number(2, 2), field(9, evil)]);
  expect(rulesOf('m.onnx', withWeights(bytes))).toContain('pickle.call');
  expect(alarms('m.onnx', model(graph(), field(14, field(1, 'k'), field(2, '<script>alert(1)</script>'))))).toEqual([
    'high graph.active',
  ]);
});

it('is known by its content, in whatever order its fields stand, with fields that nobody knows', () => {
  const inner = field(7, graph(node('PythonOp')));
  const shuffled = Buffer.concat([field(8, number(2, 17)), inner, number(1, 8)]);
  expect(scanBytes('weights.bin', shuffled).format).toBe('onnx');
  const strange = Buffer.concat([number(1, 8), field(99, 'more'), inner]);
  expect(alarms('model.onnx', strange)).toEqual(['high onnx.operation']);
});

it('is never clean where it breaks off', () => {
  const bytes = withWeights(tensor([2, 2], raw(16)));
  // The last field, of four bytes, may be left out.
  for (let size = 1; size < bytes.length - 4; size++) {
    const { verdict, format } = scanBytes('model.onnx', bytes.subarray(0, size));
    // A text of a few letters is one.
    if (format !== 'text') expect([size, verdict]).not.toEqual([size, 'clean']);
  }
});
