import { describe, expect, test } from 'vitest';
import { Budget } from '../../budget.ts';
import { examine, MemorySource, shippedScanner } from '../../index.ts';
import { lookAt, said } from '../../testing/look.ts';
import {
  BINPERSID,
  DUP,
  EMPTY_LIST,
  EMPTY_TUPLE,
  MARK,
  MEMOIZE,
  NONE,
  POP,
  STOP,
  TUPLE,
  APPEND,
  BUILD,
  NEWOBJ,
  byteString,
  call,
  dict,
  frame,
  get,
  global,
  headerless,
  hugeBytes,
  instance,
  int,
  join,
  list,
  longPut,
  pickle,
  stackGlobal,
  text,
  tuple,
  wrapped,
} from '../../testing/pickle.ts';

const attack = pickle(call(global('os', 'system'), text('echo hi')));
const plain = pickle(wrapped(list(int(1), int(2))));
const CALLS = 'pickle.call: calls os.system("echo hi"), which can run commands or code';
const call_ = call(global('os', 'system'), text('echo hi'));

describe('where a pickle may hide', () => {
  test('under any name', () => {
    for (const name of ['a.txt', 'weights.safetensors', 'model.onnx', 'README'])
      expect(said(attack, name)).toEqual([CALLS]);
  });

  test('behind another pickle, with padding or other bytes between', () => {
    expect(said(join(plain, attack))).toEqual([CALLS]);
    expect(said(join(plain, Buffer.alloc(10_000), attack))).toEqual([CALLS]);
    expect(said(join(plain, Buffer.from('\xff\xfejunk', 'latin1'), attack))).toEqual([
      'pickle.trailing: other bytes follow the end of the pickle',
      CALLS,
    ]);
  });

  test('behind zeros or the header of something else', () => {
    expect(said(join(Buffer.alloc(5000), attack))).toEqual([
      'pickle.leading: a pickle begins behind 5000 other bytes',
      CALLS,
    ]);
    expect(said(join(Buffer.from('\xff\xd8\xff\xe0JFIF', 'latin1'), attack))).toContain(CALLS);
  });

  test('behind a million bytes, or as many opcodes', () => {
    expect(said(pickle(byteString(Buffer.alloc(1_200_000)), POP, call_))).toEqual([CALLS]);
    expect(said(pickle(Buffer.alloc(600_000, join(NONE, POP)), call_))).toEqual([CALLS]);
  });

  test('in front of a break', () => {
    const report = lookAt(pickle(call_, POP, POP));
    expect(report.verdict).toBe('malicious');
    expect(report.unseen[0]!.reason).toMatch(/breaks off at byte \d+: the stack is empty/);
  });

  test('behind a break, where only names are searched for', () => {
    const report = lookAt(
      join(pickle(POP), Buffer.from([0xff]), attack, pickle(call(stackGlobal('subprocess', 'run')))),
    );
    expect(report.verdict).toBe('suspicious');
    expect(report.findings.map(({ message }) => message)).toEqual([
      'names os.system behind the place where it breaks off',
      'names subprocess.run behind the place where it breaks off',
    ]);
  });

  test('behind a frame that lies about its length', () => {
    expect(said(pickle(frame(2n ** 40n), call_))).toEqual([CALLS]);
  });

  test('between frames that no pickler writes', () => {
    const rule = (bytes: Buffer): string[] => lookAt(bytes).findings.map((finding) => finding.rule);
    expect(rule(pickle(frame(4), text('a long text')))).toEqual(['pickle.frame']);
    expect(rule(pickle(frame(12), NONE, frame(2), NONE))).toEqual(['pickle.frame']);
    expect(rule(pickle(text('abc'), POP, frame(2), NONE))).toEqual(['pickle.frame']);
    // A pickler leaves long values, and less than four bytes, outside of frames.
    expect(
      rule(pickle(frame(1), MARK, byteString(Buffer.alloc(70_000)), MEMOIZE, frame(8), text('abc'), MEMOIZE, TUPLE)),
    ).toEqual([]);
  });

  test('in the bytes of an array that joblib passes over', () => {
    const wrapper = (length: number, payload: Buffer) =>
      join(
        Buffer.from([0x80, 4]),
        instanceOf(
          'NumpyArrayWrapper',
          text('shape'),
          tuple(int(length)),
          text('dtype'),
          call(global('numpy', 'dtype'), text('i1')),
        ),
        payload,
        STOP,
      );
    expect(lookAt(wrapper(5, Buffer.from('\x00\x01\x02\x03\x04', 'latin1')))).toMatchObject({
      verdict: 'clean',
      format: 'joblib',
      unseen: [],
    });
    // joblib reads numbers here; pickle.load runs them.
    expect(said(wrapper(call_.length, call_))).toEqual([CALLS]);
    expect(said(join(wrapper(2, Buffer.from('\x00\x01')).subarray(0, -1), call_, STOP))).toEqual([CALLS]);
  });

  test('behind an array whose length it works out', () => {
    const shape = call(global('builtins', 'tuple'), list(int(5)));
    const wrapper = instanceOf(
      'NumpyArrayWrapper',
      text('shape'),
      shape,
      text('dtype'),
      call(global('numpy', 'dtype'), text('i1')),
    );
    expect(said(pickle(wrapper, Buffer.from('\xff\xff\xff\xff\xff', 'latin1'), call_))[0]).toMatch(
      /^pickle.computed: has an array of joblib/,
    );
  });

  test('in an array of objects within a pickle of joblib', () => {
    const objects = join(
      Buffer.from([0x80, 4]),
      instanceOf(
        'NumpyArrayWrapper',
        text('shape'),
        tuple(int(1)),
        text('dtype'),
        call(global('numpy', 'dtype'), text('O8')),
      ),
      attack,
      STOP,
    );
    expect(said(objects)).toEqual([CALLS]);
  });

  test('in any pickle of a file of old torch, whose numbers follow unlooked at', () => {
    const magic = Buffer.from('\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.', 'latin1');
    const storage = join(
      tuple(text('storage'), global('torch', 'FloatStorage'), text('0'), text('cpu'), int(4)),
      BINPERSID,
    );
    const rebuilt = call(global('torch._utils', '_rebuild_tensor_v2'), storage, int(0), tuple(int(4)), tuple(int(1)));
    const file = (system: Buffer) =>
      join(magic, pickle(int(1001)), pickle(system), pickle(rebuilt), pickle(list(text('0'))), Buffer.alloc(24, 0x55));
    expect(lookAt(file(dict()), 'a.pth')).toMatchObject({
      verdict: 'clean',
      format: 'pytorch',
      findings: [],
      unseen: [],
    });
    expect(said(file(call_))).toEqual([CALLS]);
  });
});

/** LONG1. */
const byLong = (value: bigint): Buffer => {
  const out = Buffer.alloc(10);
  out.writeUInt8(0x8a, 0);
  out.writeUInt8(8, 1);
  out.writeBigInt64LE(value, 2);
  return out;
};

const instanceOf = (name: string, ...pairs: Buffer[]): Buffer =>
  join(global('joblib.numpy_pickle', name), EMPTY_TUPLE, NEWOBJ, dict(...pairs), BUILD);

describe('what exhausts whoever loads it', () => {
  const bombs: Record<string, [Buffer, RegExp]> = {
    'a memo index': [pickle(int(1), longPut(0x7fffffff)), /memoises at 2147483647/],
    'a length': [pickle(hugeBytes(2n ** 62n)), /declares a value of/],
    'references to references': [
      pickle(
        text('lol'),
        MEMOIZE,
        ...Array.from({ length: 20 }, (_, level) => join(list(...new Array<Buffer>(10).fill(get(level))), MEMOIZE)),
      ),
      /a walk over them does not end/,
    ],
    'a list of itself': [
      pickle(EMPTY_LIST, MEMOIZE, ...new Array<Buffer>(60).fill(join(get(0), APPEND))),
      /a walk over them does not end/,
    ],
    'a range that is listed': [
      pickle(call(global('builtins', 'list'), call(global('builtins', 'range'), byLong(2n ** 40n)))),
      /takes all memory/,
    ],
    'a number of bytes': [pickle(call(global('builtins', 'bytearray'), byLong(2n ** 40n))), /takes all memory/],
    duplicates: [pickle(EMPTY_LIST, ...new Array<Buffer>(100).fill(DUP)), /duplicates the same value/],
    nesting: [
      pickle(...new Array<Buffer>(20_000).fill(MARK), ...new Array<Buffer>(20_000).fill(TUPLE)),
      /nests containers so deep/,
    ],
  };
  for (const [what, [bytes, message]] of Object.entries(bombs)) {
    test(what, () => {
      const report = lookAt(bytes);
      expect(report.verdict).toBe('suspicious');
      expect(report.findings.map(({ rule }) => rule)).toEqual(['pickle.exhaust']);
      expect(report.findings[0]!.message).toMatch(message);
      expect(report.findings[0]!.capability).toBe('exhaust');
    });
  }

  test('honest sharing is none: a list that holds itself, a tree whose children know their parent', () => {
    expect(lookAt(pickle(EMPTY_LIST, MEMOIZE, get(0), APPEND)).verdict).toBe('clean');
    const parent = join(global('__main__', 'Node'), EMPTY_TUPLE, NEWOBJ, MEMOIZE);
    const children = Array.from({ length: 80 }, () => instance(global('__main__', 'Node'), text('parent'), get(0)));
    expect(lookAt(pickle(parent, dict(text('children'), list(...children)), BUILD)).verdict).toBe('clean');
  });
});

test('where the budget ends, the rest is searched for names and the report says so', () => {
  const scanner = {
    ...shippedScanner(),
    bounds: () => ({ ...new Budget({ steps: 10_000, inflated: 1, members: 1, depth: 1 }).bounds }),
  };
  const long = pickle(Buffer.alloc(60_000, join(NONE, POP)), call_);
  const report = examine(scanner, 'a.pkl', new MemorySource(long));
  expect(report.verdict).toBe('malicious');
  expect(report.findings.map(({ message }) => message)).toEqual(['names os.system behind what was followed']);
  expect(report.unseen[0]!.reason).toMatch(/more opcodes than are followed/);
});

test('memo indices far apart count for more: they are kept one by one', () => {
  const puts = Array.from({ length: 2000 }, (_, at) => longPut(1000 + at * 77));
  const bounds = () => ({ steps: 12_000, inflated: 1, members: 1, depth: 1 });
  const reasons = (...parts: Buffer[]) =>
    examine({ ...shippedScanner(), bounds }, 'a.pkl', new MemorySource(pickle(NONE, ...parts))).unseen;
  expect(reasons(...puts)[0]?.reason).toMatch(/more opcodes than are followed/);
  expect(reasons(...puts.map((_, at) => longPut(at)))).toEqual([]);
});

test('loads within loads end, and are not taken for harmless', () => {
  let inner = attack;
  for (let depth = 0; depth < 12; depth++)
    inner = pickle(call(global('torch.storage', '_load_from_bytes'), byteString(inner)));
  expect(lookAt(inner).verdict).toBe('malicious');
  const once = pickle(call(global('torch.storage', '_load_from_bytes'), byteString(plain)));
  expect(lookAt(once).verdict).toBe('clean');
  expect(lookAt(pickle(call(global('torch.storage', '_load_from_bytes'), byteString(Buffer.from('?'))))).verdict).toBe(
    'malicious',
  );
});

describe('what is no pickle', () => {
  const others: Record<string, string | Buffer> = {
    prose: 'Vast plains stretch out.\nNobody knows.\n',
    'a list of words': 'cos\nsin\ntan\n',
    numbers: '0.1,0.2\n1.0,2.0\n',
    JSON: '{"a": [1, 2]}',
    'a script': '#!/bin/sh\necho hi\n',
    'a picture': Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    GGUF: Buffer.from('GGUF\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00', 'latin1'),
    'a header of nothing': Buffer.from([0x80, 4, 0]),
  };
  for (const [what, content] of Object.entries(others)) {
    test(what, () => expect(lookAt(Buffer.from(content), 'a.txt').format).not.toContain('pickle'));
  }

  test('but a name that acts, in a file that is called a pickle, is one', () => {
    expect(said(headerless(global('builtins', 'eval')).subarray(0, -1), 'a.pkl')).toEqual([
      'pickle.import: imports eval, which can run commands or code',
    ]);
  });
});
