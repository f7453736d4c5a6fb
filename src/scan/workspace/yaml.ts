// YAML of a project's files, parsed within bounds: what is long or nested deep costs the library more time than it is worth.
import { type Document, LineCounter, isCollection, parseAllDocuments, visit } from 'yaml';
import type { Look } from '../format.ts';

/** Characters. Manifests and environments are shorter; what is longer is made by machines. */
export const MOST_YAML = 256 << 10;
const DEEPEST = 100;

type YamlLook = Pick<Look, 'budget' | 'unseen'>;

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
export function readYaml(text: string, look: YamlLook): { documents: readonly Document[]; lines: LineCounter } {
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

/** Whether a list or map is the name of a member: the library writes it out anew on each level, so that 800 bytes take minutes. */
function hasWideKey(document: Document): boolean {
  let found = false;
  visit(document, {
    Pair(_, { key }) {
      if (!isCollection(key)) return undefined;
      found = true;
      return visit.BREAK;
    },
  });
  return found;
}

/** The value of a document; undefined, and said so, where its aliases expand without bound or its keys are lists or maps. */
export function valueOf(document: Document, look: YamlLook): unknown {
  try {
    if (!hasWideKey(document)) return document.toJS({ maxAliasCount: 100 }) as unknown;
    look.unseen('a document has lists or maps as keys');
  } catch {
    look.unseen('a document is nested too deep, or its aliases expand too far');
  }
  return undefined;
}
