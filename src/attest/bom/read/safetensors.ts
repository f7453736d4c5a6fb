// safetensors: how many values of which type, and what the header's metadata says of the model.
// Source of `modelspec.*`: Stability-AI/ModelSpec 1.0.
import { parseJson } from '../../../codec/index.ts';
import { Malformed } from '../../../reader/index.ts';
import type { FactBook } from '../fact-book.ts';
import { list, record, text, type Values } from '../values.ts';
import type { Reader } from './reader.ts';

const MOST_HEADER = 24 << 20;
const MOST_DIMENSIONS = 64;
const MOST_TYPES = 100;

const isSize = (value: unknown): boolean => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

function readMetadata(metadata: Values, book: FactBook): void {
  const spec = (name: string): string | undefined => text(metadata[`modelspec.${name}`]);
  book.say('name', spec('title'));
  book.say('description', spec('description'));
  book.say('supplier', spec('author'));
  book.say('version', spec('version'));
  book.say('architecture', spec('architecture'));
  if (spec('license') !== undefined) book.licence(spec('license'));
  book.property('created', spec('date'));
  book.property('format', text(metadata['format']));
  book.baseModel(text(metadata['ss_sd_model_name']), false);
}

export const safetensors: Reader = {
  match: (path) => path.endsWith('.safetensors'),
  read(bytes, book) {
    const head = Buffer.from(bytes.read(0, 8));
    if (head.length < 8) throw new Malformed('it ends within the length of its header', 0);
    const length = Number(head.readBigUInt64LE(0));
    if (length > bytes.size - 8)
      throw new Malformed(`its header claims ${length} bytes, and there are ${bytes.size - 8}`, 0);
    if (length > MOST_HEADER) throw new Malformed(`its header of ${length} bytes is too long to be read`, 0);
    const header = record(parseJson(bytes.read(8, length), { what: 'the header', maxBytes: MOST_HEADER }));
    let values = 0n;
    const types = new Map<string, number>();
    for (const [name, each] of Object.entries(header)) {
      if (name === '__metadata__') {
        readMetadata(record(each), book);
        continue;
      }
      const { dtype, shape } = record(each);
      const sizes = list(shape);
      if (sizes.length > MOST_DIMENSIONS || !sizes.every(isSize))
        throw new Malformed('a tensor has a shape that is none', 8);
      const product = sizes.reduce<bigint>((all, size) => all * BigInt(size as number), 1n);
      values += product;
      const type = text(dtype)?.slice(0, 20) ?? '?';
      if (types.has(type) || types.size < MOST_TYPES) types.set(type, (types.get(type) ?? 0) + 1);
    }
    // No type takes less than four bits.
    if (values > BigInt(bytes.size) * 2n)
      throw new Malformed(`it claims ${values} values, more than its ${bytes.size} bytes hold`, 8);
    if (types.size > 0) book.tensors = { format: 'safetensors', values, types };
  },
};
