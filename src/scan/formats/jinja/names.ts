// What is known of names in templates, as content/scan/jinja.yaml lists them.
import { z } from 'zod';
import { shippedList } from '../../lists.ts';

const Words = z.string().transform((text) => new Set(text.trim().split(/\s+/)));

const Names = z.strictObject({
  methods: Words,
  functions: Words,
  filters: Words,
  objects: Words,
  attributes: Words,
  acts: Words,
  dunders: Words,
  commands: Words,
});
type Names = z.infer<typeof Names>;

const read = shippedList('jinja.yaml', Names);

export const names = (): Names => read();

const isDunder = (name: string): boolean => name.startsWith('__') && name.length > 3;

/** Whether a name as an attribute leads into the interpreter. */
export const leads = (name: string): boolean => isDunder(name) || names().attributes.has(name);

/** Whether a name as the key of an item does: Jinja looks for attributes where there is no such item. */
export const leadsAsKey = (name: string): boolean => names().dunders.has(name) || names().attributes.has(name);

/** Known letters that a name that is only partly known must have in order to be held against the lists. */
const ENOUGH = 3;

/**
 * The first listed name that a partly known text can be.
 * @param pieces - its known pieces, in order; anything may stand between them
 */
export function couldBe(pieces: readonly string[]): string | undefined {
  if (pieces.join('').replace(/_/g, '').length < ENOUGH) return undefined;
  const fits = (name: string): boolean => {
    let at = 0;
    for (const [index, piece] of pieces.entries()) {
      const found = index === pieces.length - 1 ? name.lastIndexOf(piece) : name.indexOf(piece, at);
      if (found < at || (index === 0 && found !== 0)) return false;
      at = found + piece.length;
    }
    return at === name.length;
  };
  for (const list of [names().dunders, names().attributes]) for (const name of list) if (fits(name)) return name;
  return undefined;
}
