// Pickles of any opcodes, and attacks behind harmless data: what changes bytes of whole files is in scan/fuzz.test.ts.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lookAt } from '../../testing/look.ts';
import {
  APPEND,
  APPENDS,
  BINPERSID,
  BUILD,
  DUP,
  EMPTY_DICT,
  EMPTY_LIST,
  EMPTY_TUPLE,
  MARK,
  MEMOIZE,
  NEWOBJ,
  NEWOBJ_EX,
  NONE,
  OBJ,
  POP,
  POP_MARK,
  REDUCE,
  SETITEM,
  SETITEMS,
  STACK_GLOBAL,
  TUPLE,
  byteString,
  call,
  dict,
  ext,
  get,
  global,
  int,
  list,
  longPut,
  pickle,
  put,
  text,
  tuple,
} from '../../testing/pickle.ts';

const attack = pickle(call(global('os', 'system'), text('id')));
const parts = [
  APPEND,
  APPENDS,
  BINPERSID,
  BUILD,
  DUP,
  EMPTY_DICT,
  EMPTY_LIST,
  EMPTY_TUPLE,
  MARK,
  MEMOIZE,
  NEWOBJ,
  NEWOBJ_EX,
  NONE,
  OBJ,
  POP,
  POP_MARK,
  REDUCE,
  SETITEM,
  SETITEMS,
  STACK_GLOBAL,
  TUPLE,
  get(0),
  get(1),
  put(0),
  put(1),
  longPut(70_000),
  ext(3),
  int(5),
  text('os'),
  text('system'),
  text('__setstate__'),
  text('a.b'),
  byteString(attack),
  global('os', 'system'),
  global('builtins', 'getattr'),
  global('functools', 'partial'),
  global('copyreg', '_reconstructor'),
  global('operator', 'methodcaller'),
  global('collections', 'OrderedDict'),
  global('sklearn.svm._classes', 'SVC'),
  global('torch._tensor', '_rebuild_from_type_v2'),
];

/** Every look ends in a verdict, and in none of ours that failed. */
function endsWell(bytes: Uint8Array): void {
  const report = lookAt(bytes);
  expect(['clean', 'suspicious', 'malicious', 'unanalyzed']).toContain(report.verdict);
  expect(report.unseen.filter(({ reason }) => reason.includes('scanner failed'))).toEqual([]);
}

test('any opcodes in any order', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...parts), { maxLength: 60 }), (program) => endsWell(pickle(...program))),
    { numRuns: 3000 },
  );
});

test('any bytes behind a header', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => endsWell(Buffer.concat([Buffer.from([0x80, 4]), bytes]))),
    { numRuns: 2000 },
  );
});

test('an attack is found whatever harmless data stands in front of it', () => {
  const harmless = fc.letrec<{ value: Buffer }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }).map(int),
      fc.string({ maxLength: 300 }).map(text),
      fc.uint8Array({ maxLength: 50 }).map(byteString),
      fc.array(tie('value'), { maxLength: 5 }).map((items) => list(...items)),
      fc.array(tie('value'), { maxLength: 5 }).map((items) => tuple(...items)),
      fc.array(fc.tuple(fc.string().map(text), tie('value')), { maxLength: 4 }).map((pairs) => dict(...pairs.flat())),
    ),
  })).value;
  fc.assert(
    fc.property(harmless, (value) => {
      expect(lookAt(pickle(value)).verdict).toBe('clean');
      expect(lookAt(pickle(value, POP, call(global('os', 'system'), text('id')))).verdict).toBe('malicious');
    }),
    { numRuns: 1000 },
  );
});
