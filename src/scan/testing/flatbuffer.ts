// A small writer of flatbuffers for tests: tables of fields by their place in the schema.
import { u16, u32, u64 } from './configs.ts';

/** A number of 32 bits, one of 64, a text, bytes, a list of numbers, or a list of tables. */
export type Part = number | bigint | string | Uint8Array | readonly number[] | readonly Table[];
export type Table = Readonly<Record<number, Part>>;

/** @param identifier - four letters behind the place of the root */
export function writeFlatbuffer(root: Table, identifier: string): Buffer {
  let bytes = Buffer.concat([u32(0), Buffer.from(identifier)]);
  const append = (more: Buffer): number => {
    const at = bytes.length;
    bytes = Buffer.concat([bytes, more, Buffer.alloc((8 - (more.length % 8)) % 8)]);
    return at;
  };
  const vector = (part: Exclude<Part, number | bigint>): number => {
    if (typeof part === 'string' || part instanceof Uint8Array) {
      const content = Buffer.from(part as Uint8Array);
      return append(Buffer.concat([u32(content.length), content]));
    }
    const isNumbers = part.every((each) => typeof each === 'number');
    const slots = part.map((each) => u32(isNumbers ? (each as number) : 0));
    const at = append(Buffer.concat([u32(part.length), ...slots]));
    if (!isNumbers)
      (part as readonly Table[]).forEach((each, index) => {
        const slot = at + 4 + 4 * index;
        u32(table(each) - slot).copy(bytes, slot);
      });
    return at;
  };
  const table = (fields: Table): number => {
    const indexes = Object.keys(fields).map(Number);
    const count = Math.max(-1, ...indexes) + 1;
    const places = Array.from({ length: count }, (_, index) =>
      u16(index in fields ? 4 + 8 * indexes.indexOf(index) : 0),
    );
    const size = 4 + 8 * indexes.length;
    const layout = append(Buffer.concat([u16(4 + 2 * count), u16(size), ...places]));
    const at = append(Buffer.alloc(size));
    u32(at - layout).copy(bytes, at);
    indexes.forEach((index, order) => {
      const part = fields[index]!;
      const slot = at + 4 + 8 * order;
      if (typeof part === 'bigint') u64(part).copy(bytes, slot);
      else u32(typeof part === 'number' ? part : vector(part) - slot).copy(bytes, slot);
    });
    return at;
  };
  u32(table(root)).copy(bytes, 0);
  return bytes;
}
