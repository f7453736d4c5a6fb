// Messages of Protocol Buffers, as the formats built on them are read: counted against the budget, faults as broken files.
import { type Field, ProtobufFault, readFields } from '../../../reader/index.ts';
import { Malformed } from '../../cursor.ts';
import type { Look } from '../../format.ts';
import type { Source } from '../../source.ts';

/** Messages within messages that are followed. */
export const MOST_DEPTH = 64;

/** A field is looked at by its format as well. */
const FIELD_STEPS = 3;

/** The fields of a message. @throws Malformed */
export function* fieldsOf(source: Source, look: Look, start = 0, end = source.size): Generator<Field> {
  try {
    for (const field of readFields(source, start, end)) {
      look.budget.step(FIELD_STEPS);
      yield field;
    }
  } catch (thrown) {
    if (thrown instanceof ProtobufFault) throw new Malformed(thrown.message, thrown.offset);
    throw thrown;
  }
}

/** The text of a field, its first `most` bytes. */
export function textOf(source: Source, { start, end }: Field, most = 4096): string {
  return Buffer.from(source.read(start, Math.min(end - start, most))).toString('utf8');
}

/** What a message begins with: fields up to `most`, fewer where it breaks off or ends; never throws. */
export function beginOf(
  source: Source,
  most: number,
  start = 0,
  end = source.size,
): { fields: Field[]; whole: boolean } {
  const fields: Field[] = [];
  try {
    for (const field of readFields(source, start, end)) {
      fields.push(field);
      if (fields.length >= most) return { fields, whole: false };
    }
    return { fields, whole: true };
  } catch {
    // What stands in front of the break counts: bytes behind a model do not make it another file.
    return { fields, whole: false };
  }
}

/** Of those, the fields that the format has: others are passed over by its readers, and make it no other file. */
export function knownOf(source: Source, highest: number, most: number, start = 0, end = source.size): Field[] {
  return beginOf(source, most, start, end).fields.filter(({ number }) => number <= highest);
}
