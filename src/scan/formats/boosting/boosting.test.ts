import { describe, expect, it } from 'vitest';
import { alarms, scanBytes, u32, u64, u64be, u8 } from '../../testing/configs.ts';

const tree = (more: object = {}): object => ({
  left_children: [1, -1, -1],
  right_children: [2, -1, -1],
  split_indices: [3, 0, 0],
  tree_param: { num_nodes: '3' },
  ...more,
});
const model = (...trees: object[]): object => ({
  learner: {
    attributes: { note: 'os.system' },
    gradient_booster: { name: 'gbtree', model: { gbtree_model_param: { num_trees: String(trees.length) }, trees } },
    learner_model_param: { num_feature: '4' },
    objective: { name: 'binary:logistic' },
  },
  version: [2, 0, 0],
});

/** UBJSON as XGBoost writes it: keys and texts with long lengths, rows of numbers typed and counted. */
function ubj(value: unknown): Buffer {
  const text = (each: string): Buffer => Buffer.concat([u8(0x4c), u64be(each.length), Buffer.from(each)]);
  if (typeof value === 'string') return Buffer.concat([u8(0x53), text(value)]);
  if (typeof value === 'number')
    return Buffer.concat([
      u8(0x4c),
      u64be(0)
        .fill(value < 0 ? 255 : 0, 0, 7)
        .fill(value & 255, 7),
    ]);
  if (Array.isArray(value)) {
    const numbers = value.every((each) => typeof each === 'number');
    if (numbers)
      return Buffer.concat([
        Buffer.from('[$i#L'),
        u64be(value.length),
        u8(...(value as number[]).map((each) => each & 255)),
      ]);
    return Buffer.concat([Buffer.from('[#L'), u64be(value.length), ...value.map(ubj)]);
  }
  return Buffer.concat([
    u8(0x7b),
    ...Object.entries(value as object).flatMap(([name, each]) => [text(name), ubj(each)]),
    u8(0x7d),
  ]);
}

describe('a model of XGBoost', () => {
  it('is clean with trees that stay within their arrays, in JSON and UBJSON', () => {
    expect(scanBytes('m.json', model(tree(), tree()))).toMatchObject({
      format: 'xgboost',
      verdict: 'clean',
      findings: [],
    });
    expect(scanBytes('m.ubj', ubj(model(tree())))).toMatchObject({
      format: 'xgboost',
      verdict: 'clean',
      findings: [],
      unseen: [],
    });
  });
  it.each<[string, object]>([
    ['a child behind the end', { left_children: [1, 99, -1] }],
    ['a child before the beginning', { right_children: [2, -5, -1] }],
    ['a child that is itself', { left_children: [0, -1, -1] }],
    ['a child that is its parent', { left_children: [1, 0, -1] }],
    ['two ways to a node', { right_children: [1, -1, -1] }],
    ['a feature that there is not', { split_indices: [4, 0, 0] }],
    ['more nodes than values', { tree_param: { num_nodes: '1000000' } }],
    ['nodes below nothing', { tree_param: { num_nodes: '-1' } }],
  ])('is found to have %s', (_, more) => {
    expect(alarms('m.json', model(tree(), tree(more)))).toEqual(['medium xgboost.bounds']);
    expect(alarms('m.ubj', ubj(model(tree(more))))).toEqual(['medium xgboost.bounds']);
  });
  it('is found to count what is not there', () => {
    expect(
      alarms('m.ubj', Buffer.concat([Buffer.from('{L'), u64be(1), Buffer.from('a[$d#L'), u64be(2 ** 40)])),
    ).toEqual(['medium xgboost.malformed']);
    expect(alarms('m.ubj', Buffer.concat([Buffer.from('{L'), u64be(1), Buffer.from('aSL'), u64be(2 ** 40)]))).toEqual([
      'medium xgboost.malformed',
    ]);
  });
  it('is looked at like any configuration besides', () => {
    expect(alarms('m.ubj', ubj({ learner: { _target_: 'os.system' } }))).toEqual(['critical json.target']);
  });

  const binary = (child: number, nodes = 1): Buffer => {
    const learner = Buffer.alloc(136);
    learner.writeUInt32LE(4, 4);
    const name = (each: string): Buffer => Buffer.concat([u64(each.length), Buffer.from(each)]);
    const booster = Buffer.alloc(160);
    booster.writeInt32LE(1, 0);
    const param = Buffer.alloc(148);
    param.writeInt32LE(nodes, 4);
    const node = Buffer.concat([u32(-1), u32(child), u32(child), u32(0), u32(0)]);
    return Buffer.concat([
      Buffer.from('binf'),
      learner,
      name('binary:logistic'),
      name('gbtree'),
      booster,
      param,
      node,
      Buffer.alloc(16),
    ]);
  };
  it('is looked at in its binary form, with and without its magic', () => {
    expect(scanBytes('m.bst', binary(-1))).toMatchObject({ format: 'xgboost', verdict: 'clean' });
    expect(alarms('m.bst', binary(7))).toEqual(['medium xgboost.bounds']);
    expect(alarms('m.model', binary(7).subarray(4))).toEqual(['medium xgboost.bounds']);
    expect(alarms('m.bst', binary(-1, 1 << 30))).toEqual(['medium xgboost.malformed']);
  });
});

describe('a model of LightGBM', () => {
  const text = (lines: string, header = 'max_feature_idx=1'): string =>
    `tree\nversion=v4\nnum_class=1\n${header}\n\nTree=0\nnum_leaves=2\nsplit_feature=0\nthreshold=0.5\nleft_child=-1\nright_child=-2\nleaf_value=0.1 0.2\n${lines}\n\nend of trees\n`;
  it('is clean as it is written', () => {
    expect(scanBytes('m.txt', text('shrinkage=1'))).toMatchObject({
      format: 'lightgbm',
      verdict: 'clean',
      findings: [],
    });
    expect(alarms('m.txt', text('\n\nTree=1\nnum_leaves=1\nsplit_feature=\nleft_child=\nleaf_value=0.5'))).toEqual([]);
  });
  it.each([
    'left_child=5',
    'right_child=-9',
    'split_feature=7',
    'leaf_value=1',
    'num_leaves=99999999999',
    'num_leaves=-1',
    'split_feature=x',
  ])('is found with %s', (line) => expect(alarms('m.txt', text(line))).toEqual(['medium lightgbm.bounds']));
  it('is found with features without end', () => {
    expect(alarms('m.txt', text('', 'max_feature_idx=-2'))).toContain('medium lightgbm.bounds');
  });
});

it('a model of CatBoost is found whose sizes do not fit', () => {
  const core = Buffer.concat([u32(12), Buffer.alloc(8), u32(8), Buffer.alloc(8)]);
  core.writeUInt16LE(4, 4);
  const file = (size: number): Buffer => Buffer.concat([Buffer.from('CBM1'), u32(size), core]);
  expect(scanBytes('m.cbm', file(core.length))).toMatchObject({ format: 'catboost', verdict: 'clean' });
  expect(alarms('m.cbm', file(0xfffffff0))).toEqual(['medium catboost.malformed']);
  core.writeUInt32LE(0xffffff, 0);
  expect(alarms('m.cbm', file(core.length))).toEqual(['medium catboost.malformed']);
});

it('finds text that acts, and sizes that lead away, in models of text', () => {
  const named = (name: string): object => ({
    learner: { ...(model(tree()) as { learner: object }).learner, feature_names: [name] },
  });
  expect(alarms('m.json', named('<script>alert(1)</script>'))).toEqual(['medium xgboost.text']);
  expect(alarms('m.json', named('age'))).toEqual([]);
  const text = (sizes: string, left = '-1'): string =>
    `tree\nversion=v4\nmax_feature_idx=1\nfeature_names=a b\ntree_sizes=${sizes}\n\nTree=0\nnum_leaves=3\nsplit_feature=0 1\nleft_child=${left} -2\nright_child=1 -3\nleaf_value=1 2 3\n\n\nend of trees\n`;
  expect(alarms('m.txt', text('100'))).toEqual([]);
  expect(alarms('m.txt', text('99999999999'))).toEqual(['medium lightgbm.bounds']);
  expect(alarms('m.txt', text('100', '0'))).toEqual(['medium lightgbm.bounds']);
  expect(alarms('m.txt', text('100', '1'))).toEqual(['medium lightgbm.bounds']);
});
