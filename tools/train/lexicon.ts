// Reads the concept lexicon, a file a language, and compiles it for the classifier.
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { createView } from '../../src/detect/index.ts';
import { type ClusterTable, buildClusterTable } from '../../src/detect/classifier/clusters.ts';
import { CONCEPTS, type ConceptTrie, type Stem, buildConceptTrie } from '../../src/detect/classifier/concepts.ts';

const FOLDER = resolve(import.meta.dirname, '../../content/concepts');

/** Folded as texts are. */
const fold = (text: string): string => createView(text).lower.trim().replace(/\s+/g, ' ');

/** The stems of all languages. */
function readLexicon(): Stem[] {
  const stems: Stem[] = [];
  for (const file of readdirSync(FOLDER)
    .filter((name) => name.endsWith('.yaml'))
    .sort()) {
    const lists = parse(readFileSync(join(FOLDER, file), 'utf8')) as Record<string, unknown[]>;
    for (const [name, words] of Object.entries(lists)) {
      const concept = (CONCEPTS as readonly string[]).indexOf(name);
      if (concept === -1) throw new Error(`${file}: there is no concept "${name}"; there are: ${CONCEPTS.join(', ')}`);
      for (const word of words) {
        const written = String(word);
        const prefix = written.endsWith('*');
        const text = fold(prefix ? written.slice(0, -1) : written);
        if (text.length > 0) stems.push({ text, prefix, concept });
      }
    }
  }
  return stems;
}

/** The clusters of English words that `cluster-words.ts` made. */
export function compileClusters(): ClusterTable {
  const lines = readFileSync(resolve(import.meta.dirname, 'word-clusters.txt'), 'utf8')
    .trim()
    .split('\n');
  return buildClusterTable(
    lines.map((line) => {
      const [coarse = '', ...words] = line.split(' ');
      return { coarse: Number(coarse), words };
    }),
  );
}

/** The files of the shipped attack rules. */
export function readAttackRuleFiles(): { readonly text: string; readonly file: string }[] {
  const folder = resolve(import.meta.dirname, '../../content/rules/attack');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml') && !name.endsWith('.fixtures.yaml'))
    .sort()
    .map((file) => ({ file, text: readFileSync(join(folder, file), 'utf8') }));
}

export const compileLexicon = (): ConceptTrie => buildConceptTrie(readLexicon());
