// LightGBM's text: a header and trees as lines of `name=values`, which its loader takes as they are.
import type { Format, Look } from '../../format.ts';
import { readHead } from '../../source.ts';
import { lookAtText } from '../active-text.ts';
import { reachedTwice } from './shape.ts';

const MOST = 64 << 20;
/** Children, leaves and features are held against each other up to this many values of a line. */
const MOST_VALUES = 200_000;
const MOST_LEAVES = 1 << 24;

function* linesOf(text: string): Generator<{ line: string; number: number }> {
  let number = 0;
  for (let from = 0; from < text.length;) {
    const found = text.indexOf('\n', from);
    const end = found === -1 ? text.length : found;
    yield { line: text.slice(from, end).replace(/\r$/, ''), number: ++number };
    from = end + 1;
  }
}

/** What is wrong with a tree's lines; undefined where nothing is. */
function wrong(tree: ReadonlyMap<string, string>, features: number | undefined, look: Look): string | undefined {
  const leaves = Number(tree.get('num_leaves'));
  if (!Number.isInteger(leaves) || leaves < 1 || leaves > MOST_LEAVES)
    return `says that it has ${String(tree.get('num_leaves')).slice(0, 40)} leaves`;
  const inner = leaves - 1;
  const children: number[][] = [];
  for (const [name, size, low, high] of [
    ['split_feature', inner, 0, features ?? Infinity],
    ['left_child', inner, -leaves, inner - 1],
    ['right_child', inner, -leaves, inner - 1],
    ['threshold', inner, -Infinity, Infinity],
    ['decision_type', inner, -128, 255],
    ['leaf_value', leaves, -Infinity, Infinity],
  ] as const) {
    const line = tree.get(name);
    if (line === undefined) continue;
    // A tree of one leaf leaves its other lines empty.
    const values = line.trim() === '' ? [] : line.trim().split(/\s+/, MOST_VALUES);
    look.budget.step(1 + (values.length >> 2));
    if (values.length < MOST_VALUES && values.length !== size)
      return `has ${leaves} leaves and ${values.length} values of ${name}`;
    if (low === -Infinity) continue;
    const at = values.findIndex((value) => !(Number(value) >= low && Number(value) <= high));
    if (at !== -1) return `has ${values[at]!.slice(0, 40)} as ${name} of node ${at}`;
    if (name.endsWith('_child')) children.push(values.map(Number));
  }
  // Leaves are written as numbers below zero.
  const twice = reachedTwice(Math.min(inner, MOST_VALUES), (node) =>
    children.map((side) => side[node] ?? -1).filter((child) => child >= 0),
  );
  return twice === undefined ? undefined : `reaches its node ${twice} in two ways`;
}

export const lightgbm: Format = {
  id: 'lightgbm',
  match: ({ text }) => (/^tree\r?\nversion=/.test(text) ? 'sure' : false),
  scan(source, look) {
    if (source.size > MOST) look.unseen(`only the first ${MOST >> 20} MB of the text were looked at`);
    const bytes = readHead(source, MOST);
    let features: number | undefined;
    let tree: Map<string, string> | undefined;
    let from = 0;
    let title = '';
    const finish = (): void => {
      const problem = tree === undefined ? undefined : wrong(tree, features, look);
      if (problem !== undefined) {
        look.report('lightgbm.bounds', {
          message: `${title} ${problem}: a loader reads behind its arrays, or never ends`,
          line: from,
          capability: 'exhaust',
        });
      }
      tree = undefined;
    };
    for (const { line, number } of linesOf(
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1'),
    )) {
      look.budget.step(4);
      const equals = line.indexOf('=');
      const name = equals === -1 ? line : line.slice(0, equals);
      const value = equals === -1 ? '' : line.slice(equals + 1);
      if (name === 'Tree' || name === 'end of trees') {
        finish();
        if (name === 'end of trees') break;
        tree = new Map();
        title = `tree ${value.slice(0, 20)}`;
        from = number;
      } else if (tree !== undefined) tree.set(name, value);
      else if (name === 'tree_sizes') {
        // Its loader goes from tree to tree by these.
        const total = value.split(' ', MOST_VALUES).reduce((sum, size) => sum + Number(size), 0);
        if (!(total >= 0 && total <= source.size)) {
          const message = `says that its trees are ${total} bytes long, of ${source.size}: a loader reads behind its end`;
          look.report('lightgbm.bounds', { message, line: number, capability: 'exhaust' });
        }
      } else if (name === 'feature_names' || name === 'objective')
        lookAtText(value, 0, 'lightgbm.text', `the line ${name}`, look);
      else if (name === 'max_feature_idx') {
        features = Number(value);
        if (!Number.isInteger(features) || features < 0 || features > MOST_LEAVES) {
          look.report('lightgbm.bounds', {
            message: `says that its last feature is ${value.slice(0, 40)}`,
            line: number,
            capability: 'exhaust',
          });
        }
      }
    }
    finish();
  },
};
