// What the addresses of the pages about models hold; what an address has wrong is left out, not refused.
import { ModelState } from '../../contract.ts';

export interface ModelsSearch {
  readonly state?: ModelState | undefined;
  readonly source?: string | undefined;
  readonly text?: string | undefined;
}

/** A version; empty where the address names none. */
export interface VersionSearch {
  readonly id: string;
}

export interface BomSearch extends VersionSearch {
  /** The version that it is compared with. */
  readonly with?: string | undefined;
}

/** An address holds `text=42` as a number; the word is meant. */
const wordOf = (value: unknown): string | undefined => {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && text !== '' ? text : undefined;
};

export function readModelsSearch(search: Record<string, unknown>): ModelsSearch {
  const state = ModelState.safeParse(search['state']).data;
  const [source, text] = [wordOf(search['source']), wordOf(search['text'])?.slice(0, 200)];
  return {
    ...(state === undefined ? {} : { state }),
    ...(source === undefined ? {} : { source }),
    ...(text === undefined ? {} : { text }),
  };
}

export function readVersionSearch(search: Record<string, unknown>): VersionSearch {
  return { id: wordOf(search['id']) ?? '' };
}

export function readBomSearch(search: Record<string, unknown>): BomSearch {
  const other = wordOf(search['with']);
  return { ...readVersionSearch(search), ...(other === undefined ? {} : { with: other }) };
}
