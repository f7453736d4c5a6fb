// TensorFlow Lite: operators that are code from elsewhere, and those of TensorFlow that reach beyond the numbers.
// Source: tensorflow/lite/schema/schema.fbs, version 3; flatbuffers.dev, "Internals".
import { Malformed } from '../../cursor.ts';
import type { Format, Look } from '../../format.ts';
import type { Source } from '../../source.ts';
import { operationOf } from './tensorflow.ts';

const MOST_OPERATORS = 10_000;
const MOST_NAME = 1000;

/** Flatbuffers read within the file; every offset goes forward, so there are no loops. */
class Tables {
  readonly #source: Source;

  constructor(source: Source) {
    this.#source = source;
  }

  #view(at: number, length: number): DataView {
    const bytes = this.#source.read(at, length);
    if (at < 0 || bytes.length < length) throw new Malformed('an offset goes beyond the file', Math.max(0, at));
    return new DataView(bytes.buffer, bytes.byteOffset, length);
  }

  u32(at: number): number {
    return this.#view(at, 4).getUint32(0, true);
  }

  /** Where an offset leads. */
  follow(at: number): number {
    return at + this.u32(at);
  }

  /** Where a table's field lies; undefined where it is left out. */
  field(table: number, index: number): number | undefined {
    const layout = table - this.#view(table, 4).getInt32(0, true);
    const size = this.#view(layout, 2).getUint16(0, true);
    if (4 + 2 * index + 2 > size) return undefined;
    const offset = this.#view(layout + 4 + 2 * index, 2).getUint16(0, true);
    return offset === 0 ? undefined : table + offset;
  }

  text(at: number): string {
    const start = this.follow(at);
    const length = this.u32(start);
    return Buffer.from(this.#source.read(start + 4, Math.min(length, MOST_NAME))).toString('utf8');
  }

  /** The tables of a vector. */
  *tables(at: number, look: Look): Generator<number> {
    const start = this.follow(at);
    const count = this.u32(start);
    if (count * 4 > this.#source.size - start) throw new Malformed('a vector longer than the file', start);
    for (let i = 0; i < Math.min(count, MOST_OPERATORS); i++) {
      look.budget.step();
      yield this.follow(start + 4 + 4 * i);
    }
  }
}

export const TFLITE: Format = {
  id: 'tflite',
  match: ({ text }) => (text.slice(4, 8) === 'TFL3' ? 'sure' : false),
  scan(source, look) {
    const tables = new Tables(source);
    const codes = tables.field(tables.follow(0), 1);
    if (codes === undefined) return;
    for (const code of tables.tables(codes, look)) {
      const custom = tables.field(code, 1);
      if (custom === undefined) continue;
      const name = tables.text(custom);
      const operation = operationOf(name.replace(/^Flex/, ''));
      if (operation !== undefined) {
        look.report('tflite.operation', {
          message: `${name} ${operation.why}`,
          capability: operation.capability,
          offset: code,
          ...(operation.severity === undefined ? {} : { severity: operation.severity }),
        });
      } else if (!name.startsWith('Flex') && !name.startsWith('TFLite_')) {
        look.report('tflite.custom', { message: `uses the operation ${name}`, capability: 'native', offset: code });
      }
    }
  },
};
