// CatBoost's binary models: a magic, a size, and a FlatBuffer whose first offsets must stay within it.
import { Cursor } from '../../cursor.ts';
import type { Format } from '../../format.ts';

export const catboost: Format = {
  id: 'catboost',
  match: ({ text }) => (text.startsWith('CBM1') ? 'sure' : false),
  scan(source) {
    const cursor = new Cursor(source, 4);
    const size = cursor.u32();
    const start = cursor.offset;
    if (size > source.size - start)
      throw cursor.malformed(`its core is ${size} bytes long, and ${source.size - start} are there`);
    if (size < 8) throw cursor.malformed('its core is too short');
    const root = cursor.u32();
    if (root > size - 4) throw cursor.malformed('its root lies outside of its core');
    cursor.offset = start + root;
    const table = root - cursor.i32();
    if (table < 0 || table > size - 4) throw cursor.malformed('the table of its root lies outside of its core');
    cursor.offset = start + table;
    const length = cursor.u16();
    if (length < 4 || length > size - table) throw cursor.malformed('the table of its root is longer than its core');
  },
};
