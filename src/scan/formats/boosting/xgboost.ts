// XGBoost's own files: UBJSON, and the binary form of versions before 2. (JSON is looked at by the format for JSON.)
import { readUbjson } from '../../../reader/index.ts';
import { Cursor } from '../../cursor.ts';
import type { Format, Look, Probe } from '../../format.ts';
import type { Source } from '../../source.ts';
import { lookAtTree } from '../json/json.ts';

/** Sizes of structures that the binary form writes as they lie in memory. */
const LEARNER = 136;
const MODEL = 160;
const TREE = 148;
const NODE = 20;
const STATISTICS = 16;
const MOST_NAME = 256;
const OBJECTIVE = /^(?:binary|reg|multi|rank|count|survival):[a-z:]+/;

const startOf = (text: string): number => (text.startsWith('binf') ? 4 : 0);

function isBinary(text: string): boolean {
  if (text.startsWith('binf')) return true;
  // Without its magic it is known by the objective behind the parameters.
  return text.startsWith('\0\0\0\0\0\0\0', LEARNER + 1) && OBJECTIVE.test(text.slice(LEARNER + 8, LEARNER + 60));
}

/** An object whose first key is counted: `{`, a type of integer, a length of few bytes. */
const isUbjson = (text: string): boolean =>
  /^\{(?:L\0{7}[\x01-\x40]|l\0{3}[\x01-\x40]|I\0[\x01-\x40]|[iU][\x01-\x40])[\w ]/.test(text) ||
  /^\{[$#][\w{[$#]/.test(text);

/** A length and so many characters. */
function name(cursor: Cursor): string {
  const length = cursor.u64();
  if (length > MOST_NAME) throw cursor.malformed(`a name is ${length} characters long`);
  return Buffer.from(cursor.bytes(Number(length))).toString('latin1');
}

function scanBinary(source: Source, look: Look): undefined {
  const start = startOf(Buffer.from(source.read(0, 4)).toString('latin1'));
  const cursor = new Cursor(source, start + 4);
  const features = cursor.u32();
  cursor.offset = start + LEARNER;
  const [objective, booster] = [name(cursor), name(cursor)];
  if (!/^[\w:]+$/.test(objective) || !/^(?:gbtree|dart|gblinear)$/.test(booster))
    throw cursor.malformed('its booster is not known');
  if (booster === 'gblinear') return;
  const trees = cursor.i32();
  cursor.skip(MODEL - 4);
  if (trees < 0 || trees * (TREE + NODE + STATISTICS) > source.size - cursor.offset)
    throw cursor.malformed(`it counts ${trees} trees`);
  for (let tree = 0; tree < trees; tree++) {
    look.budget.step();
    const at = cursor.offset;
    cursor.skip(4);
    const nodes = cursor.i32();
    cursor.offset = at + TREE;
    if (nodes < 0 || nodes * (NODE + STATISTICS) > source.size - cursor.offset)
      throw cursor.malformed(`tree ${tree} counts ${nodes} nodes`);
    look.budget.step(nodes >> 2);
    for (let node = 0; node < nodes; node++) {
      cursor.skip(4);
      const [left, right, split] = [cursor.i32(), cursor.i32(), cursor.u32() & 0x7fffffff];
      cursor.skip(4);
      // One that was deleted: all ones for its feature.
      if (split === 0x7fffffff) continue;
      const isLeaf = left === -1;
      if (
        left < -1 ||
        left >= nodes ||
        right < -1 ||
        right >= nodes ||
        (!isLeaf && features > 0 && split >= features)
      ) {
        look.report('xgboost.bounds', {
          message: `node ${node} of tree ${tree} has the children ${left} and ${right} and asks for feature ${split}, of ${nodes} nodes and ${features} features`,
          capability: 'exhaust',
          offset: cursor.offset - NODE,
        });
        return;
      }
    }
    cursor.skip(nodes * STATISTICS);
  }
}

export const xgboost: Format = {
  id: 'xgboost',
  match: ({ text }: Probe) =>
    isBinary(text) || isUbjson(text) ? (text.startsWith('binf') ? 'sure' : 'likely') : false,
  scan(source, look) {
    const head = Buffer.from(source.read(0, 512)).toString('latin1');
    if (isBinary(head)) return scanBinary(source, look);
    return (
      lookAtTree(
        readUbjson(source, (work) => look.budget.step(work)),
        look,
      ) ?? 'ubjson'
    );
  },
};
