// Values of one degree of trust, as fields of results had them: equal to a field, or within a field that is a text.
import type { Leaf } from './results.ts';
import { normalise } from './normal.ts';
import { Words } from './words.ts';

/** A longer field is a text, in which a value may stand as one of several. */
const VALUE_MOST = 60;

export class TrustedValues {
  readonly #exact = new Map<string, string>();
  readonly words = new Words();

  /** @param source - says where it stood, without the value */
  add({ raw, path, value }: Leaf, source: string): void {
    const key = typeof value === 'number' ? String(value) : value;
    if (key === '') return;
    const isText = raw.length > VALUE_MOST || /[\n,;:]/.test(raw);
    if (!this.#exact.has(key)) this.#exact.set(key, `${source}${path.length > 0 ? ` ${path.join('.')}` : ''}`);
    if (isText || typeof value === 'number' || raw.includes('@') || raw.includes('.') || /\d/.test(raw))
      this.words.add(raw);
  }

  /** Where a value stands; undefined where it does not. */
  sourceOf(value: string | number): string | undefined {
    const known = this.#exact.get(normalise(String(value)));
    if (known !== undefined) return known;
    return this.words.has(value) ? 'a text of a trusted result' : undefined;
  }
}
