// How often the detector of grounding sees an answer that its document does not bear out, and how often it is wrong about
// one that it does. Answers are made of documents: sentences of theirs in another notation, then with one thing changed.
// Usage: npx tsx tools/eval-grounding.ts [--json] [--threshold 0.5]
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { createView, groundingDetector, splitSentences } from '../src/detect/index.ts';
import { GROUNDING_CASES } from '../src/detect/testing/grounding-cases.ts';
import { testContext } from '../src/detect/testing/plain-view.ts';

const at = process.argv.indexOf('--threshold');
const threshold = at < 0 ? 0.5 : Number(process.argv[at + 1]);
const FILE = resolve(import.meta.dirname, '../../shared/data/prompts/salesforce_domain_documents.jsonl.gz');

/** Numbers between 0 and 1 that are the same in every run (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
const random = createRandom(7);
const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;

/** The same in another notation: groups without marks, percent as a word, thousands as `k`. */
function rewrite(text: string): string {
  return text
    .replace(/(\d),(?=\d{3}\b)/g, '$1')
    .replace(/(\d)%/g, '$1 percent')
    .replace(/\b(\d{1,3})000\b(?![.,]\d)/g, '$1k');
}

/** One figure of three digits or more, or with decimals, with other digits; undefined where there is none. */
function changeFigure(text: string): string | undefined {
  const figures = [...text.matchAll(/(?<![\w.,/-])\d[\d,]*(?:\.\d+)?(?![\w/-])/g)].filter(
    ([each]) => each.replace(/\D/g, '').length >= 3,
  );
  if (figures.length === 0) return undefined;
  const figure = pick(figures);
  const changed = figure[0].replace(/\d/g, (digit) => String(((Number(digit) + 1 + Math.floor(random() * 8)) % 9) + 1));
  return text.slice(0, figure.index) + changed + text.slice(figure.index + figure[0].length);
}

function judge(document: string, answer: string): boolean {
  const context = testContext({ documents: { texts: [document], said: [] } });
  return groundingDetector.inspect(createView(answer), context).some((finding) => finding.score >= threshold);
}

interface Row {
  readonly set: string;
  readonly answers: number;
  found: number;
}
const rows = new Map<string, Row>();
function count(set: string, found: boolean): void {
  const row = rows.get(set) ?? { set, answers: 0, found: 0 };
  rows.set(set, { set, answers: row.answers + 1, found: row.found + (found ? 1 : 0) });
}

for (const { documents, asked, good, bad } of GROUNDING_CASES) {
  const context = testContext({ documents: { texts: documents, said: asked === undefined ? [] : [asked] } });
  const found = (answer: string): boolean =>
    groundingDetector.inspect(createView(answer), context).some((finding) => finding.score >= threshold);
  for (const answer of good) count('written by hand, borne out', found(answer));
  for (const [, answer] of bad) count('written by hand, not borne out', found(answer));
}

if (existsSync(FILE)) {
  const lines = gunzipSync(readFileSync(FILE)).toString().trim().split('\n');
  const documents = lines.map((line) => JSON.parse(line) as { text: string; domain: string });
  const sentencesOf = (text: string): string[] =>
    splitSentences(text)
      .map(({ start, end }) => text.slice(start, end))
      .filter((sentence) => sentence.length > 40);
  for (const document of documents) {
    const sentences = sentencesOf(document.text);
    if (sentences.length < 2) continue;
    const first = pick(sentences);
    const second = pick(sentences);
    count('sentences of the document', judge(document.text, `According to the document: ${first} ${second}`));
    count('the same in another notation', judge(document.text, rewrite(`In short: ${first} ${second}`)));
    const changed = changeFigure(`${first} ${second}`);
    if (changed !== undefined) count('one figure changed', judge(document.text, changed));
    const others = documents.filter((each) => each !== document && each.domain === document.domain);
    const other = others.length === 0 ? [] : sentencesOf(pick(others).text);
    if (other.length > 0)
      count('a sentence of another document of its domain', judge(document.text, `${first} ${pick(other)}`));
  }
} else console.error(`skipped: there is no ${FILE}`);

const table = [...rows.values()].map(({ set, answers, found }) => ({
  set,
  answers,
  found,
  share: Number(((100 * found) / answers).toFixed(1)),
}));
if (process.argv.includes('--json')) console.log(JSON.stringify({ threshold, table }));
else {
  console.log(`findings of ${threshold} and more\n\n| answers | of | found |\n| --- | ---: | ---: |`);
  for (const { set, answers, found, share } of table) console.log(`| ${set} | ${answers} | ${found} (${share}%) |`);
}
