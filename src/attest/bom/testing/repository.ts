// Made-up models for tests: folders with files as their libraries write them, in a temporary place.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { onTestFinished } from 'vitest';

export type Files = Readonly<Record<string, string | Uint8Array>>;

/** A folder with these files, gone when the test is. */
export function repository(files: Files, name = 'model'): string {
  const temp = mkdtempSync(join(tmpdir(), 'ancile-bom-'));
  onTestFinished(() => rmSync(temp, { recursive: true, force: true }));
  const root = join(temp, name);
  mkdirSync(root);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

export function safetensors(
  tensors: Readonly<Record<string, readonly number[]>>,
  metadata?: Record<string, string>,
): Buffer {
  const header: Record<string, unknown> = metadata === undefined ? {} : { __metadata__: metadata };
  let at = 0;
  for (const [name, shape] of Object.entries(tensors)) {
    const size = 4 * shape.reduce((product, each) => product * each, 1);
    header[name] = { dtype: 'F32', shape, data_offsets: [at, (at += size)] };
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, Buffer.alloc(at)]);
}

const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const u64 = (value: number): Buffer => Buffer.concat([u32(value), u32(0)]);
const ggufText = (text: string): Buffer => Buffer.concat([u64(Buffer.byteLength(text)), Buffer.from(text)]);

/** GGUF of version 3 with one tensor of F32. */
export function gguf(
  keys: Readonly<Record<string, string | number | readonly string[]>>,
  shape: readonly number[],
): Buffer {
  const entries = Object.entries(keys).map(([key, value]) => {
    if (typeof value === 'string') return Buffer.concat([ggufText(key), u32(8), ggufText(value)]);
    if (typeof value === 'number') return Buffer.concat([ggufText(key), u32(4), u32(value)]);
    return Buffer.concat([ggufText(key), u32(9), u32(8), u64(value.length), ...value.map(ggufText)]);
  });
  const tensor = Buffer.concat([ggufText('output.weight'), u32(shape.length), ...shape.map(u64), u32(0), u64(0)]);
  const head = Buffer.concat([Buffer.from('GGUF'), u32(3), u64(1), u64(entries.length), ...entries, tensor]);
  const padding = Buffer.alloc((32 - (head.length % 32)) % 32);
  return Buffer.concat([head, padding, Buffer.alloc(4 * shape.reduce((product, each) => product * each, 1))]);
}

const varint = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...varint(value >> 7)]);
/** A field of a protobuf message. */
const field = (number: number, value: number | string | Uint8Array): Buffer => {
  if (typeof value === 'number') return Buffer.from([...varint(number * 8), ...varint(value)]);
  const bytes = Buffer.from(value as Uint8Array);
  return Buffer.concat([Buffer.from([...varint(number * 8 + 2), ...varint(bytes.length)]), bytes]);
};
const message = (...fields: Buffer[]): Buffer => Buffer.concat(fields);

const port = (name: string, type: number, shape: readonly (number | string)[]): Buffer => {
  const dimensions = shape.map((size) => field(1, typeof size === 'number' ? field(1, size) : field(2, size)));
  const tensor = message(field(1, type), field(2, message(...dimensions)));
  return message(field(1, name), field(2, field(1, tensor)));
};

/** An ONNX graph with one weight of 300 x 2 values. */
export function onnx(): Buffer {
  const weight = message(field(1, 300), field(1, 2), field(2, 1), field(8, 'w'), field(9, new Uint8Array(2400)));
  const graph = message(
    field(2, 'main_graph'),
    field(5, weight),
    field(11, port('w', 1, [300, 2])),
    field(11, port('input_ids', 7, ['batch', 128])),
    field(12, port('logits', 1, ['batch', 2])),
  );
  return message(
    field(1, 8),
    field(2, 'pytorch'),
    field(3, '2.3.0'),
    field(7, graph),
    field(8, message(field(1, ''), field(2, 17))),
    field(14, message(field(1, 'task'), field(2, 'text-classification'))),
  );
}

/** An archive of members that are not packed. */
function zip(members: Readonly<Record<string, string>>): Buffer {
  const [bodies, entries]: [Buffer[], Buffer[]] = [[], []];
  let at = 0;
  for (const [path, content] of Object.entries(members)) {
    const [name, data] = [Buffer.from(path), Buffer.from(content)];
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt32LE(crc32(data), 10);
    fields.writeUInt32LE(data.length, 14);
    fields.writeUInt32LE(data.length, 18);
    fields.writeUInt16LE(name.length, 22);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(at, 10);
    entries.push(Buffer.from('PK\u0001\u0002\u0014\u0003'), fields, tail, name);
    bodies.push(Buffer.from('PK\u0003\u0004'), fields, name, data);
    at += 30 + name.length + data.length;
  }
  const directory = Buffer.concat(entries);
  const end = Buffer.alloc(22);
  end.write('PK\u0005\u0006', 0, 'latin1');
  end.writeUInt16LE(entries.length / 4, 8);
  end.writeUInt16LE(entries.length / 4, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...bodies, directory, end]);
}

export const keras = (): Buffer =>
  zip({
    'metadata.json': JSON.stringify({ keras_version: '3.4.1', date_saved: '2026-01-02@03:04:05' }),
    'config.json': JSON.stringify({ class_name: 'Functional', config: { name: 'digits' } }),
    'model.weights.h5': 'no weights',
  });

/** The card of a classifier, with everything that one can state. */
export const CARD = `---
license: apache-2.0
language: [en, de]
pipeline_tag: text-classification
library_name: transformers
base_model: acme/tiny-base
base_model_relation: finetune
datasets:
  - acme/reviews
tags: [reviews, "arxiv:2401.01234"]
co2_eq_emissions: { emissions: 12.5, hardware_used: 1 x T4 }
model-index:
  - name: review-classifier
    results:
      - task: { type: text-classification }
        dataset: { name: Held-out reviews, type: acme/reviews-test, split: test }
        metrics:
          - { type: accuracy, value: 0.91 }
          - { type: f1, value: 0.9 }
---

# Review classifier

![logo](logo.png)

Says whether a review is kind.

- **Developed by:** [Acme Research](https://acme.example)
- **Repository:** https://git.example/acme/review-classifier
- **Paper [optional]:** [More Information Needed]

## Uses

### Direct Use

Sorting reviews.

### Out-of-Scope Use

<!-- nothing to see -->
[More Information Needed]

## Bias, Risks, and Limitations

Irony is not understood.

## Training Details

Three epochs on one card.
`;

/** A repository of a classifier as transformers writes it. */
export const classifier = (): Files => ({
  'README.md': CARD,
  'config.json': JSON.stringify({
    model_type: 'bert',
    architectures: ['BertForSequenceClassification'],
    max_position_embeddings: 512,
    num_hidden_layers: 2,
    torch_dtype: 'float32',
    auto_map: { AutoModel: 'modeling_acme.AcmeModel' },
  }),
  'tokenizer_config.json': JSON.stringify({ tokenizer_class: 'BertTokenizer', model_max_length: 1e30 }),
  'generation_config.json': JSON.stringify({ temperature: 0.6 }),
  'model-00001-of-00002.safetensors': safetensors({ a: [10, 4] }, { format: 'pt' }),
  'model-00002-of-00002.safetensors': safetensors({ b: [20], c: [2, 3] }),
  // As Python writes it: NaN is no JSON.
  'trainer_state.json':
    '{"epoch": 3.0, "global_step": 900, "log_history": [{"loss": NaN, "step": 1}, {"eval_loss": 0.3, "step": 900}]}',
  'requirements.txt': 'transformers==4.44.2\ntorch>=2.1 # fast enough\n-r other.txt\n',
  'train.py': 'from datasets import load_dataset\ndata = load_dataset("acme/extra")\n',
});
