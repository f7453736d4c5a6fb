// YAML of a project's files, parsed within bounds: what is long or nested deep costs the library more time than it is worth.
import { type Document, LineCounter, parseAllDocuments } from 'yaml';
import type { Look } from '../format.ts';

/** Characters. Manifests and environments are shorter; what is longer is made by machines. */
export const MOST_YAML = 256 << 10;
const DEEPEST = 100;

/** Whether brackets stand within each other deeper than anybody writes, quoted ones counted as well. */
function isDeep(text: string): boolean {
  // Each kind by itself: a bracket is not closed by a brace.
  let lists = 0;
  let maps = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 91 || code === 123) {
      if (code === 91) lists++;
      else maps++;
      if (lists + maps > DEEPEST) return true;
    } else if (code === 93 && lists > 0) lists--;
    else if (code === 125 && maps > 0) maps--;
    else if (code === 10 && text.charCodeAt(at + 1) > 32) [lists, maps] = [Math.min(lists, 1), Math.min(maps, 1)];
  }
  return false;
}

/** The documents of a text; none, and said so, where it is too long or too deep. */
export function readYaml(text: string, look: Look): { documents: readonly Document[]; lines: LineCounter } {
  const lines = new LineCounter();
  if (isDeep(text)) {
    look.unseen('its YAML is nested too deep');
    return { documents: [], lines };
  }
  look.budget.step(1 + text.length);
  const documents = parseAllDocuments(text, {
    // Nobody is shown the text around a fault, and there may be a hundred thousand of them.
    prettyErrors: false,
    lineCounter: lines,
    logLevel: 'silent',
    uniqueKeys: false,
    merge: true,
  });
  return { documents: Array.isArray(documents) ? (documents as Document[]) : [], lines };
}

/** The value of a document; undefined, and said so, where its aliases expand without bound. */
export function valueOf(document: Document, look: Look): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 }) as unknown;
  } catch {
    look.unseen('the aliases of a document expand too far');
    return undefined;
  }
}
