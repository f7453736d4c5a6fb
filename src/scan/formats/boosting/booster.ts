// XGBoost's models as a tree of values, from JSON or UBJSON: whether the trees in them stay within their arrays.
import type { JsonTree } from '../../../reader/index.ts';
import type { Look } from '../../format.ts';
import { lookAtText } from '../active-text.ts';
import { entries, has, items, member } from '../json/access.ts';
import { reachedTwice } from './shape.ts';

/** Longer lists are not kept whole. */
const KEPT = 10_000;
const MOST_TREES = 100_000;
const MOST_NODES = 1 << 26;
const MOST_CLASSES = 1 << 20;

export const isBoosterTree = (top: JsonTree): boolean => {
  const learner = member(top, 'learner');
  return has(learner, 'gradient_booster') || has(learner, 'learner_model_param');
};

/** Counts are written as text, or as numbers. */
const toCount = (value: JsonTree | undefined): number | undefined => {
  const count = typeof value === 'string' && /^-?\d{1,12}$/.test(value) ? Number(value) : value;
  return typeof count === 'number' ? count : undefined;
};

/** What is wrong with one tree; undefined where nothing is. */
function wrong(tree: JsonTree, features: number | undefined, look: Look): string | undefined {
  const left = items(member(tree, 'left_children'));
  const right = items(member(tree, 'right_children'));
  const split = items(member(tree, 'split_indices'));
  const nodes = toCount(member(member(tree, 'tree_param'), 'num_nodes'));
  look.budget.step(1 + (left.length >> 2));
  if (nodes !== undefined && (!Number.isInteger(nodes) || nodes < 0 || nodes > MOST_NODES))
    return `says that it has ${nodes} nodes`;
  const size = nodes ?? left.length;
  for (const [name, list] of [
    ['left_children', left],
    ['right_children', right],
    ['split_indices', split],
  ] as const) {
    if (list.length < KEPT && list.length !== size) return `has ${size} nodes and ${list.length} ${name}`;
  }
  for (const [name, list] of [
    ['left', left],
    ['right', right],
  ] as const) {
    const at = list.findIndex(
      (child, node) => typeof child !== 'number' || child < -1 || child >= size || child === node,
    );
    if (at !== -1) return `has a node ${at} whose ${name} child is ${String(list[at])}, of ${size} nodes`;
  }
  const twice = reachedTwice(Math.min(size, left.length, right.length), (node) =>
    [left[node], right[node]].filter((child): child is number => typeof child === 'number' && child >= 0),
  );
  if (twice !== undefined) return `reaches its node ${twice} in two ways`;
  if (features === undefined || features <= 0) return undefined;
  const at = split.findIndex((feature) => typeof feature !== 'number' || feature < 0 || feature >= features);
  return at === -1 ? undefined : `has a node ${at} that asks for feature ${String(split[at])}, of ${features}`;
}

/** The learner of a model that `isBoosterTree`. */
export function lookAtBooster(top: JsonTree, look: Look): void {
  const learner = member(top, 'learner');
  const features = toCount(member(member(learner, 'learner_model_param'), 'num_feature'));
  if (features !== undefined && (features < 0 || features > 2 ** 31)) {
    look.report('xgboost.bounds', { message: `says that it has ${features} features`, capability: 'exhaust' });
  }
  const classes = toCount(member(member(learner, 'learner_model_param'), 'num_class'));
  if (classes !== undefined && (classes < 0 || classes > MOST_CLASSES))
    look.report('xgboost.bounds', { message: `says that it has ${classes} classes`, capability: 'exhaust' });
  // Names and remarks of the user: programs show them.
  const texts = [
    ...entries(member(learner, 'attributes')).map(([, value]) => value),
    ...items(member(learner, 'feature_names')),
  ].filter((each) => typeof each === 'string');
  if (texts.length > 0) lookAtText(texts.join('\n'), 0, 'xgboost.text', 'an attribute or the name of a feature', look);
  const booster = member(learner, 'gradient_booster');
  const model = member(booster, 'model') ?? member(member(booster, 'gbtree'), 'model');
  const trees = items(member(model, 'trees'));
  if (trees.length > MOST_TREES) look.unseen(`only ${MOST_TREES} of its trees were looked at`);
  trees.slice(0, MOST_TREES).forEach((tree, number) => {
    const problem = wrong(tree, features, look);
    if (problem !== undefined) {
      look.report('xgboost.bounds', {
        message: `tree ${number} ${problem}: a loader reads behind its arrays, or never ends`,
        capability: 'exhaust',
      });
    }
  });
}
