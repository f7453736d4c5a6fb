// One tensor of an ONNX file: whether its shape, its numbers and the file that it lies in are what they say.
import type { Field } from '../../../reader/index.ts';
import type { Look } from '../../format.ts';
import { SliceSource, type Source } from '../../source.ts';
import { isPrivate, whyOutside } from '../path.ts';
import { fieldsOf, textOf } from './message.ts';

/** Bits of an element, by data type; strings (8) have none. */
const BITS: Readonly<Record<number, number>> = {
  1: 32,
  2: 8,
  3: 8,
  4: 16,
  5: 16,
  6: 32,
  7: 64,
  9: 8,
  10: 16,
  11: 64,
  12: 32,
  13: 64,
  14: 64,
  15: 128,
  16: 16,
  17: 8,
  18: 8,
  19: 8,
  20: 8,
  21: 4,
  22: 4,
  23: 4,
  24: 8,
  25: 2,
  26: 2,
};
/** Bytes of a number by the field it may stand in instead of `raw_data`. */
const TYPED: Readonly<Record<number, number>> = { 4: 4, 10: 8 };
/** The field of the types that have one to themselves, and how many of its numbers make one element. */
const FIELD_OF: Readonly<Record<number, readonly [field: number, each: bigint]>> = {
  1: [4, 1n],
  11: [10, 1n],
  14: [4, 2n],
  15: [10, 2n],
  8: [6, 1n],
};
const EXTERNAL = 1;
const OVERFLOW = 1n << 63n;
/** Beyond what any tensor has, in bits. */
const MOST_BITS = 1n << 43n;

/** How many numbers a shape stands for; no count of dimensions makes it long. */
class Shape {
  #product = 1n;
  #isEmpty = false;
  isNegative = false;

  add(size: bigint): void {
    if (size >= OVERFLOW) this.isNegative = true;
    else if (size === 0n) this.#isEmpty = true;
    else if (this.#product < OVERFLOW) this.#product *= size;
  }

  get count(): bigint {
    return this.#isEmpty ? 0n : this.#product;
  }
}

function addPacked(shape: Shape, source: Source, look: Look, { start, end }: Field): void {
  let value = 0n;
  let shift = 0n;
  for (const byte of source.read(start, Math.min(end - start, 1024))) {
    look.budget.step();
    value |= BigInt(byte & 0x7f) << shift;
    shift += 7n;
    if (byte >= 0x80 && shift < 70n) continue;
    shape.add(value);
    value = shift = 0n;
  }
}

/** A place that the maker of the model names: of numbers, a library or a cache. */
export function lookAtLocation(location: string, what: string, offset: number, look: Look): void {
  const why = whyOutside(location) ?? (isPrivate(location) ? 'a place of the machine' : undefined);
  if (why === undefined) return;
  look.report('onnx.external', {
    message: `${what} in ${location}: ${why}`,
    capability: 'file',
    offset,
    evidence: location,
  });
}

function lookAtExternal(source: Source, look: Look, { start, end }: Field, what: string): void {
  let key = '';
  let value = '';
  for (const entry of fieldsOf(source, look, start, end)) {
    if (entry.number === 1) key = textOf(source, entry, 100);
    else if (entry.number === 2) value = textOf(source, entry);
  }
  if (key === 'location') lookAtLocation(value, `the numbers of ${what} lie`, start, look);
  else if ((key === 'offset' || key === 'length') && !/^\d{1,18}$/.test(value)) {
    look.report('onnx.malformed', { message: `the ${key} of external data of ${what} is ${value}`, offset: start });
  }
}

/** TensorProto. */
export function lookAtTensor(source: Source, look: Look, { start, end }: Field): void {
  let name = '';
  let type = 0;
  let isExternal = false;
  let isSegment = false;
  let raw: Field | undefined;
  const shape = new Shape();
  const stored = new Map<number, bigint>();
  const places: Field[] = [];
  for (const field of fieldsOf(source, look, start, end)) {
    const { number, wire, value } = field;
    // Dimensions, one by one or packed.
    if (number === 1 && wire === 0) shape.add(BigInt(value));
    else if (number === 1 && wire === 2) addPacked(shape, source, look, field);
    else if (number === 2) type = value;
    else if (number === 3) isSegment = true;
    else if (number === 8 && wire === 2) name = textOf(source, field, 200);
    else if (number === 9 && wire === 2) raw = field;
    else if (number === 14) isExternal = value === EXTERNAL;
    else if (number === 13 && wire === 2) places.push(field);
    else if ((number >= 4 && number <= 7) || number === 10 || number === 11) {
      const each = TYPED[number] ?? 1;
      const count = wire === 2 && number !== 6 ? Math.floor((field.end - field.start) / each) : 1;
      stored.set(number, (stored.get(number) ?? 0n) + BigInt(count));
    }
  }
  const what = name || 'a tensor';
  for (const place of places) lookAtExternal(source, look, place, what);
  const wrong = fault({ shape, type, raw, stored, isElsewhere: isExternal || isSegment });
  if (wrong !== undefined) look.report('onnx.malformed', { message: `${what} ${wrong}`, offset: start });
  if (raw !== undefined && BITS[type] === 8)
    look.member(name || `tensor at ${start}`, new SliceSource(source, raw.start, raw.end - raw.start), 'tensor');
}

/** Where the shape of a tensor and its numbers contradict each other. */
function fault(tensor: {
  readonly shape: Shape;
  readonly type: number;
  readonly raw: Field | undefined;
  readonly stored: ReadonlyMap<number, bigint>;
  readonly isElsewhere: boolean;
}): string | undefined {
  const { shape, type, raw, stored, isElsewhere } = tensor;
  if (shape.isNegative) return 'has a negative dimension';
  const bits = BITS[type];
  if (bits !== undefined && shape.count * BigInt(bits) >= MOST_BITS)
    return `has a shape of ${shape.count} numbers, more than any memory holds`;
  if (isElsewhere) return undefined;
  if (raw !== undefined && bits !== undefined) {
    const [has, wanted] = [BigInt(raw.end - raw.start), (shape.count * BigInt(bits) + 7n) / 8n];
    return has === wanted ? undefined : `holds ${has} bytes and its shape asks for ${wanted}`;
  }
  const own = FIELD_OF[type];
  if (own !== undefined && stored.has(own[0])) {
    const [has, wanted] = [stored.get(own[0])!, shape.count * own[1]];
    return has === wanted ? undefined : `holds ${has} numbers and its shape asks for ${wanted}`;
  }
  return undefined;
}
