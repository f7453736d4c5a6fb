import { describe, expect, it } from 'vitest';
import { alarms, rulesOf, scanBytes } from '../../testing/configs.ts';

/** A model with one more layer, and whatever else is told. */
const model = (layer: object, more: object = {}): object => ({
  module: 'keras',
  class_name: 'Sequential',
  config: {
    name: 'sequential',
    layers: [{ module: 'keras.layers', class_name: 'Dense', config: { units: 2 }, registered_name: null }, layer],
  },
  registered_name: null,
  build_config: { input_shape: [null, 4] },
  ...more,
});
const of = (
  module: string | null,
  className: string,
  config: unknown = {},
  registered: string | null = null,
): object => ({
  module,
  class_name: className,
  config,
  registered_name: registered,
});
const found = (layer: object, more?: object): string[] => alarms('config.json', model(layer, more));

/** Code as `marshal` writes it: its type, counts of arguments, and a text. */
const CODE = Buffer.concat([
  Buffer.from([0xe3, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0xf3, 4, 0, 0, 0]),
  Buffer.from([0x64, 0, 0x53, 0, 0xda, 6]),
  Buffer.from('system'),
]).toString('base64');

describe('a configuration of Keras is clean', () => {
  it.each([
    [
      'layers, initializers, policies',
      of('keras.layers', 'Dense', {
        kernel_initializer: of('keras.initializers', 'GlorotUniform', { seed: null }),
        dtype: of('keras', 'DTypePolicy', { name: 'float32' }),
      }),
    ],
    [
      'names of other packages of it',
      of('keras.src.models.functional', 'Functional', {
        layers: [
          of('tf_keras.src.layers.core.dense', 'Dense'),
          of('keras_hub.src.models.bert.bert_backbone', 'BertBackbone'),
        ],
      }),
    ],
    [
      'functions that compute',
      of('keras.layers', 'Lambda', { function: of('keras.ops', 'function', 'mean', 'mean'), arguments: { axis: 1 } }),
    ],
    [
      'functions by their name',
      of('keras.layers', 'Activation', { activation: of('builtins', 'function', 'my_gelu', 'function') }),
    ],
    ['classes of the user', of(null, 'MyBlock', { units: 3 }, 'my_pkg>MyBlock')],
    ['classes of the user by module', of('layers.custom', 'MyBlock', { units: 3 }, 'MyBlock')],
    ['a vocabulary in place', of('keras.layers', 'StringLookup', { vocabulary: ['a', 'b'] })],
    [
      'tensors and slices',
      of('keras.src.ops.numpy', 'GetItem', {
        key: { class_name: '__slice__', config: { start: null, stop: 1, step: null } },
        x: {
          class_name: '__keras_tensor__',
          config: { shape: [null, 1], dtype: 'float32', keras_history: ['a', 0, 0] },
        },
      }),
    ],
    ['a model of TensorFlow Hub', { class_name: 'KerasLayer', config: { handle: 'https://tfhub.dev/google/nnlm/2' } }],
    ['functions of TensorFlow', { class_name: 'TFOpLambda', config: { function: 'math.reduce_mean' } }],
  ])('with %s', (_, layer) => expect(found(layer)).toEqual([]));

  it('of a real compile configuration, and is called what it is', () => {
    const compile_config = {
      optimizer: of('keras.optimizers', 'Adam', { learning_rate: of('keras.optimizers.schedules', 'CosineDecay') }),
      loss: 'mse',
      metrics: [of('keras.metrics', 'MeanSquaredError')],
    };
    expect(found({}, { compile_config })).toEqual([]);
    expect(scanBytes('config.json', model({})).format).toBe('keras');
    expect(rulesOf('config.json', model(of('my.layers', 'MyBlock')))).toEqual(['keras.custom']);
  });
});

describe('a module that is no part of Keras is found', () => {
  it.each([
    'os.system',
    'subprocess.Popen',
    'builtins.eval',
    'importlib.import_module',
    'numpy.f2py.os.system',
    'torch.hub.load',
    'keras.src.utils.file_utils.os.system',
  ])('%s', (name) =>
    expect(found(of(name.slice(0, name.lastIndexOf('.')), name.slice(name.lastIndexOf('.') + 1)))[0]).toMatch(
      /^(?:critical|high) keras\.(?:module|gadget)/,
    ),
  );
  it('of Python itself, and functions of modules that nobody knows', () => {
    expect(found(of('pathlib', 'Path'))).toEqual(['high keras.module']);
    expect(found(of('my.helpers', 'run_all'))).toEqual(['medium keras.module']);
  });
  it('wherever it stands', () => {
    const evil = of('os', 'system', { command: 'id' });
    expect(found(of('keras.layers', 'Dense', { kernel_initializer: evil }))).toEqual(['critical keras.module']);
    expect(
      found(of('keras.layers', 'TimeDistributed', { layer: of('keras.layers', 'Bidirectional', { layer: evil }) })),
    ).toEqual(['critical keras.module']);
    expect(found({}, { compile_config: { metrics: [[evil]] } })).toEqual(['critical keras.module']);
    expect(found({}, { build_config: { x: evil } })).toEqual(['critical keras.module']);
    expect(found({ class_name: '__typespec__', spec_name: 'system', module: 'os', config: [] })).toEqual([
      'critical keras.module',
    ]);
    expect(
      found(of('keras.layers', 'Lambda', { function: 'system', function_type: 'function', module: 'os' })),
    ).toContain('critical keras.module');
  });
  it('behind a class that does not exist, by its registered name', () => {
    expect(found(of('os', 'Nothing', {}, 'system'))).toEqual(['critical keras.module']);
    expect(found(of('keras.models', 'Nothing', {}, 'load_model'))).toEqual(['high keras.gadget']);
  });
  it('in JSON that only Python reads', () => {
    const text = JSON.stringify(model(of('os', 'system')));
    expect(alarms('config.json', text.replace('"units":2', '"units":NaN'))).toEqual(['critical keras.module']);
    expect(alarms('config.json', Buffer.from(text, 'utf16le'))).toEqual(['critical keras.module']);
    expect(
      alarms(
        'config.json',
        `{"class_name":"Sequential","config":{"layers":[{"module":"os","class_name":"Model","config":{},"module":"keras"}]}}`,
      ),
    ).toEqual([]);
    expect(
      alarms(
        'config.json',
        `{"class_name":"Sequential","config":{"layers":[{"module":"keras","class_name":"system","config":{},"module":"os"}]}}`,
      ),
    ).toEqual(['critical keras.module']);
  });
});

describe('parts of Keras that are no part of a model are found', () => {
  it.each([
    'keras.utils.get_file',
    'keras.config.enable_unsafe_deserialization',
    'keras.models.load_model',
    'keras.saving.load_weights',
    'keras.layers.deserialize',
    'tf_keras.utils.get_file',
    'keras.src.utils.file_utils.get_file',
    'keras.preprocessing.image.load_img',
    'keras.datasets.mnist.load_data',
  ])('%s', (name) => {
    const [module, short] = [name.slice(0, name.lastIndexOf('.')), name.slice(name.lastIndexOf('.') + 1)];
    expect(found(of('keras.layers', 'Lambda', { function: of(module, 'function', short, short) }))).toEqual([
      'high keras.gadget',
    ]);
  });
  it('classes among them, and functions that build a model', () => {
    expect(found(of('keras.callbacks', 'RemoteMonitor', { root: 'http://x' }))).toEqual(['high keras.gadget']);
    expect(found(of('keras.applications', 'function', 'ResNet50', 'ResNet50'))).toEqual(['medium keras.gadget']);
  });
});

describe('code in a Lambda layer is found', () => {
  it.each([
    ['of Keras 3', { function: { class_name: '__lambda__', config: { code: CODE, defaults: null, closure: null } } }],
    [
      'as Keras 3 writes it elsewhere',
      { function: { class_name: '__lambda__', config: { value: [CODE, null, null] } } },
    ],
    ['of Keras 2', { function: [CODE, null, null], function_type: 'lambda', module: '__main__' }],
    [
      'for its shape',
      {
        function: of('keras.ops', 'function', 'abs', 'abs'),
        output_shape: [`${CODE}\n`, null, null],
        output_shape_type: 'lambda',
      },
    ],
    [
      'each byte as a character',
      { function: [Buffer.from(CODE, 'base64').toString('latin1'), null, null], function_type: 'lambda' },
    ],
    ['that is not known for code', { function: ['AAAA'.repeat(20), null, null], function_type: 'lambda' }],
  ])('%s', (_, config) => expect(found(of('keras.layers', 'Lambda', config))).toEqual(['critical keras.code']));

  it('and in any other string, with the names that it holds', () => {
    const { findings } = scanBytes('config.json', model(of('keras.layers', 'Dense', { name: CODE })));
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ rule: 'keras.code', message: expect.stringContaining('"system"') as string });
  });
});

it('finds layers that load, read and call', () => {
  expect(found(of('keras.layers', 'TorchModuleWrapper', { module: 'eA==' }))).toEqual(['high keras.loader']);
  expect(found(of('keras.layers', 'TFSMLayer', { filepath: '/tmp/m' }))).toEqual([
    'high keras.loader',
    'medium keras.path',
  ]);
  expect(found(of('keras.layers', 'TextVectorization', { vocabulary: 'http://169.254.169.254/' }))).toEqual([
    'high keras.path',
  ]);
  expect(found(of('keras.layers', 'StringLookup', { vocabulary: '../../etc/passwd' }))).toEqual(['high keras.path']);
  expect(found(of('keras.layers', 'IntegerLookup', { vocabulary: 'vocab.txt' }))).toEqual(['medium keras.path']);
  expect(found({ class_name: 'TFOpLambda', config: { function: 'io.read_file' } })).toEqual(['high keras.operation']);
  expect(found({ class_name: 'TensorFlowOpLayer', config: { node_def: '{"name":"a","op":"WriteFile"}' } })).toEqual([
    'high keras.operation',
  ]);
  expect(found({}, { safe_mode: false })).toEqual(['medium keras.safe-mode']);
});
