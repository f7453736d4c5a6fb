// Pickles: followed opcode by opcode without running anything, one after the other where a file holds several.
import type { Format, Look } from '../../format.ts';
import type { Source } from '../../source.ts';
import { Input } from './input.ts';
import { Judge } from './judge.ts';
import { type Ended, Machine } from './machine.ts';
import { skeletonOf } from './skeleton.ts';
import { skim } from './skim.ts';
import { hasHeader, isPadding, startOf } from './start.ts';

/** What torch.save of old writes first. */
const TORCH_MAGIC = 0x1950a86a20f9469cfc6cn;
/** Magic, protocol, system, object, keys: raw numbers follow. */
const TORCH_PICKLES = 5;
const MOST_PICKLES = 100_000;
const HEAD = 4096;
/** Bytes behind a pickle in which another one is looked for. */
const BETWEEN = 1 << 16;
/** Bytes that are searched for names behind a break, and where the budget ended. */
const BEHIND_BREAK = 16 << 20;
const BEHIND_BUDGET = 256 << 20;

/** Says what is named where the machine could not go on. */
function search(source: Source, look: Look, from: number, ended: Ended): void {
  const spent = ended.how === 'spent';
  if (ended.how === 'broken') look.unseen(`the pickle breaks off at byte ${from}: ${ended.why}`);
  if (spent)
    look.unseen(
      `the pickle has more opcodes than are followed; from byte ${from} on only names are searched for`,
      true,
    );
  for (const { module, name, offset, capability } of skim(source, from, spent ? BEHIND_BUDGET : BEHIND_BREAK)) {
    look.report('pickle.behind', {
      message: `names ${module}.${name} ${spent ? 'behind what was followed' : 'behind the place where it breaks off'}`,
      offset,
      ...(spent ? { severity: 'high' as const } : {}),
      ...(capability === undefined ? {} : { capability }),
    });
  }
}

/** Where the next pickle begins behind the end of one; undefined where none does. */
function next(source: Source, end: number, look: Look): number | undefined {
  let bytes = source.read(end, HEAD);
  let at = 0;
  while (at < bytes.length && isPadding(bytes[at]!)) at++;
  if (at === bytes.length && at === HEAD) {
    bytes = source.read(end, BETWEEN);
    while (at < bytes.length && isPadding(bytes[at]!)) at++;
  }
  if (at === bytes.length) return undefined;
  if (hasHeader(bytes, at)) return end + at;
  const { how, acts, opcodes } = skeletonOf(bytes, at, bytes.length);
  if (acts || (how === 'stop' && opcodes > 1) || (how === 'cut' && opcodes > 8)) return end + at;
  // Other bytes: a loader that seeks, or another program, may find a pickle among them.
  bytes = source.read(end, BETWEEN);
  look.report('pickle.trailing', { message: 'other bytes follow the end of the pickle', offset: end + at });
  for (let mark = bytes.indexOf(0x80, at); mark !== -1; mark = bytes.indexOf(0x80, mark + 1)) {
    if (!hasHeader(bytes, mark) || bytes[mark + 1]! < 2) continue;
    const found = skeletonOf(bytes, mark, bytes.length);
    if (found.alarming || (found.acts && found.how !== 'broken')) return end + mark;
  }
  return undefined;
}

export const PICKLE: Format = {
  id: 'pickle',
  match: ({ head, extension, source }) => startOf(head, extension, source).match,
  scan: (source, look) => {
    const extension = look.name.slice(Math.max(0, look.name.lastIndexOf('.')));
    const { offset } = startOf(source.read(0, HEAD), extension, source);
    if (offset > 0) look.report('pickle.leading', { message: `a pickle begins behind ${offset} other bytes`, offset });
    const input = new Input(source, offset);
    const judge = new Judge(source, look);
    let format = 'pickle';
    try {
      let torch = false;
      for (let count = 0; ; count++) {
        const machine = new Machine(input, judge, look.budget);
        const ended = machine.run();
        if (machine.arrays) format = 'joblib';
        if (ended.how !== 'stop') {
          search(source, look, machine.at, ended);
          break;
        }
        if (count === 0 && ended.value === TORCH_MAGIC) {
          torch = true;
          format = 'pytorch';
        }
        if (torch && count === TORCH_PICKLES - 1) break;
        const begin = torch ? input.offset : next(source, input.offset, look);
        if (begin === undefined) break;
        if (count === MOST_PICKLES - 1 || look.budget.steps < 64) {
          search(source, look, begin, { how: 'spent' });
          break;
        }
        look.budget.step(64);
        input.offset = begin;
      }
    } finally {
      judge.finish();
    }
    return format;
  },
};
