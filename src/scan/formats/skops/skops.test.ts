import { describe, expect, it } from 'vitest';
import { alarms, rulesOf, scanBytes } from '../../testing/configs.ts';

const node = (loader: string, name: string, more: object = {}): object => ({
  __class__: name.slice(name.lastIndexOf('.') + 1),
  __module__: name.slice(0, name.lastIndexOf('.')),
  __loader__: loader,
  __id__: 1,
  ...more,
});
const schema = (content: object): object => ({
  ...node('ObjectNode', 'sklearn.linear_model._logistic.LogisticRegression'),
  content: node('DictNode', 'builtins.dict', {
    content: { a: content },
    key_types: node('ListNode', 'builtins.list', { content: [node('TypeNode', 'builtins.str')] }),
  }),
  protocol: 2,
  _skops_version: '0.13.0',
});
const found = (content: object): string[] => alarms('schema.json', schema(content));

describe('a schema of skops is clean', () => {
  it.each([
    ['arrays', node('NdArrayNode', 'numpy.ndarray', { type: 'numpy', file: '1234.npy' })],
    ['plain values', { ...node('JsonNode', 'builtins.str'), content: '"os.system"', is_json: true }],
    ['functions of numpy', node('FunctionNode', 'numpy.log1p')],
    [
      'losses',
      node('LossNode', 'sklearn._loss._loss.CyHalfBinomialLoss', {
        __reduce__: { args: node('TupleNode', 'builtins.tuple', { content: [] }) },
      }),
    ],
    [
      'a partial function',
      node('PartialNode', 'functools.partial', {
        content: { func: node('FunctionNode', 'sklearn.utils.validation.check_array') },
      }),
    ],
    [
      'items',
      node('OperatorFuncNode', 'operator.itemgetter', {
        attrs: node('TupleNode', 'builtins.tuple', {
          content: [{ ...node('JsonNode', 'builtins.str'), content: '"a"' }],
        }),
      }),
    ],
    ['other libraries', node('ObjectNode', 'xgboost.sklearn.XGBClassifier')],
    [
      'a method',
      node('MethodNode', 'sklearn.base.Estimator', {
        content: { func: 'predict', obj: node('ObjectNode', 'sklearn.base.Estimator') },
      }),
    ],
  ])('with %s', (_, content) => {
    expect(found(content)).toEqual([]);
    expect(scanBytes('schema.json', schema(content)).format).toBe('skops');
  });

  it('with a class of the user, which is told', () => {
    expect(rulesOf('schema.json', schema(node('ObjectNode', '__main__.MyTransformer')))).toEqual(['skops.custom']);
  });
});

it('is found to call through the operator module', () => {
  expect(found({ ...node('OperatorFuncNode', 'builtins.call'), attrs: {} })).toEqual(['critical skops.operator']);
  expect(found(node('OperatorFuncNode', 'operator.call', { attrs: {} }))).toEqual(['critical skops.operator']);
  expect(found(node('OperatorFuncNode', 'operator.methodcaller', { attrs: {} }))).toEqual(['medium skops.operator']);
  const attrs = node('TupleNode', 'builtins.tuple', {
    content: [{ ...node('JsonNode', 'builtins.str'), content: '"__class__.__init__"' }],
  });
  expect(found(node('OperatorFuncNode', 'operator.attrgetter', { attrs }))).toEqual(['high skops.operator']);
});

it('is found to reach other methods than it says', () => {
  const method = (func: string, owner: string): object =>
    node('MethodNode', 'sklearn.base.Estimator', { content: { func, obj: node('ObjectNode', owner) } });
  expect(found(method('predict', 'sklearn.svm.SVC'))).toEqual(['high skops.method']);
  expect(found(method('__reduce__', 'sklearn.base.Estimator'))).toEqual(['high skops.method']);
  expect(found(method('system', 'os.module'))).toEqual(['critical skops.method', 'critical skops.name']);
});

it('is found to import names that act, under any loader', () => {
  for (const loader of [
    'TypeNode',
    'FunctionNode',
    'ObjectNode',
    'ConstructorFromReduceNode',
    'DictNode',
    'ReduceNode',
    'PartialNode',
  ]) {
    expect(found(node(loader, 'subprocess.Popen'))).toEqual(['critical skops.name']);
  }
  expect(found({ __class__: 'builtins.exec', __module__: 'x', __loader__: 'TypeNode' })).toEqual([
    'critical skops.name',
  ]);
  expect(found({ __class__: 'LogisticRegression.fit', __module__: 'sklearn', __loader__: 'FunctionNode' })).toEqual([
    'high skops.name',
  ]);
  expect(found(node('FunctionNode', 'json.loads'))).toEqual(['high skops.name']);
  expect(found(node('FunctionNode', 'my.module.run'))).toEqual(['medium skops.name']);
});

it('is found to have nodes that skops lacks, and files outside of it', () => {
  expect(found(node('EvalNode', 'numpy.ndarray'))).toEqual(['medium skops.loader']);
  expect(found(node('NdArrayNode', 'numpy.ndarray', { type: 'numpy', file: '../../x.npy' }))).toEqual([
    'high skops.path',
  ]);
});
