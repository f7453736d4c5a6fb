// The labelled corpus: every file of these formats flagged where it is hostile and let pass where it is not; and files changed at
// random, on which nothing may fail.
import { existsSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseJson } from '../../../codec/index.ts';
import { scanBytes, u64be, u8, zipMembers } from '../../testing/configs.ts';
import { attribute, dataset, externalLink, group, hardLink, Hdf5Writer, longAttribute } from '../../testing/hdf5.ts';
import {
  altrep,
  call,
  closure,
  environment,
  pairlist,
  promise,
  rdaFile,
  rdsFile,
  reals,
  string,
  symbol,
  vector,
} from '../../testing/rds.ts';

const CORPUS = resolve(import.meta.dirname, '../../../../../shared/data/models');
const here = existsSync(join(CORPUS, 'labels.json'));

interface Label {
  readonly path: string;
  readonly format: string;
  readonly malicious: boolean;
  readonly technique: string;
}

const FORMATS = new Set(
  'flax json-config keras-h5 keras-zip lightgbm mlflow nemo rds skops torchserve-mar xgboost yaml-config'.split(' '),
);
/** Left to another format than these, and to which. */
const KNOWN_MISSES: Readonly<Record<string, string>> = {
  'gen/hf/ssti_hex_attr/tokenizer_config.json': 'its template is handed on to the format for Jinja',
  'gen/hf/ssti_concat/tokenizer_config.json': 'likewise',
  'gen/skops/joblib_as.skops': 'it is a pickle, and looked at by the format for pickles',
};

/** The files that a container holds: here its formats are not asked, only those of what lies within. */
function members(path: string): [name: string, content: Buffer][] {
  const bytes = readFileSync(path);
  if (bytes.toString('latin1', 0, 4) === 'PK\x03\x04') return zipMembers(bytes);
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return [[basename(path), gunzipSync(bytes)]];
  if (bytes.toString('latin1', 257, 262) !== 'ustar') return [[basename(path), bytes]];
  const files: [string, Buffer][] = [];
  for (let at = 0; at + 512 <= bytes.length && bytes[at] !== 0;) {
    const size = parseInt(bytes.toString('latin1', at + 124, at + 135), 8);
    files.push([bytes.toString('latin1', at, bytes.indexOf(0, at)), bytes.subarray(at + 512, at + 512 + size)]);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}

it.skipIf(!here)('of the corpus (../shared/data/models), every hostile file is flagged and no benign one is', () => {
  const labels = (parseJson(readFileSync(join(CORPUS, 'labels.json'), 'utf8')) as Label[]).filter(({ format }) =>
    FORMATS.has(format),
  );
  expect(labels.length).toBeGreaterThan(30);
  const wrong = labels.filter(({ path, malicious }) => {
    const reports = members(join(CORPUS, path)).map(([name, content]) => scanBytes(name, content));
    const flagged = reports.some(({ verdict }) => verdict === 'suspicious' || verdict === 'malicious');
    return flagged !== malicious;
  });
  expect(wrong.filter(({ path }) => KNOWN_MISSES[path] === undefined)).toEqual([]);
});

const writer = new Hdf5Writer();
const values = writer.object(
  dataset.space(2),
  dataset.longTexts,
  dataset.contiguous(writer.put(writer.longTexts([Buffer.from('a'), Buffer.from('\x80\x02.', 'latin1')])), 32),
);
const hdf5 = writer.file(
  writer.object(
    group,
    longAttribute(writer, 'model_config', '{"class_name":"Sequential","config":{}}'),
    attribute('b', 'c'),
    hardLink('v', values),
    externalLink('x', 'y', '/z'),
  ),
);

/** A file of each format, to be cut and changed. */
const SEEDS: Readonly<Record<string, Buffer>> = {
  'a.h5': hdf5,
  'a.rds': rdsFile(
    vector(
      promise(call(symbol('f'), string('x'))),
      closure(symbol('y')),
      altrep('compact_intseq', 'base', reals(1, 2, 3)),
    ),
  ),
  'a.rda': rdaFile(pairlist({ a: environment(pairlist({ b: reals(1) })), c: string('d', 'e') })),
  'b.rds': Buffer.from('A\n2\n262657\n131840\n19\n2\n14\n1\n1.5\n16\n1\n262153\n3\na\\nb\n'),
  'a.msgpack': Buffer.concat([
    u8(0x82, 0xa1, 0x61, 0x93, 1, 2, 0xc0, 0xa1, 0x62, 0xc7, 8, 1, 0x93, 0x91, 1),
    Buffer.from('\xa2i4\xc4\x01x', 'latin1'),
  ]),
  'a.ubj': Buffer.concat([
    Buffer.from('{L'),
    u64be(7),
    Buffer.from('learner{L'),
    u64be(1),
    Buffer.from('a[$d#L'),
    u64be(1),
    Buffer.from('abcdL'),
    u64be(1),
    Buffer.from('bSL'),
    u64be(1),
    Buffer.from('x}}'),
  ]),
  'config.json': Buffer.from(
    '{"class_name":"Sequential","config":{"layers":[{"module":"keras.layers","class_name":"Lambda","config":{"function":["4wAA",null]},"registered_name":null}]},"auto_map":{"A":"b--c.D"},"chat_template":"{{ x }}","weight_map":{"a":"b"},"py/object":"os.x"}',
  ),
  'schema.json': Buffer.from(
    '{"__class__":"a","__module__":"b","__loader__":"MethodNode","content":{"func":"c","obj":{"__class__":"d"}},"attrs":[]}',
  ),
  'm.json': Buffer.from(
    '{"learner":{"gradient_booster":{"model":{"trees":[{"left_children":[1],"tree_param":{"num_nodes":"1"}}]}},"learner_model_param":{"num_feature":"1"}}}',
  ),
  'a.yaml': Buffer.from(
    '%TAG !p! tag:yaml.org,2002:python/\n---\na: &x !p!object/apply:os.system [b]\nc: *x\n? {d: e}\n: !!python/tuple [1]\n_target_: os.f\n',
  ),
  MLmodel: Buffer.from('flavors:\n  python_function: {loader_module: a, model_path: ../b}\nmlflow_version: 1\n'),
  'm.txt': Buffer.from(
    'tree\nversion=v4\nmax_feature_idx=1\n\nTree=0\nnum_leaves=2\nsplit_feature=0\nleft_child=-1\nleaf_value=0 1\n\nend of trees\n',
  ),
  'm.cbm': Buffer.concat([Buffer.from('CBM1'), u8(12, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 8, 0, 0, 0)]),
};

const failures = (name: string, bytes: Uint8Array): string[] =>
  scanBytes(name, bytes)
    .unseen.map(({ reason }) => reason)
    .filter((reason) => reason.includes('the scanner failed'));

it('ends in bounds on anything, and never by a fault of its own', () => {
  for (const [name, seed] of Object.entries(SEEDS)) expect(failures(name, seed)).toEqual([]);
  const change = fc.tuple(
    fc.nat(1 << 16),
    fc.constantFrom(0, 0, 1, 4, 40),
    fc.oneof(
      fc.uint8Array({ maxLength: 4 }),
      fc.constantFrom(u8(255, 255, 255, 255), u8(0, 0, 0, 0), u8(127), Buffer.from('[{')),
    ),
  );
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.keys(SEEDS)),
      fc.array(change, { maxLength: 6 }),
      fc.boolean(),
      (name, changes, overwrite) => {
        let bytes: Buffer = Buffer.from(SEEDS[name]!);
        for (const [at, removed, put] of changes) {
          const place = at % (bytes.length + 1);
          bytes = Buffer.concat([
            bytes.subarray(0, place),
            put,
            bytes.subarray(place + (overwrite ? put.length : removed)),
          ]);
        }
        expect(failures(name, bytes)).toEqual([]);
      },
    ),
    { numRuns: 4000 },
  );
});

it('is not taken in by bytes that are none of these', () => {
  const heads = [
    '',
    'X\n\0\0\0\x02',
    '\x89HDF\r\n\x1a\n',
    '{L\0\0\0\0\0\0\0\x01a',
    'binf',
    'CBM1',
    '\x81\xa1a',
    'tree\nversion=v4\n',
    '{"',
    '---\n',
    'RDX3\nX\n\0\0\0\x03',
  ];
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.keys(SEEDS)),
      fc.constantFrom(...heads),
      fc.uint8Array({ maxLength: 400 }),
      (name, head, bytes) => {
        expect(failures(name, Buffer.concat([Buffer.from(head, 'latin1'), bytes]))).toEqual([]);
      },
    ),
    { numRuns: 2000 },
  );
});
