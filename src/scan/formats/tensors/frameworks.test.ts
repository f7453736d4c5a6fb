// PaddlePaddle, Caffe, TorchScript, MXNet, and graphs as text.
import { describe, expect, it } from 'vitest';
import { alarms, rulesOf, scanBytes } from '../../testing/configs.ts';
import { field, number } from '../../testing/protobuf.ts';

describe('a program of PaddlePaddle', () => {
  const operation = (type: string, ...attributes: [string, string][]): Buffer =>
    field(
      4,
      field(1, field(1, 'X'), field(2, 'x')),
      field(3, type),
      ...attributes.map(([name, value]) => field(4, field(1, name), number(2, 2), field(5, value))),
    );
  const block = (...operations: Buffer[]): Buffer =>
    field(1, number(1, 0), number(2, -1), field(3, field(1, 'x')), ...operations);
  const program = (...operations: Buffer[]): Buffer =>
    Buffer.concat([
      block(operation('feed'), operation('conv2d', ['op_namescope', '/']), ...operations),
      field(4, number(1, 0)),
    ]);

  it('is clean with operations that compute, are fed and fetched', () => {
    const bytes = program(operation('fetch'), operation('load_combine', ['file_path', '__params__']));
    expect(scanBytes('m.pdmodel', bytes)).toMatchObject({
      format: 'paddle',
      verdict: 'clean',
      findings: [],
      unseen: [],
    });
  });

  it('is found to run Python, to reach files and to connect, in every block', () => {
    expect(alarms('m.pdmodel', program(operation('py_func')))).toEqual(['high paddle.operation']);
    expect(alarms('m.pdmodel', program(operation('listen_and_serv', ['endpoint', '0.0.0.0:1'])))).toEqual([
      'high paddle.operation',
    ]);
    expect(alarms('m.pdmodel', program(operation('save', ['file_path', '/etc/cron.d/x'])))).toEqual([
      'high paddle.operation',
    ]);
    const second = Buffer.concat([program(), block(operation('py_func'))]);
    const { findings } = scanBytes('weights.bin', second);
    expect(second.indexOf('py_func') - findings[0]!.offset!).toBeLessThan(16);
  });
});

describe('a network of Caffe', () => {
  const layer = (type: string, ...more: Buffer[]): Buffer => field(100, field(1, 'l'), field(2, type), ...more);
  const net = (...layers: Buffer[]): Buffer => Buffer.concat([field(1, 'net'), layer('Convolution'), ...layers]);

  it('is clean with layers of its own, and found to run Python', () => {
    expect(scanBytes('m.caffemodel', net(layer('ReLU')))).toMatchObject({ format: 'caffe', verdict: 'clean' });
    const { findings } = scanBytes('m.caffemodel', net(layer('Python', field(130, field(1, 'evil'), field(2, 'Run')))));
    expect(findings).toMatchObject([
      { rule: 'caffe.layer', severity: 'high', message: expect.stringContaining('"evil", "Run"') as string },
    ]);
  });
});

describe('a graph as text', () => {
  const layer = (type: string): string =>
    `name: "net"\nlayer {\n  name: "l"\n  type: ${type}\n  python_param { module: "evil" }\n}\n`;
  const node = (op: string): string => `node {\n  name: "n"\n  op: ${op}\n}\n`;

  it.each([
    ['train.prototxt', layer('"Convolution"'), 'prototxt'],
    ['graph.pbtxt', node('"MatMul"'), 'prototxt'],
    ['net.txt', layer('"Data" data_param { source: "/home/me/train_lmdb" }'), 'prototxt'],
    ['notes.txt', 'A node { of a graph } is "PyFunc"', 'text'],
  ])('is clean as %s', (name, text, format) => {
    expect(scanBytes(name, text)).toMatchObject({ format, verdict: 'clean', findings: [] });
  });

  it.each([
    ['in double quotes', '"Python"'],
    ['in single quotes', "'Python'"],
    ['in pieces', '"Py" \n "thon"'],
    ['with escapes', String.raw`"Py\164h\x6fn"`],
  ])('is found to run Python %s', (_, type) => {
    expect(alarms('deploy.prototxt', layer(type))).toEqual(['high caffe.layer']);
    expect(alarms('net', layer(type))).toEqual(['high caffe.layer']);
  });

  it('is found to have operations that act, and files that are private', () => {
    expect(alarms('saved_model.pbtxt', `meta_graphs {\n graph_def {\n ${node('"PyFunc"')} } }`)).toEqual([
      'high tensorflow.operation',
    ]);
    expect(alarms('g.pbtxt', node('"SaveV2"'))).toEqual([]);
    expect(
      alarms('g.pbtxt', `${node('"SaveV2"')}node { op: "Const" attr { value { string_val: "/etc/x" } } }`),
    ).toEqual(['high tensorflow.operation']);
    expect(alarms('t.prototxt', 'layer { type: "HDF5Data" hdf5_data_param { source: "/etc/passwd" } }')).toEqual([
      'high caffe.path',
    ]);
    expect(alarms('config.pbtxt', 'name: "m"\nmodel_operations { op_library_filename: "libevil.so" }')).toEqual([
      'medium caffe.path',
    ]);
  });
});

describe('the code of a TorchScript archive', () => {
  const code = (line: string): string =>
    `class M(Module):\n  __parameters__ = []\n  __buffers__ = []\n  training : bool\n  def forward(self: __torch__.M,\n    x: Tensor) -> Tensor:\n    ${line}\n    return x\n`;

  it.each([
    'y = torch.add(x, x)',
    'y = torch.conv2d(x, self.w, None, [1, 1])',
    'y = ops.prim.NumToTensor(torch.size(x, 0))',
    'y = ops.quantized.linear(x, self._packed_params, 1., 0)',
    'y = ops.torchvision.nms(x, x, 0.5)',
    'y = torch.bitwise_xor(x ^ (x))',
  ])('is clean: %s', (line) => {
    expect(scanBytes('m.py', code(line))).toMatchObject({ format: 'torchscript-code', verdict: 'clean', findings: [] });
  });

  it.each([
    'y = torch.from_file("/etc/passwd", True, 100)',
    'y = ops.aten.from_file("/etc/passwd", True, 100)',
    'torch.save(x, "/root/.ssh/authorized_keys")',
    'y = ops.prim.rpc_sync("worker", "f")',
  ])('is found to act: %s', (line) => {
    expect(alarms('m.py', code(line))).toContain('high torchscript.call');
  });

  it('has a note where a library of somebody is needed', () => {
    expect(rulesOf('m.py', code('y = ops.evil.run(x)'))).toEqual(['torchscript.custom']);
    expect(rulesOf('m.py', code('y = ^MyFunction(1)(x)'))).toEqual(['torchscript.custom']);
    expect(scanBytes('m.py', code('y = ops.evil.run(x)')).verdict).toBe('clean');
  });

  it('is looked at as Python as well', () => {
    expect(alarms('m.py', `${code('y = x')}\nimport os\nos.system("id")\n`)).not.toEqual([]);
  });
});

describe('a graph as JSON', () => {
  const symbol = (op: string, attrs: object = {}): object => ({
    nodes: [
      { op: 'null', name: 'data', inputs: [] },
      { op, name: 'n', attrs, inputs: [[0, 0, 0]] },
    ],
    arg_nodes: [0],
    heads: [[1, 0, 0]],
  });
  const program = (op: string): object => ({
    base_code: { magic: 'pir', version: 1 },
    program: { regions: [{ '#': 'region_0', blocks: [{ '#': 'block_0', ops: [{ '#': op, A: [] }] }] }] },
  });
  const manifest = (path: string): object => ({
    fileFormatVersion: '1.0.0',
    itemInfoEntries: { 'A-1': { author: 'com.apple.CoreML', name: 'model.mlmodel', path } },
    rootModelIdentifier: 'A-1',
  });

  it.each([
    ['m-symbol.json', symbol('Convolution', { kernel: '(3, 3)' }), 'mxnet'],
    ['inference.json', program('1.conv2d'), 'paddle'],
    ['Manifest.json', manifest('com.apple.CoreML/model.mlmodel'), 'coreml'],
  ])('is clean: %s', (name, content, format) => {
    expect(scanBytes(name, content)).toMatchObject({ format, verdict: 'clean', findings: [] });
  });

  it('is found to act', () => {
    expect(alarms('m-symbol.json', symbol('_Native', { info: '0x7f00' }))).toEqual(['high mxnet.operation']);
    expect(rulesOf('m-symbol.json', symbol('Custom', { op_type: 'mine' }))).toEqual(['mxnet.custom']);
    expect(alarms('inference.json', program('1.py_func'))).toEqual(['high paddle.operation']);
    expect(alarms('Manifest.json', manifest('../../evil.mlmodel'))).toEqual(['high coreml.linked']);
  });
});
