// Hostile model files other than pickles: counts beyond the file, nesting, tables and graphs without end.
import { gzipSync } from 'node:zlib';
import { i32be, u16, u32, u64, u8 } from '../../../src/scan/testing/configs.ts';
import { Hdf5Writer, attribute, group, hardLink } from '../../../src/scan/testing/hdf5.ts';
import {
  type Part,
  SIZE,
  type Shape,
  chain,
  each,
  fill,
  heading,
  message,
  noise,
  shape,
  varint,
  whole,
} from './shape.ts';

const safetensors = (header: Part, length: number): Part => chain(u64(length), header);
const gguf = (tensors: number | bigint, keys: number | bigint, rest: Part): Part =>
  chain('GGUF', u32(3), u64(tensors), u64(keys), rest);
const text = (value: string): Buffer => Buffer.concat([u64(value.length), Buffer.from(value)]);
/** A key whose value is a list. */
const list = (key: string, type: number, count: number | bigint): Buffer =>
  Buffer.concat([text(key), u32(9), u32(type), u64(count)]);

const ONNX_HEAD = Buffer.concat([varint(8), varint(8), message(2, 'x')]);
const onnx = (nodes: Buffer, count: number): Part =>
  chain(
    ONNX_HEAD,
    heading(7, nodes.length * count),
    fill(nodes, nodes.length * count),
    message(8, Buffer.concat([varint(16), varint(17)])),
  );
/** Messages within each other, by their numbers from the outside, around what is innermost. */
function within(numbers: readonly number[], times: number, innermost: Buffer): Buffer {
  const heads: Buffer[] = [];
  let length = innermost.length;
  for (let level = 0; level < times; level++) {
    for (const number of [...numbers].reverse()) {
      const head = heading(number, length);
      heads.push(head);
      length += head.length;
    }
  }
  return Buffer.concat([...heads.reverse(), innermost]);
}

const rds = (body: Part): Part => chain('X\n', i32be(2), i32be(0x00040200), i32be(0x00020300), body);
const TREE = `Tree=0\nnum_leaves=2\nnum_cat=0\nsplit_feature=0\nthreshold=1\ndecision_type=2\nleft_child=-1\nright_child=-2\nleaf_value=1 2\n\n`;
const LIGHTGBM = 'tree\nversion=v4\nnum_class=1\nmax_feature_idx=3\n';

function hdf5(build: (writer: Hdf5Writer) => number): Buffer {
  const writer = new Hdf5Writer();
  return writer.file(build(writer));
}

const times = <T>(count: number, make: (at: number) => T): T[] => Array.from({ length: count }, (_, at) => make(at));

function tflite(codes: number): Part {
  // Root table with its layout, a vector of codes that all lead to the same one, that code, its name.
  const layout = Buffer.concat([u16(8), u16(12), u16(0), u16(8)]);
  const root = Buffer.concat([u32(layout.length), u32(0), u32(4)]);
  const start = 8 + layout.length + root.length;
  const code = start + 4 + 4 * codes;
  return chain(
    u32(8 + layout.length),
    'TFL3',
    layout,
    root,
    u32(codes),
    each(codes, (at) => u32(code + 8 - (start + 4 + 4 * at))),
    Buffer.concat([u16(8), u16(8), u16(0), u16(4)]),
    u32(8),
    u32(4),
    u32(4),
    'Evil',
  );
}

export const MODELS: readonly Shape[] = [
  shape('safetensors, a header of 2^63 bytes', 'a.safetensors', () => safetensors('{}', 2 ** 52)),
  shape('safetensors, 10^6 tensors', 'a.safetensors', () => {
    const header = whole(
      chain(
        '{',
        each(1_200_000, (at) => `"t${at}":{"dtype":"F32","shape":[1],"data_offsets":[${4 * at},${4 * at + 4}]},`),
        '"z":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}',
      ),
    );
    return chain(safetensors(header, header.length), Buffer.alloc(4_800_000));
  }),
  shape('safetensors, brackets', 'a.safetensors', () => safetensors(chain('{"a":', fill('[', SIZE - 20)), SIZE - 15)),
  shape('safetensors, a text of 100 MB', 'a.safetensors', () =>
    safetensors(
      chain('{"__metadata__":{"a":"', fill('\\u0041', SIZE - 100), '"}}'),
      Math.floor((SIZE - 100) / 6) * 6 + 25,
    ),
  ),
  shape('safetensors, 10^7 metadata', 'a.safetensors', () => {
    const header = whole(
      chain(
        '{"__metadata__":{',
        each(5_000_000, (at) => `"k${at}":"<a "`.concat(',')),
        '"z":"z"}}',
      ),
    );
    return safetensors(header, header.length);
  }),
  shape('gguf, 10^9 keys', 'a.gguf', () => gguf(0, 10n ** 9n, fill(u64(0), 1000))),
  shape('gguf, 2^63 tensors', 'a.gguf', () => gguf((1n << 63n) - 1n, 0, fill(u64(0), 1000))),
  shape('gguf, 4 million keys', 'a.gguf', () =>
    gguf(
      0,
      4_000_000,
      each(4_000_000, (at) => Buffer.concat([text(`k${at}`), u32(0), u8(1)])),
    ),
  ),
  shape('gguf, 2 million tensors', 'a.gguf', () =>
    gguf(
      2_000_000,
      0,
      each(2_000_000, (at) => Buffer.concat([text(`t${at}`), u32(1), u64(1), u32(0), u64(32 * at)])),
    ),
  ),
  shape('gguf, 12 million empty tokens', 'a.gguf', () =>
    gguf(0, 1, chain(list('tokenizer.ggml.tokens', 8, 12_000_000), fill(u64(0), 96_000_000))),
  ),
  shape('gguf, 8 million byte tokens', 'a.gguf', () =>
    gguf(0, 1, chain(list('tokenizer.ggml.tokens', 8, 7_000_000), fill(text('<0x00>'), 98_000_000))),
  ),
  shape('gguf, a list of 2^60', 'a.gguf', () => gguf(0, 1, list('a', 8, 1n << 60n))),
  shape('gguf, lists within lists', 'a.gguf', () =>
    gguf(0, 1, chain(list('a', 9, 8_000_000), fill(Buffer.concat([u32(0), u64(0)]), 96_000_000))),
  ),
  shape('gguf, 10^6 templates', 'a.gguf', () =>
    gguf(0, 1, chain(list('tokenizer.chat_template', 8, 5_000_000), fill(text('{{ a[0] }}'), 90_000_000))),
  ),
  shape('gguf, a template of 90 MB', 'a.gguf', () =>
    gguf(0, 1, chain(text('tokenizer.chat_template'), u32(8), u64(90_000_000), fill('{{ a }}  ', 90_000_000))),
  ),
  shape('gguf, metadata full of braces', 'a.gguf', () =>
    gguf(
      0,
      90,
      each(90, (at) =>
        Buffer.concat([text(`k${at}`), u32(8), u64(1_000_000), Buffer.alloc(1_000_000, '{{ x|attr("__")')]),
      ),
    ),
  ),
  shape('onnx, 4 million nodes', 'a.onnx', () =>
    onnx(message(1, Buffer.concat([message(1, 'a'), message(2, 'b'), message(4, 'Add')])), 4_000_000),
  ),
  shape('onnx, nodes of another domain', 'a.onnx', () =>
    onnx(message(1, Buffer.concat([message(4, 'Evil'), message(7, 'evil.org')])), 4_000_000),
  ),
  shape('onnx, tensors that lie elsewhere', 'a.onnx', () =>
    onnx(
      message(
        5,
        Buffer.concat([
          message(13, Buffer.concat([message(1, 'location'), message(2, '../../etc/passwd')])),
          varint(14 * 8),
          varint(1),
        ]),
      ),
      2_000_000,
    ),
  ),
  shape('onnx, empty fields', 'a.onnx', () =>
    chain(ONNX_HEAD, heading(7, 96_000_000), fill(Buffer.concat([varint(8 * 100), varint(0)]), 96_000_000)),
  ),
  shape('onnx, subgraphs 60 deep around 90 MB', 'a.onnx', () =>
    chain(ONNX_HEAD, within([7], 1, within([1, 5, 6], 60, whole(fill(message(1, message(4, 'If')), 90_000_000))))),
  ),
  shape('onnx, subgraphs 10^6 deep', 'a.onnx', () =>
    chain(ONNX_HEAD, within([7], 1, within([1, 5, 6], 1_000_000, Buffer.alloc(0)))),
  ),
  shape('onnx, many subgraphs 60 deep', 'a.onnx', () => {
    const one = within([1, 5, 6], 60, message(1, message(4, 'If')));
    return chain(ONNX_HEAD, heading(7, one.length * 100_000), fill(one, one.length * 100_000));
  }),
  shape('tensorflow graph, 5 million nodes', 'a.pb', () =>
    fill(message(1, Buffer.concat([message(1, 'n'), message(2, 'Const')]))),
  ),
  shape('tensorflow graph, nodes that read files', 'a.pb', () =>
    fill(message(1, Buffer.concat([message(1, 'n'), message(2, 'ReadFile'), message(3, 'f')]))),
  ),
  shape('tensorflow graph, functions within functions', 'a.pb', () =>
    chain(
      message(1, Buffer.concat([message(1, 'n'), message(2, 'Const')])),
      within([2, 1], 1, whole(fill(message(3, Buffer.concat([message(1, 'n'), message(2, 'Add')])), 90_000_000))),
    ),
  ),
  shape('tensorflow graph, attributes nested', 'a.pb', () =>
    fill(
      message(
        1,
        Buffer.concat([
          message(1, 'n'),
          message(2, 'Const'),
          message(5, Buffer.concat([message(1, 'value'), message(2, within([8, 1], 30, Buffer.alloc(4)))])),
        ]),
      ),
    ),
  ),
  shape('saved model, 10^6 graphs', 'saved_model.pb', () =>
    chain(
      Buffer.concat([varint(8), varint(1)]),
      fill(message(2, message(2, message(1, Buffer.concat([message(1, 'n'), message(2, 'Const')])))), SIZE - 10),
    ),
  ),
  shape('tflite, 24 million operators', 'a.tflite', () => tflite(24_000_000)),
  shape('tflite, a count of 2^32', 'a.tflite', () =>
    chain(u32(16), 'TFL3', u16(8), u16(12), u16(0), u16(8), u32(8), u32(0), u32(4), u32(0xffffffff), fill(u32(4))),
  ),
  shape('coreml, pipelines 10^6 deep', 'a.mlmodel', () =>
    chain(Buffer.concat([varint(8), varint(4)]), within([202, 1, 1], 1_000_000, Buffer.alloc(0))),
  ),
  shape('coreml, pipelines 60 deep around 90 MB', 'a.mlmodel', () =>
    chain(Buffer.concat([varint(8), varint(4)]), within([202, 1, 1], 20, whole(fill(message(1, 'a'), 90_000_000)))),
  ),
  shape('coreml, 10^7 layers', 'a.mlmodel', () =>
    chain(
      Buffer.concat([varint(8), varint(4)]),
      heading(500, 90_000_000),
      fill(message(1, message(500, message(10, 'E'))), 90_000_000),
    ),
  ),
  shape('hdf5, 100,000 objects', 'a.h5', () =>
    hdf5((writer) => {
      const inner = (): number =>
        writer.object(
          group,
          ...times(1000, (at) => hardLink(`o${at}`, writer.object(group, attribute('a', '{"a": 1}')))),
        );
      return writer.object(group, ...times(100, (at) => hardLink(`g${at}`, inner())));
    }),
  ),
  shape('hdf5, 20,000 groups within each other', 'a.h5', () =>
    hdf5((writer) => {
      let inner = writer.object(group);
      for (let level = 0; level < 20_000; level++)
        inner = writer.object(group, hardLink('g', inner), hardLink('h', inner));
      return inner;
    }),
  ),
  shape('hdf5, 30,000 links to one object', 'a.h5', () =>
    hdf5((writer) => {
      const one = writer.object(group, attribute('a', '{"a": 1}'));
      const inner = writer.object(group, ...times(30_000, (at) => hardLink(`o${at}`, one)));
      return inner;
    }),
  ),
  shape('hdf5, attributes of one object', 'a.h5', () =>
    hdf5((writer) =>
      writer.object(
        group,
        ...times(30_000, (at) => attribute(`a${at}`, `{"class_name": "Lambda", "b": "${'x'.repeat(2000)}"}`)),
      ),
    ),
  ),
  shape('msgpack, lists within each other', 'a.msgpack', () => chain(Buffer.from([0x81, 0xa1, 0x61]), fill(u8(0x91)))),
  shape('msgpack, 10^8 values', 'a.msgpack', () =>
    chain(Buffer.from([0x81, 0xa1, 0x61, 0xdd, 5, 0xf5, 0xe1, 0]), fill(u8(0xc0))),
  ),
  shape('msgpack, 2^32 values', 'a.msgpack', () =>
    chain(Buffer.from([0x81, 0xa1, 0x61, 0xdd, 255, 255, 255, 255]), fill(u8(0xc0), 10_000_000)),
  ),
  shape('msgpack, maps of maps', 'a.msgpack', () =>
    chain(Buffer.from([0x81, 0xa1, 0x61, 0xdd, 1, 0x80, 0, 0]), fill(Buffer.from([0x81, 0xa1, 0x62, 0x80]))),
  ),
  shape('msgpack, 10^7 texts that begin as pickles', 'a.msgpack', () =>
    chain(
      Buffer.from([0x81, 0xa1, 0x61, 0xdd, 0, 0x80, 0, 0]),
      fill(Buffer.from([0xc4, 9, 0x80, 4, 0x5d, 0x28, 0x4e, 0x4e, 0x4e, 0x65, 0x2e])),
    ),
  ),
  shape('msgpack, arrays of Flax', 'a.msgpack', () =>
    chain(
      Buffer.from([0x81, 0xa1, 0x61, 0xdd, 0, 0x40, 0, 0]),
      fill(Buffer.from([0xc7, 14, 1, 0x93, 0x91, 1, 0xa7, ...Buffer.from('float32'), 0xc4, 0, 0xc0])),
    ),
  ),
  shape('lightgbm, 8 million trees', 'a.txt', () => chain(LIGHTGBM, fill('Tree=0\n'))),
  shape('lightgbm, 800,000 trees with their lines', 'a.txt', () => chain(LIGHTGBM, fill(TREE))),
  shape('lightgbm, a tree of 10^7 leaves', 'a.txt', () =>
    chain(
      LIGHTGBM,
      'Tree=0\nnum_leaves=16000000\nsplit_feature=',
      fill('0 ', 30_000_000),
      '\nleft_child=',
      fill('1 ', 30_000_000),
      '\n',
    ),
  ),
  shape('lightgbm, one line', 'a.txt', () => chain(LIGHTGBM, fill('='))),
  shape('xgboost, 700,000 trees of JSON', 'a.json', () =>
    chain(
      '{"version":[2,0,0],"learner":{"gradient_booster":{"model":{"trees":[',
      fill(
        '{"left_children":[-1],"right_children":[-1],"split_indices":[0],"split_conditions":[1],"tree_param":{"num_nodes":"1"}},',
      ),
      '{}]}}}}',
    ),
  ),
  shape('xgboost, UBJSON within each other', 'a.ubj', () =>
    chain(Buffer.from('{L\0\0\0\0\0\0\0\x07learner', 'latin1'), fill('[')),
  ),
  shape('xgboost, UBJSON of 10^7 objects', 'a.ubj', () =>
    chain(Buffer.from('{L\0\0\0\0\0\0\0\x07learner[', 'latin1'), fill('{}')),
  ),
  shape('xgboost, UBJSON of 10^8 numbers', 'a.ubj', () =>
    chain(Buffer.from('{L\0\0\0\0\0\0\0\x07learner[$U#L\0\0\0\0\x05\xe0\0\0', 'latin1'), fill('a')),
  ),
  shape('xgboost, UBJSON of keys', 'a.ubj', () =>
    chain(Buffer.from('{L\0\0\0\0\0\0\0\x07learner{', 'latin1'), fill('U\x01aSU\x01b')),
  ),
  shape('rds, lists within each other', 'a.rds', () => rds(fill(Buffer.concat([i32be(19), i32be(1)])))),
  shape('rds, pairs within each other', 'a.rds', () => rds(fill(Buffer.concat([i32be(2)])))),
  shape('rds, 25 million empty values', 'a.rds', () => rds(chain(i32be(19), i32be(24_000_000), fill(i32be(254))))),
  shape('rds, 10^7 texts', 'a.rds', () =>
    rds(chain(i32be(16), i32be(10_000_000), fill(Buffer.concat([i32be(0x40009), i32be(1), Buffer.from('a')])))),
  ),
  shape('rds, calls', 'a.rds', () =>
    rds(
      chain(
        i32be(19),
        i32be(4_000_000),
        fill(Buffer.concat([i32be(6), i32be(1), i32be(0x40009), i32be(6), Buffer.from('system'), i32be(254)])),
      ),
    ),
  ),
  shape('rds, a count of 2^31', 'a.rds', () => rds(chain(i32be(14), i32be(0x7fffffff), fill('a', 1000)))),
  shape('rds, gzipped zeros', 'a.rds', () =>
    gzipSync(whole(rds(chain(i32be(19), i32be(0x7ffffff0), Buffer.alloc(200_000_000))))),
  ),
  shape('elf, of noise', 'a.so', () => chain('\x7fELF\x02\x01\x01', fill(noise(1 << 20)))),
  shape('llamafile', 'a.llamafile', () => chain("MZqFpD='\n", fill(noise(1 << 20)))),
  shape('shell script', 'a.sh', () => chain('#!/bin/sh\n', fill('echo a\n'))),
  shape('noise', 'a.bin', () => fill(noise(1 << 20))),
  shape('zeros', 'a.bin', () => fill('\0')),
  shape('picture with a long tail', 'a.png', () =>
    chain(Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), fill(noise(1 << 20))),
  ),
  shape('skops, nodes within nodes', 'schema.json', () =>
    fill('{"__class__":"dict","__module__":"builtins","__loader__":"DictNode","content":'),
  ),
];
