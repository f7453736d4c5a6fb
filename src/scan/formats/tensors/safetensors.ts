// Safetensors: the header held against the format, and the tensors against each other and the file.
// Source: huggingface/safetensors README, "Format"; its Rust reader refuses the same.
import { z } from 'zod';
import { AncileError } from '../../../base/index.ts';
import { parseJson } from '../../../codec/index.ts';
import { Malformed } from '../../cursor.ts';
import type { Format, Look } from '../../format.ts';
import { SliceSource, type Source } from '../../source.ts';

/** Readers refuse more. */
const MOST_HEADER = 100_000_000;
/** What is read of a header here; real ones of a thousand layers take some hundred KB. */
const MOST_READ = 32 << 20;

/** Bits of an element. */
const BITS: Readonly<Record<string, number>> = {
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  BOOL: 8,
  U8: 8,
  I8: 8,
  F8_E4M3: 8,
  F8_E5M2: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  F64: 64,
  I64: 64,
  U64: 64,
  C64: 64,
};
/** Types of which bytes can be anything. */
const BYTES = new Set(['U8', 'I8', 'BOOL']);

const Tensor = z.object({
  dtype: z.string(),
  shape: z.array(z.int().nonnegative()),
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
});

const ACTIVE = /<\s*(?:script|iframe|object|embed|svg[^>]*\son|img[^>]*\son\w+\s*=)|javascript:|data:text\/html/i;
const TEMPLATE = /\{\{[^}]*__\w+__|\{%[^%]*__\w+__/;

function headerLength(source: Source): number {
  const head = source.read(0, 8);
  return head.length < 8 ? -1 : Number(Buffer.from(head).readBigUInt64LE(0));
}

function checkMetadata(metadata: unknown, look: Look): void {
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) {
    throw new Malformed('__metadata__ is no object', 8);
  }
  for (const [key, value] of Object.entries(metadata)) {
    look.budget.step();
    if (typeof value !== 'string') throw new Malformed(`__metadata__.${key} is no string`, 8);
    const active = ACTIVE.exec(key) ?? ACTIVE.exec(value) ?? TEMPLATE.exec(value);
    if (active !== null) {
      look.report('safetensors.active', {
        message: `the metadata ${key} holds ${active[0]}`,
        offset: 8,
        evidence: value.slice(Math.max(0, active.index - 40)),
      });
    }
  }
}

interface Placed {
  readonly name: string;
  readonly dtype: string;
  readonly start: number;
  readonly end: number;
}

function place(name: string, value: unknown): Placed {
  const tensor = Tensor.safeParse(value);
  if (!tensor.success) throw new Malformed(`the tensor ${name}: ${tensor.error.issues[0]!.message}`, 8);
  const { dtype, shape, data_offsets } = tensor.data;
  const [start, end] = data_offsets;
  const bits = BITS[dtype];
  if (bits === undefined) throw new Malformed(`the tensor ${name} is of the type ${dtype}, which there is not`, 8);
  const size = shape.reduce((product, each) => product * each, bits) / 8;
  if (end < start || !Number.isSafeInteger(end) || size !== end - start) {
    throw new Malformed(`the tensor ${name} takes ${end - start} bytes and its shape asks for ${size}`, 8);
  }
  return { name, dtype, start, end };
}

export const SAFETENSORS: Format = {
  id: 'safetensors',
  match: ({ head, text, extension, source }) => {
    const length = headerLength(source);
    if (extension === '.safetensors' && head.length < 9) return head.length === 0 ? false : 'sure';
    if (length < 0) return false;
    // A length of less than 2^32 and an object behind it.
    const isObject = /^\s*\{/.test(text.slice(8, 40));
    if (isObject && head[4] === 0 && head[5] === 0 && head[6] === 0 && head[7] === 0) return 'sure';
    return extension === '.safetensors' ? 'likely' : false;
  },
  scan(source, look) {
    const length = headerLength(source);
    if (length < 0) throw new Malformed('shorter than its length', 0);
    if (length > MOST_HEADER) throw new Malformed(`a header of ${length} bytes, more than readers take`, 0);
    if (8 + length > source.size) throw new Malformed('the header is longer than the file', 0);
    if (length > MOST_READ) return look.unseen(`its header is longer than ${MOST_READ >> 20} MB`);
    let header: unknown;
    try {
      header = parseJson(source.read(8, length), { maxBytes: MOST_READ, maxDepth: 8, what: 'the header' });
    } catch (thrown) {
      if (thrown instanceof AncileError) throw new Malformed(thrown.message, 8);
      throw thrown;
    }
    if (typeof header !== 'object' || header === null || Array.isArray(header)) {
      throw new Malformed('the header is no object', 8);
    }
    const placed: Placed[] = [];
    for (const [name, value] of Object.entries(header)) {
      look.budget.step();
      if (name === '__metadata__') checkMetadata(value, look);
      else placed.push(place(name, value));
    }
    placed.sort((a, b) => a.start - b.start || a.end - b.end);
    const data = 8 + length;
    let at = 0;
    for (const { name, dtype, start, end } of placed) {
      if (start > at) {
        look.report('safetensors.hidden', {
          message: `${start - at} bytes lie before the tensor ${name}`,
          offset: data + at,
        });
        look.member(`bytes at ${data + at}`, new SliceSource(source, data + at, start - at), 'hidden');
      } else if (start < at) throw new Malformed(`the tensor ${name} lies over another`, data + start);
      at = end;
      if (data + end > source.size) throw new Malformed(`the tensor ${name} goes beyond the file`, data + start);
      if (!BYTES.has(dtype) || end - start < 4) continue;
      const inner = look.member(name, new SliceSource(source, data + start, end - start), 'tensor');
      if (inner !== 'tensor') {
        look.report('safetensors.disguised', {
          message: `the tensor ${name} is a file of the format ${inner}`,
          offset: data + start,
        });
      }
    }
    const rest = source.size - data - at;
    if (rest > 0) {
      look.report('safetensors.hidden', { message: `${rest} bytes lie behind the last tensor`, offset: data + at });
      look.member(`bytes at ${data + at}`, new SliceSource(source, data + at, rest), 'hidden');
    }
  },
};
