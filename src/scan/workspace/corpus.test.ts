// The labelled corpus: every file of these formats, flagged where it is hostile and let pass where it is not.
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { scanFile } from '../scan-file.ts';
import { shippedScanner } from '../shipped.ts';

const CORPUS = resolve(import.meta.dirname, '../../../../shared/data/models');
const MINE = new Set(['python', 'notebook']);
/** Files of the corpus that are judged wrongly, each with the reason. */
const KNOWN_MISSES: Record<string, string> = {};

interface Label {
  readonly path: string;
  readonly format: string;
  readonly malicious: boolean;
}

const scanner = shippedScanner();

describe.skipIf(!existsSync(join(CORPUS, 'labels.json')))('the corpus (needs ../shared/data/models)', () => {
  it('is judged as it is labelled', () => {
    const labels = (JSON.parse(readFileSync(join(CORPUS, 'labels.json'), 'utf8')) as Label[]).filter(({ format }) =>
      MINE.has(format),
    );
    expect(labels.length).toBeGreaterThan(0);
    const wrong = labels.filter(({ path, malicious }) => {
      const { verdict } = scanFile(scanner, join(CORPUS, path));
      return (verdict === 'suspicious' || verdict === 'malicious') !== malicious && KNOWN_MISSES[path] === undefined;
    });
    expect(wrong).toEqual([]);
  });
});
