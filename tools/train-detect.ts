// Trains the prompt-attack classifier and writes content/models/prompt-attack.bin and its figures. Needs the corpora of
// ../shared/data; the same data gives the same bytes. Usage: npm run train:detect [-- --check] (compare, write nothing)
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { HEADS, type Head, type HeadShape, type Model, renderModel } from '../src/detect/classifier/model.ts';
import { calibrate, chooseThreshold } from './train/calibration.ts';
import { hasCorpora } from './train/corpus.ts';
import { type Entries, OPTIONS, foldsOf, gatherEntries, learnHead } from './train/examples.ts';
import { budgetsOf, readLeftOut, scoreLeftOut, saveLeftOut } from './train/left-out.ts';
import { compileClusters, compileLexicon } from './train/lexicon.ts';

const { values: flags } = parseArgs({
  options: { check: { type: 'boolean', default: false }, quick: { type: 'boolean', default: false } },
});
const folder = resolve(import.meta.dirname, '../content/models');
const started = performance.now();
const note = (what: string): void => {
  process.stderr.write(`${((performance.now() - started) / 1000).toFixed(0).padStart(4)} s  ${what}\n`);
};

/** Trainings whose weights are averaged. */
const RUNS = 3;
const MOST = 0x7fff;

if (!hasCorpora()) {
  process.stderr.write('The corpora that the classifier is trained on are not here (../shared/data/prompts).\n');
  process.exit(3);
}

const { samples, entries } = gatherEntries(note);
const folds = foldsOf(samples);
const leftOut = flags.quick ? readLeftOut(entries) : scoreLeftOut(entries, folds, note);
if (!flags.quick) saveLeftOut(leftOut, entries);

const heads = {} as Record<Head, HeadShape & { weights: Int16Array }>;
const figures: Record<string, unknown> = {};
for (const head of HEADS) {
  const { weights, bias } = learnHead(head, entries[head], new Set(), RUNS);
  const largest = weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
  const scale = largest / MOST;
  let [slope, offset] = [1, 0];
  if (head === 'direct' || head === 'indirect' || head === 'harmful') {
    const scored = leftOut[head];
    const threshold = chooseThreshold(budgetsOf(head, scored));
    const fit = calibrate(
      scored.map(({ entry, score }) => ({ score, positive: entry.positive })),
      threshold,
    );
    [slope, offset] = [fit.slope, fit.offset];
    figures[head] = { threshold, prior: 1 / (1 + Math.exp(-fit.prior)), ece: fit.ece, slope };
  }
  heads[head] = {
    windows: OPTIONS[head].windows,
    scale,
    bias,
    slope,
    offset,
    weights: Int16Array.from(weights, (weight) => Math.round(weight / scale)),
  };
  note(`learned ${head} from ${entries[head].length} texts`);
}

const trained: Omit<Model, 'version'> = { trie: compileLexicon(), clusters: compileClusters(), heads };
const digest = createHash('sha256')
  .update(renderModel({ version: '', ...trained }))
  .digest('hex');
const bytes = renderModel({ version: digest.slice(0, 16), ...trained });
const path = join(folder, 'prompt-attack.bin');
if (flags.check) {
  const same = Buffer.compare(readFileSync(path), bytes) === 0;
  note(same ? 'the shipped model is what the data gives' : 'the shipped model is NOT what the data gives');
  process.exit(same ? 0 : 1);
}
mkdirSync(folder, { recursive: true });
writeFileSync(path, bytes);
writeFileSync(
  join(folder, 'prompt-attack.json'),
  `${JSON.stringify({ version: digest.slice(0, 16), bytes: bytes.length, texts: samples.length, examples: countExamples(entries), ...figures }, null, 2)}\n`,
);
note(`wrote ${path}: ${(bytes.length / 1e6).toFixed(2)} MB, version ${digest.slice(0, 16)}`);

function countExamples(all: Entries): Record<string, number> {
  return Object.fromEntries(HEADS.map((head) => [head, all[head].length]));
}
