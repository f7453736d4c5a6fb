// safetensors: a length, a header in JSON, and the tensors. There is no code in it; a header that lies is what attacks readers.
import { AncileError } from '../../../base/index.ts';
import { parseJson } from '../../../codec/index.ts';
import type { Format, Look, Match, Probe } from '../../format.ts';
import type { Source } from '../../source.ts';
import { isSeekable } from '../../stream-source.ts';
import { lookAtText } from '../active-text.ts';
import { type Extent, type Layout, judgeHeads, judgeLayout } from './extents.ts';

/** What the library of the format takes. */
const LIMIT = 100_000_000;
/** Headers of the largest models have some 10 MB. */
const READ = 24 << 20;

/** Bits of one value. */
const BITS: ReadonlyMap<string, number> = new Map([
  ['F4', 4],
  ['F6_E2M3', 6],
  ['F6_E3M2', 6],
  ...['BOOL', 'U8', 'I8', 'F8_E5M2', 'F8_E4M3', 'F8_E8M0', 'F8_E4M3FNUZ', 'F8_E5M2FNUZ'].map(
    (name) => [name, 8] as const,
  ),
  ...['I16', 'U16', 'F16', 'BF16'].map((name) => [name, 16] as const),
  ...['I32', 'U32', 'F32'].map((name) => [name, 32] as const),
  ...['I64', 'U64', 'F64', 'C64'].map((name) => [name, 64] as const),
  ['C128', 128],
]);
const MOST_DIMENSIONS = 64;
/** Types whose bytes are nothing but bytes; those of others are looked at where that costs next to nothing. */
const BYTES = new Set(['U8', 'I8', 'BOOL']);

const LAYOUT: Layout = {
  tensorRule: 'safetensors.tensor',
  hiddenRule: 'safetensors.hidden',
  payloadRule: 'safetensors.payload',
  padding: 0,
};

function lengthOf(head: Uint8Array): number {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  return view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
}

function match({ head, text, extension, source }: Probe): Match {
  if (head.length < 8) return extension === '.safetensors' ? 'likely' : false;
  const hinted = extension === '.safetensors';
  // Not so for a stream: its size would have to be produced.
  if (!hinted && (head[8] !== 0x7b || lengthOf(head) > LIMIT || head[7] !== 0)) return false;
  const shaped = /^\s*\{\s*(?:"__metadata__"|"[^"]{0,3000}"\s*:\s*\{\s*"(?:dtype|shape|data_offsets)")/.test(
    text.slice(8),
  );
  if (shaped) return 'sure';
  if (head[8] === 0x7b && lengthOf(head) + 8 === source.size && /^\{\s*\}\s*$/.test(text.slice(8))) return 'sure';
  return hinted ? 'likely' : false;
}

const record = (value: unknown): Readonly<Record<string, unknown>> | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;

const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value) && value >= 0;

function readHeader(source: Source, length: number, look: Look): Readonly<Record<string, unknown>> | undefined {
  const malformed = (message: string): void =>
    look.report('safetensors.malformed', { message, offset: length > source.size ? 0 : 8, capability: 'exhaust' });
  if (length > source.size - 8) {
    malformed(`the header claims ${length} bytes, and the file has ${Math.max(0, source.size - 8)} for it`);
    return undefined;
  }
  if (length > LIMIT) malformed(`the header has ${length} bytes; readers take ${LIMIT} at most`);
  if (length > READ) {
    if (length <= LIMIT) malformed(`the header has ${length} bytes, more than that of any model`);
    look.unseen(`the header is longer than ${READ >> 20} MB`);
    return undefined;
  }
  let value: unknown;
  try {
    look.budget.step(length >> 3);
    value = parseJson(source.read(8, length), { what: 'the header', maxBytes: READ });
  } catch (thrown) {
    if (!(thrown instanceof AncileError)) throw thrown;
    malformed(`${thrown.message} (${thrown.at ?? 'beginning'})`);
    return undefined;
  }
  const header = record(value);
  if (header === undefined) malformed('the header is no JSON object');
  return header;
}

function judgeMetadata(value: unknown, look: Look): void {
  const metadata = record(value);
  if (metadata === undefined) {
    look.report('safetensors.malformed', { message: '__metadata__ is no JSON object', offset: 8 });
    return;
  }
  for (const [key, text] of Object.entries(metadata)) {
    if (typeof text !== 'string') {
      look.report('safetensors.malformed', {
        message: `the metadata ${JSON.stringify(key)} is not text: readers that expect text fail or worse`,
        offset: 8,
      });
      continue;
    }
    lookAtText(`${key}\n${text}`, 8, 'safetensors.active', `the metadata ${JSON.stringify(key)}`, look);
  }
}

/** What is wrong with one tensor, or where it lies relative to the header's end. */
function judgeTensor(value: unknown, room: number): string | { start: number; end: number; dtype: string } {
  const tensor = record(value);
  if (tensor === undefined) return 'is no JSON object';
  const { dtype, shape, data_offsets: offsets } = tensor;
  const bits = typeof dtype === 'string' ? BITS.get(dtype) : undefined;
  if (typeof dtype !== 'string' || bits === undefined)
    return `has the type ${JSON.stringify(dtype)}, which the format does not know`;
  if (!Array.isArray(shape) || !shape.every(isCount)) return 'has a shape that is no list of sizes';
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) return 'has no two offsets';
  const [start, end] = offsets as [number, number];
  if (start > end) return `ends at ${end}, before it begins at ${start}`;
  if (end > room) return `ends at ${end}, and the file has ${room} bytes of tensors`;
  if (shape.length > MOST_DIMENSIONS) return `has ${shape.length} dimensions`;
  const count = (shape as number[]).reduce((product, size) => product * BigInt(size), 1n);
  if (count >= 1n << 64n) return 'has a shape whose product overflows';
  const bytes = (count * BigInt(bits) + 7n) / 8n;
  if (bytes !== BigInt(end - start)) return `needs ${bytes} bytes by its type and shape, and takes ${end - start}`;
  return { start, end, dtype };
}

export const safetensorsFormat: Format = {
  id: 'safetensors',
  match,
  scan(source, look) {
    const head = source.read(0, 8);
    if (head.length < 8) {
      look.report('safetensors.malformed', { message: 'the file ends within the length of its header', offset: 0 });
      return;
    }
    const length = lengthOf(head);
    const header = readHeader(source, length, look);
    if (header === undefined) return;
    if (source.read(8, 1)[0] !== 0x7b) {
      look.report('safetensors.malformed', {
        message: 'the header does not begin with a brace',
        offset: 8,
        severity: 'low',
      });
    }
    const from = 8 + length;
    const room = source.size - from;
    const extents: Extent[] = [];
    const bytes: Extent[] = [];
    let broken = false;
    for (const [name, value] of Object.entries(header)) {
      look.budget.step();
      if (name === '__metadata__') {
        judgeMetadata(value, look);
        continue;
      }
      const found = judgeTensor(value, room);
      if (typeof found === 'string') {
        broken = true;
        look.report('safetensors.tensor', { message: `the tensor ${JSON.stringify(name)} ${found}`, offset: 8 });
        continue;
      }
      const extent = { name, start: from + found.start, end: from + found.end };
      extents.push(extent);
      if (BYTES.has(found.dtype) || isSeekable(source)) bytes.push(extent);
    }
    // What a broken tensor leaves open is told already.
    if (!broken) judgeLayout(source, extents, from, source.size, LAYOUT, look);
    judgeHeads(source, bytes, LAYOUT, look);
  },
};
