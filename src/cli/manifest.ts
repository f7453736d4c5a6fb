// Manifests as a user has them, YAML or JSON, as the JSON of all their objects.
import { LineCounter, parseAllDocuments } from 'yaml';
import { AncileError } from '../base/index.ts';

/** @throws AncileError `usage` naming the line */
export function readManifest(text: string, file: string): string {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
  const objects = (Array.isArray(documents) ? documents : []).flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) {
      const at = `${file}:${lines.linePos(error.pos[0]).line}`;
      throw new AncileError('usage', `${at}: ${error.message}`, { at, hint: 'Expected a manifest in YAML or JSON.' });
    }
    const value = document.toJS({ maxAliasCount: 100 }) as unknown;
    return value === null ? [] : [value];
  });
  return JSON.stringify(objects);
}
