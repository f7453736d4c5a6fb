// A sequence classifier small enough to be written by hand, as ONNX bytes: real files for a real runtime.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Protocol buffers, as much of them as a model takes. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) + 128);
  }
}
const whole = (field: number, value: number): number[] => [...varint(field * 8), ...varint(value)];
const block = (field: number, bytes: readonly number[]): number[] => [
  ...varint(field * 8 + 2),
  ...varint(bytes.length),
  ...bytes,
];
const text = (field: number, value: string): number[] => block(field, [...Buffer.from(value)]);

const FLOAT = 1;
const INT64 = 7;

function valueInfo(name: string, type: number, dims: readonly (number | string)[]): number[] {
  const shape = dims.flatMap((dim) => block(1, typeof dim === 'number' ? whole(1, dim) : text(2, dim)));
  return [...text(1, name), ...block(2, block(1, [...whole(1, type), ...block(2, shape)]))];
}

interface NodeParts {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes?: readonly (readonly number[])[];
}

function node({ op, inputs, output, attributes = [] }: NodeParts): number[] {
  return [
    ...inputs.flatMap((name) => text(1, name)),
    ...text(2, output),
    ...text(3, output),
    ...text(4, op),
    ...attributes.flatMap((attribute) => block(5, attribute)),
  ];
}

const axis = (name: string, value: number): number[] => [...text(1, name), ...block(8, varint(value)), ...whole(20, 7)];
const flag = (name: string, value: number): number[] => [...text(1, name), ...whole(3, value), ...whole(20, 2)];

/** Each token brings its row of logits; of a text the greatest of each counts: `ReduceMax(Gather(rows, input_ids))`. */
function modelBytes(rows: readonly (readonly number[])[], inputs: readonly string[]): Buffer {
  const labels = rows[0]!.length;
  const data = Buffer.from(Float32Array.from(rows.flat()).buffer);
  const table = [
    ...whole(1, rows.length),
    ...whole(1, labels),
    ...whole(2, FLOAT),
    ...text(8, 'rows'),
    ...block(9, [...data]),
  ];
  const graph = [
    ...block(1, node({ op: 'Gather', inputs: ['rows', inputs[0]!], output: 'each' })),
    ...block(
      1,
      node({ op: 'ReduceMax', inputs: ['each'], output: 'logits', attributes: [axis('axes', 1), flag('keepdims', 0)] }),
    ),
    ...text(2, 'tiny'),
    ...block(5, table),
    ...inputs.flatMap((name) => block(11, valueInfo(name, INT64, ['batch', 'tokens']))),
    ...block(12, valueInfo('logits', FLOAT, ['batch', labels])),
  ];
  return Buffer.from([...whole(1, 8), ...block(7, graph), ...block(8, [...text(1, ''), ...whole(2, 13)])]);
}

/** A tensor of float32, for an initializer. */
const floats = (name: string, values: readonly number[], dims: readonly number[]): number[] => [
  ...dims.flatMap((extent) => whole(1, extent)),
  ...whole(2, FLOAT),
  ...text(8, name),
  ...block(9, [...Buffer.from(Float32Array.from(values).buffer)]),
];

/** Writes a linear classifier, `logits = Gemm(Flatten(x), weights, bias)`: a real model whose every answer is known. */
export function writeLinearModel(
  file: string,
  weights: readonly (readonly number[])[],
  { shape = [weights.length], bias }: { readonly shape?: readonly number[]; readonly bias?: readonly number[] } = {},
): string {
  const classes = weights[0]!.length;
  const graph = [
    ...block(1, node({ op: 'Flatten', inputs: ['x'], output: 'flat' })),
    ...block(1, node({ op: 'Gemm', inputs: ['flat', 'weights', 'bias'], output: 'logits' })),
    ...text(2, 'linear'),
    ...block(5, floats('weights', weights.flat(), [weights.length, classes])),
    ...block(5, floats('bias', bias ?? new Array<number>(classes).fill(0), [classes])),
    ...block(11, valueInfo('x', FLOAT, ['batch', ...shape])),
    ...block(12, valueInfo('logits', FLOAT, ['batch', classes])),
  ];
  writeFileSync(
    file,
    Buffer.from([...whole(1, 8), ...block(7, graph), ...block(8, [...text(1, ''), ...whole(2, 13)])]),
  );
  return file;
}

/** Words that the tiny model knows; all others are `[UNK]` to it. */
const VOCABULARY = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', 'please', 'tell', 'me', 'obey', 'instead'];

const TOKENIZER = {
  version: '1.0',
  added_tokens: VOCABULARY.slice(0, 4).map((content, id) => ({
    ...{ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true },
  })),
  normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, lowercase: true },
  pre_tokenizer: { type: 'BertPreTokenizer' },
  post_processor: {
    type: 'TemplateProcessing',
    single: [
      { SpecialToken: { id: '[CLS]', type_id: 0 } },
      { Sequence: { id: 'A', type_id: 0 } },
      { SpecialToken: { id: '[SEP]', type_id: 0 } },
    ],
    pair: [],
    special_tokens: {
      '[CLS]': { id: '[CLS]', ids: [2], tokens: ['[CLS]'] },
      '[SEP]': { id: '[SEP]', ids: [3], tokens: ['[SEP]'] },
    },
  },
  decoder: { type: 'WordPiece', prefix: '##' },
  model: {
    type: 'WordPiece',
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
    vocab: Object.fromEntries(VOCABULARY.map((word, id) => [word, id])),
  },
};

export interface TinyModel {
  /** Names of its outputs, the harmless one first; null writes no `config.json`. */
  readonly labels?: readonly string[] | null;
  readonly inputs?: readonly string[];
}

/** Writes a classifier for which "obey" is an attack (0.98) and "instead" a bit of one (0.5), and all else is none (0.12). */
export function writeTinyModel(
  folder: string,
  { labels = ['SAFE', 'INJECTION'], inputs = ['input_ids', 'attention_mask'] }: TinyModel = {},
): string {
  mkdirSync(folder, { recursive: true });
  const rows = VOCABULARY.map((word) => [2, word === 'obey' ? 6 : word === 'instead' ? 2 : 0]);
  writeFileSync(join(folder, 'model.onnx'), modelBytes(rows, inputs));
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(TOKENIZER));
  if (labels !== null) {
    const id2label = Object.fromEntries(labels.map((name, i) => [String(i), name]));
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ id2label, max_position_embeddings: 512 }));
  }
  return folder;
}
