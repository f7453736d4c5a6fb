// A small file of every format, written by our own builders: what fuzzing starts from where there is no corpus.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import { tarChecksum, tarEnd, tarHeader, tarPadding } from '../../codec/index.ts';
import { u16, u32, u64, u64be, u8 } from './configs.ts';
import { Hdf5Writer, attribute, dataset, externalLink, group, hardLink, longAttribute } from './hdf5.ts';
import * as pickles from './pickle.ts';
import * as r from './rds.ts';
import { SEED_TEXTS } from './seed-texts.ts';
import { writeZip } from './zip.ts';

export interface Seed {
  readonly name: string;
  readonly bytes: Buffer;
}

const latin = (text: string): Buffer => Buffer.from(text, 'latin1');
const coded = (text: string): Buffer => Buffer.from(text, 'base64');

/** A field of a protobuf message: a number, or text and messages. */
function field(number: number, value: number | string | Buffer): Buffer {
  if (typeof value === 'number') return u8(number << 3, value);
  const body = Buffer.from(value as string);
  // Both are below 2^14.
  const varint = (each: number): Buffer => (each < 0x80 ? u8(each) : u8((each & 0x7f) | 0x80, each >> 7));
  return Buffer.concat([varint((number << 3) | 2), varint(body.length), body]);
}
const message = (...fields: readonly Buffer[]): Buffer => Buffer.concat(fields);

const PICKLES: Readonly<Record<string, Buffer>> = {
  'attack.pkl': pickles.pickle(pickles.call(pickles.global('os', 'system'), pickles.text('id'))),
  'plain.pkl': pickles.pickle(
    pickles.dict(pickles.text('a'), pickles.list(pickles.int(1), pickles.tuple(pickles.NONE, pickles.text('b')))),
    pickles.MEMOIZE,
    pickles.get(0),
    pickles.POP,
  ),
  'array.joblib': pickles.pickle(
    pickles.instance(
      pickles.global('joblib.numpy_pickle', 'NumpyArrayWrapper'),
      pickles.text('shape'),
      pickles.tuple(pickles.int(2)),
      pickles.text('dtype'),
      pickles.call(pickles.global('numpy', 'dtype'), pickles.text('f8')),
    ),
  ),
  'lines.pkl': latin("(dp0\nVa\np1\nI1\nsS'b'\n(lp2\nL5L\naF1.5\nas(iposix\nsystem\np3\n0cos\nsystem\n(S'id'\ntR."),
};

function hdf5(): Buffer {
  const writer = new Hdf5Writer();
  const heap = writer.put(writer.longTexts([Buffer.from('a'), latin('\x80\x02.')]));
  const values = writer.object(dataset.space(2), dataset.longTexts, dataset.contiguous(heap, 32));
  const links = [hardLink('v', values), externalLink('x', 'y', '/z')];
  const config = longAttribute(writer, 'model_config', '{"class_name":"Sequential","config":{}}');
  return writer.file(writer.object(group, config, attribute('b', 'c'), ...links));
}

function tar(name: string, content: Buffer): Buffer {
  const header = tarHeader(name, content.length, 0);
  header.write(`${tarChecksum(header).toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, content, tarPadding(content.length), tarEnd()]);
}

function gguf(): Buffer {
  const text = (value: string): Buffer => Buffer.concat([u64(value.length), Buffer.from(value)]);
  const keys = [
    Buffer.concat([text('general.alignment'), u32(4), u32(32)]),
    Buffer.concat([text('tokenizer.chat_template'), u32(8), text(SEED_TEXTS['chat.jinja']!)]),
    Buffer.concat([text('tokenizer.ggml.tokens'), u32(9), u32(8), u64(2), text('a'), text('<0x0A>')]),
    Buffer.concat([text('tokenizer.ggml.scores'), u32(9), u32(6), u64(2), u32(0), u32(0)]),
    Buffer.concat([text('nested'), u32(9), u32(9), u64(1), u32(4), u64(1), u32(7)]),
  ];
  const tensor = Buffer.concat([text('t'), u32(2), u64(2), u64(4), u32(24), u64(0)]);
  const head = Buffer.concat([latin('GGUF'), u32(3), u64(1), u64(keys.length), ...keys, tensor]);
  return Buffer.concat([head, Buffer.alloc(32 - (head.length % 32)), Buffer.alloc(32, 1)]);
}

function safetensors(): Buffer {
  const header = Buffer.from(
    '{"__metadata__":{"a":"import os"},"t":{"dtype":"U8","shape":[2,8],"data_offsets":[0,16]},"u":{"dtype":"F32","shape":[1],"data_offsets":[16,20]}}',
  );
  return Buffer.concat([u64(header.length), header, PICKLES['attack.pkl']!.subarray(0, 16), u32(1)]);
}

function onnx(): Buffer {
  const external = message(field(1, 'location'), field(2, '../../x'));
  const weights = message(field(1, 2), field(1, 3), field(2, 2), field(8, 'w'), field(9, 'abcdef'));
  const elsewhere = message(field(1, 1), field(2, 1), field(8, 'v'), field(13, external), field(14, 1));
  const inner = message(field(1, message(field(1, 'a'), field(4, 'Add'))), field(5, elsewhere));
  const node = message(
    field(1, 'x'),
    field(4, 'PyOp'),
    field(5, message(field(1, 'g'), field(6, inner))),
    field(7, 'my'),
  );
  const graph = message(field(1, node), field(2, 'graph'), field(5, weights), field(5, elsewhere));
  return message(field(1, 8), field(2, 'maker'), field(7, graph), field(8, message(field(1, ''), field(2, 17))));
}

const tensor = message(field(1, 7), field(8, '/etc/passwd'));
const CONSTANT = message(
  field(1, 'c'),
  field(2, 'Const'),
  field(5, message(field(1, 'value'), field(2, message(field(8, tensor))))),
);
const READ_FILE = message(field(1, 'r'), field(2, 'ReadFile'), field(3, 'c:0'));
const LIBRARY = message(field(1, message(field(1, message(field(1, 'f'))), field(3, READ_FILE))));
const GRAPH = message(field(1, CONSTANT), field(1, READ_FILE), field(2, LIBRARY));
const META_GRAPH = message(field(1, message(field(1, '1'))), field(2, GRAPH), field(6, message(field(2, '../x'))));

/** A model of one operator, whose name a table of a table gives. */
const TFLITE = Buffer.concat([
  ...[u32(24), latin('TFL3'), u16(8), u16(8), u16(0), u16(4), Buffer.alloc(8)],
  ...[u32(16), u32(4), u32(1), u32(16)],
  ...[u16(8), u16(8), u16(0), u16(4), u32(0), u32(12), u32(4), u32(8), latin('ReadFile\0\0\0\0')],
]);

const KERAS = [
  { name: 'config.json', content: SEED_TEXTS['config.json']! },
  { name: 'metadata.json', content: '{"keras_version":"3.0.0"}', deflated: true },
  { name: 'model.weights.h5', content: hdf5(), deflated: true },
];
const NPY = Buffer.concat([
  latin("\x93NUMPY\x01\x00\x3a\x00{'descr': '|O', 'fortran_order': False, 'shape': (1,), }    \n"),
  PICKLES['attack.pkl']!,
]);

const BINARIES: Readonly<Record<string, Buffer>> = {
  ...PICKLES,
  'a.npy': NPY,
  'a.npz': writeZip([{ name: 'x.npy', content: NPY, deflated: true }]),
  'model.pt': writeZip([
    { name: 'm/data.pkl', content: PICKLES['attack.pkl']! },
    { name: 'm/data/0', content: 'numbers', crc: 1 },
    { name: 'm/version', content: '3\n', hidden: true },
    { name: 'm/link', content: '/etc/passwd', mode: 0o120777 },
  ]),
  'm.keras': writeZip(KERAS),
  'm.skops': writeZip([{ name: 'schema.json', content: SEED_TEXTS['schema.json']!, deflated: true }]),
  'm.tar': Buffer.concat([tar('m.pkl', PICKLES['attack.pkl']!).subarray(0, 1024), tar('a.txt', latin('text'))]),
  'm.tar.gz': gzipSync(tar('../m.pkl', PICKLES['attack.pkl']!)),
  'm.pkl.gz': gzipSync(PICKLES['attack.pkl']!),
  'm.pkl.z': deflateSync(PICKLES['array.joblib']!),
  'a.xz': coded('/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4AAXAAxdADQZSe6N6VYKwSGwAABsFO0bO2i7kQABKBjXg7duH7bzfQEAAAAABFla'),
  'a.lzma': coded('XQAAgAD//////////wA0GUnujelWCsG2ILf//7o0AAA='),
  'a.bz2': coded('QlpoOTFBWSZTWW9PEPMAAAXRAAAQQAACRKAAMMACqDRxDa2HDxdyRThQkG9PEPM='),
  'a.lz4': coded('BCJNGGRApw8AAABpaGVsbG8gBgBQZWxsbwoAAAAA4v8DQg=='),
  // A frame of one raw block, and one that repeats a byte.
  'a.zst': Buffer.concat([u32(0xfd2fb528), u8(0x20, 8, 0x18, 0, 0), latin('abc'), u8(0x2b, 0, 0), latin('d')]),
  'a.h5': hdf5(),
  'a.rds': r.rdsFile(
    r.vector(
      r.promise(r.call(r.symbol('f'), r.string('x'))),
      r.closure(r.symbol('y')),
      r.altrep('compact_intseq', 'base', r.reals(1, 2, 3)),
    ),
  ),
  'a.rda': r.rdaFile(r.pairlist({ a: r.environment(r.pairlist({ b: r.reals(1) })), c: r.string('d', 'e') })),
  'b.rds': latin('A\n2\n262657\n131840\n19\n2\n14\n1\n1.5\n16\n1\n262153\n3\na\\nb\n'),
  'a.msgpack': Buffer.concat([
    u8(0x82, 0xa1, 0x61, 0x93, 1, 2, 0xc0, 0xa1, 0x62, 0xc7, 8, 1, 0x93, 0x91, 1),
    latin('\xa2i4\xc4\x01x'),
  ]),
  'a.ubj': Buffer.concat([
    ...[latin('{L'), u64be(7), latin('learner{L'), u64be(1), latin('a[$d#L'), u64be(1)],
    ...[latin('abcdL'), u64be(1), latin('bSL'), u64be(1), latin('x}}')],
  ]),
  'm.cbm': Buffer.concat([latin('CBM1'), u8(12, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 8, 0, 0, 0)]),
  'm.gguf': gguf(),
  'm.safetensors': safetensors(),
  'm.onnx': onnx(),
  'graph.pb': GRAPH,
  'saved_model.pb': message(field(1, 1), field(2, META_GRAPH)),
  'm.meta': META_GRAPH,
  'keras_metadata.pb': message(field(1, message(field(1, 1), field(3, 'root'), field(5, SEED_TEXTS['config.json']!)))),
  'm.tflite': TFLITE,
  'm.mlmodel': message(field(1, 4), field(2, ''), field(555, message(field(10, 'Evil'))), field(556, field(1, '/x/y'))),
  program: Buffer.concat([latin('\x7fELF\x02\x01\x01'), Buffer.alloc(60)]),
  'a.png': latin('\x89PNG\r\n\x1a\n\0\0\0\rIHDR'),
};

/** One of every format. */
export const SEEDS: readonly Seed[] = [
  ...Object.entries(SEED_TEXTS).map(([name, text]) => ({ name, bytes: Buffer.from(text) })),
  ...Object.entries(BINARIES).map(([name, bytes]) => ({ name, bytes })),
];

/** The files of a labelled corpus, in the order of their paths. They are read as bytes, and never loaded. */
export function readCorpus(folder: string): Seed[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'labels.json')
    .map((entry) => ({ name: entry.name, path: join(entry.parentPath, entry.name) }))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .map(({ name, path }) => ({ name, bytes: readFileSync(path) }));
}
