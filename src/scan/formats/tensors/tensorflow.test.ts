import { describe, expect, it } from 'vitest';
import { alarms, rulesOf, scanBytes } from '../../testing/configs.ts';
import { field, number } from '../../testing/protobuf.ts';

/** An attribute with a text, or a list of them. */
const attribute = (name: string, ...texts: string[]): Buffer =>
  field(
    5,
    field(1, name),
    field(2, texts.length === 1 ? field(2, texts[0]!) : field(1, ...texts.map((each) => field(2, each)))),
  );
const node = (op: string, name = 'n', inputs: string[] = [], ...attributes: Buffer[]): Buffer =>
  Buffer.concat([field(1, name), field(2, op), ...inputs.map((input) => field(3, input)), ...attributes]);
const constant = (name: string, value: string): Buffer =>
  node('Const', name, [], field(5, field(1, 'value'), field(2, field(8, number(1, 7), field(8, value)))));
const graph = (...nodes: Buffer[]): Buffer =>
  Buffer.concat([node('Placeholder', 'x'), ...nodes].map((each) => field(1, each)));
const library = (...nodes: Buffer[]): Buffer =>
  field(2, field(1, field(1, field(1, '__inference_f')), ...nodes.map((each) => field(3, each))));
const meta = (inner: Buffer, ...more: Buffer[]): Buffer =>
  Buffer.concat([field(1, field(4, 'serve'), field(5, '2.17.0')), field(2, inner), ...more]);
const saved = (inner: Buffer, ...more: Buffer[]): Buffer =>
  Buffer.concat([number(1, 1), field(2, meta(inner, ...more))]);
const found = (...nodes: Buffer[]): string[] => alarms('saved_model.pb', saved(graph(...nodes)));

describe('a graph of TensorFlow is clean', () => {
  const files = [
    constant('save/Const', 'model'),
    constant('part', '_temp/part'),
    node('StringJoin', 'join', ['save/Const', 'part']),
    node('SaveV2', 'save', ['join']),
    node('RestoreV2', 'restore', ['save/Const']),
    node('MergeV2Checkpoints', 'merge', ['join', 'save/Const']),
  ];
  it.each([
    ['that computes', [node('MatMul'), node('Relu6')]],
    ['that is saved and restored', files],
    [
      'that reads its vocabulary, wherever it was made',
      [constant('v', '/home/me/assets/vocab.txt'), node('InitializeTableFromTextFileV2', 't', ['table', 'v'])],
    ],
    ['that prints', [node('PrintV2', 'p', ['x'], attribute('output_stream', 'stderr'))]],
    ['that calls its functions', [node('StatefulPartitionedCall', 'c', ['x'])]],
  ])('%s', (_, nodes) => {
    expect(scanBytes('saved_model.pb', saved(graph(...nodes)))).toMatchObject({
      format: 'tf-savedmodel',
      verdict: 'clean',
      findings: [],
      unseen: [],
    });
  });

  it('as a frozen graph, as a metagraph and with nothing but functions', () => {
    expect(scanBytes('frozen.pb', graph(node('MatMul')))).toMatchObject({ format: 'tf-graphdef', verdict: 'clean' });
    expect(scanBytes('m.meta', meta(graph(node('MatMul'))))).toMatchObject({
      format: 'tf-metagraph',
      verdict: 'clean',
    });
    expect(scanBytes('saved_model.pb', saved(library(node('MatMul'))))).toMatchObject({
      format: 'tf-savedmodel',
      verdict: 'clean',
    });
  });
});

describe('operations that act are found', () => {
  it.each(
    'PyFunc PyFuncStateless EagerPyFunc ReadFile WriteFile MatchingFiles MatchingFilesDataset TextLineDataset CSVDatasetV2 SqlDataset SaveDatasetV2 DebugIdentityV3 DataServiceDatasetV4 RegisterDatasetV2 RpcCall DistributedSave LoadLibrary ShellExecute PyCall MyPythonOp IO>KafkaReadableInit'.split(
      ' ',
    ),
  )('%s', (op) => {
    expect(found(node(op))).toEqual(['high tensorflow.operation']);
  });

  it('with what they are given, however far back it stands', () => {
    const { findings } = scanBytes(
      'saved_model.pb',
      saved(
        graph(
          constant('home', '/root'),
          constant('name', '.bashrc'),
          node('StringJoin', 'path', ['home', 'name']),
          node('WriteFile', 'w', ['path:0', '^x']),
        ),
      ),
    );
    expect(findings[0]).toMatchObject({
      capability: 'file',
      message: expect.stringMatching(/"\/root".*"\.bashrc"/) as string,
    });
  });

  it('in the function library, in a frozen graph, in a metagraph, and where it stands', () => {
    const evil = node('WriteFile');
    expect(alarms('saved_model.pb', saved(library(evil)))).toEqual(['high tensorflow.operation']);
    expect(alarms('m.meta', meta(graph(evil)))).toEqual(['high tensorflow.operation']);
    const bytes = graph(evil);
    const { findings } = scanBytes('weights.bin', bytes);
    expect(findings[0]).toMatchObject({ rule: 'tensorflow.operation', offset: bytes.indexOf(evil) });
    expect(rulesOf('g.pb', Buffer.concat([library(evil), graph(node('MatMul'))]))).toEqual(['tensorflow.operation']);
  });

  it('whatever the order of the fields', () => {
    const turned = Buffer.concat([field(2, 'PyFunc'), field(1, 'n')]);
    expect(alarms('g.pb', Buffer.concat([field(4, number(1, 1)), field(1, turned)]))).toEqual([
      'high tensorflow.operation',
    ]);
    const late = Buffer.concat([...Array.from({ length: 20 }, () => field(4, field(1, 'c'))), field(2, graph(turned))]);
    expect(alarms('saved_model.pb', field(2, late))).toEqual(['high tensorflow.operation']);
  });
});

describe('operations of honest models are found by their paths', () => {
  it.each([
    ['SaveV2', '/etc/cron.d/job'],
    ['SaveV2', '../../other'],
    ['Save', '~/.bashrc'],
    ['RestoreV2', 's3://bucket/model'],
    ['MergeV2Checkpoints', '/root/.ssh/authorized_keys'],
    ['InitializeTableFromTextFileV2', '/etc/passwd'],
    ['DecodeProtoV2', '/etc/types.pb'],
  ])('%s of %s', (op, path) => {
    expect(found(constant('c', path), node(op, 'n', ['c']))).toEqual(['high tensorflow.operation']);
  });

  it('in their attributes', () => {
    expect(found(node('PrintV2', 'p', ['x'], attribute('output_stream', 'file:///root/.bashrc')))).toEqual([
      'high tensorflow.operation',
    ]);
    expect(found(node('ImmutableConst', 'c', [], attribute('memory_region_name', '/etc/passwd')))).toEqual([
      'high tensorflow.operation',
    ]);
    const { findings } = scanBytes(
      'saved_model.pb',
      saved(graph(node('DebugIdentityV2', 'd', ['x'], attribute('debug_urls', 'grpc://10.0.0.1:4000', 'file:///tmp')))),
    );
    expect(findings[0]!.message).toContain('grpc://10.0.0.1:4000');
  });
});

it('is found to read assets outside of it', () => {
  const asset = (path: string): Buffer => saved(graph(), field(6, field(1, field(1, 'asset:0')), field(2, path)));
  for (const path of ['../../etc/passwd', '/etc/passwd', 'gs://bucket/vocab', 'C:\\vocab'])
    expect(alarms('saved_model.pb', asset(path))).toEqual(['high tensorflow.path']);
  expect(alarms('saved_model.pb', asset('vocab.txt'))).toEqual([]);
});

it('has the configurations of Keras in it looked at', () => {
  const layer = (module: string, name: string): string =>
    JSON.stringify({ class_name: name, module, config: { name: 'l' } });
  const object = (json: string): Buffer =>
    saved(graph(), field(7, field(1, field(4, field(1, '_tf_keras_layer'), field(3, json)))));
  expect(alarms('saved_model.pb', object(layer('os', 'system')))).toEqual(['critical keras.module']);
  expect(alarms('saved_model.pb', object(layer('keras.layers', 'Dense')))).toEqual([]);
  const beside = (json: string): Buffer => field(1, number(2, 1), field(3, 'root'), field(5, json));
  expect(alarms('keras_metadata.pb', beside(layer('os', 'system')))).toEqual(['critical keras.module']);
});

it('is never clean where it breaks off', () => {
  for (const bytes of [saved(graph(node('MatMul'))), graph(node('MatMul'))])
    for (let size = 4; size < bytes.length; size++) {
      const { verdict } = scanBytes('saved_model.pb', bytes.subarray(0, size));
      // Behind a whole field there is a whole, shorter file.
      if (verdict === 'clean') expect([size, whole(bytes, size)]).toEqual([size, true]);
    }
});

/** Whether a field of a frozen graph ends here. */
function whole(bytes: Buffer, size: number): boolean {
  let at = 0;
  while (at < size) at += 2 + bytes[at + 1]!;
  return at === size;
}

it('is a graph whatever fields follow that the format does not have', () => {
  const plain = graph(constant('c', '/etc/passwd'), node('ReadFile', 'r', ['c']));
  for (const more of [number(64, 7), field(99, 'x'), Buffer.from('80049529000000000000002e', 'hex')]) {
    expect(alarms('graph.pb', Buffer.concat([plain, more]))).toEqual(alarms('graph.pb', plain));
    expect(alarms('saved_model.pb', Buffer.concat([saved(plain), more]))).toEqual(alarms('graph.pb', plain));
  }
});
