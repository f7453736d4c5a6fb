// What the heads say of each text when they were trained without its source: the only ground for thresholds and figures.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Budget, Scored } from './calibration.ts';
import { type Entries, type foldsOf, learnHead, scoreEntry } from './examples.ts';

const DETECTING = ['direct', 'indirect', 'harmful'] as const;
export type DetectingHead = (typeof DETECTING)[number];
export type LeftOut = Readonly<Record<DetectingHead, readonly Scored[]>>;

const CACHE = resolve(import.meta.dirname, '../../.bench');

/** Ordinary talk with an assistant. */
export const CHAT: ReadonlySet<string> = new Set([
  'clinc150',
  'taskmaster4',
  'fuzzyai_benign',
  'self_instruct_human',
  'belle_eval_zh',
  'gsm8k_test',
  'presidio',
]);
/** Harmless texts that look like attacks, besides our own. */
const LOOK_ALIKES: ReadonlySet<string> = new Set(['awesome_chatgpt_prompts', 't0_tasks', 'deepset']);
/** Documents that speak of attacks on models. */
const TALKS_OF_ATTACKS = 'owasp_llm_top10_paragraphs';

/** Documents that a generator made. */
const MADE = 'own:made';

/** Shares of false alarms that are accepted, of sources never seen. */
const RATES = {
  chat: 0.005,
  lookAlikes: 0.04,
  documents: 0.012,
  lookAlikeDocuments: 0.05,
  harmlessAsk: 0.004,
  harmlessLookAlike: 0.02,
};

function group(scored: readonly Scored[], take: (scored: Scored) => boolean): number[][] {
  const groups = new Map<string, number[]>();
  for (const each of scored) {
    const { sample } = each.entry;
    if (sample.label !== 'benign' || !take(each)) continue;
    const key = !sample.own ? sample.source : sample.lang === 'en' ? 'own' : 'own multilingual';
    const scores = groups.get(key);
    if (scores === undefined) groups.set(key, [each.score]);
    else scores.push(each.score);
  }
  return [...groups.values()];
}

/** What false alarms of a head may cost. */
export function budgetsOf(head: DetectingHead, scored: readonly Scored[]): Budget[] {
  const chat = group(scored, ({ entry: { sample } }) => sample.way === 'direct' && CHAT.has(sample.source));
  if (head === 'direct') {
    const alike = group(
      scored,
      ({ entry: { sample } }) => sample.way === 'direct' && (sample.own || LOOK_ALIKES.has(sample.source)),
    );
    return [
      { rate: RATES.chat, groups: chat },
      { rate: RATES.lookAlikes, groups: alike },
    ];
  }
  if (head === 'harmful') {
    return [
      { rate: RATES.harmlessAsk, groups: chat },
      { rate: RATES.harmlessLookAlike, groups: group(scored, ({ entry: { sample } }) => sample.own) },
    ];
  }
  // Ours hold advisories, quoted attacks and mails that ask their reader for things: look-alikes.
  const hard = ({ entry: { sample } }: Scored): boolean => sample.own && sample.lang === 'en' && sample.source !== MADE;
  const documents = group(
    scored,
    (each) => each.entry.sample.way === 'indirect' && each.entry.sample.source !== TALKS_OF_ATTACKS && !hard(each),
  );
  return [
    { rate: RATES.documents, groups: documents },
    {
      rate: RATES.lookAlikeDocuments,
      groups: group(scored, (each) => each.entry.sample.way === 'indirect' && hard(each)),
    },
  ];
}

/** Scores every text by heads that were trained without its source. Minutes. */
export function scoreLeftOut(
  entries: Entries,
  folds: ReturnType<typeof foldsOf>,
  note: (what: string) => void,
): LeftOut {
  const found: Record<DetectingHead, Scored[]> = { direct: [], indirect: [], harmful: [] };
  for (const [i, { name, out }] of folds.entries()) {
    for (const head of DETECTING) {
      const held = entries[head].filter(({ sources }) => out.has(sources[0]!));
      if (held.length === 0) continue;
      const learned = learnHead(head, entries[head], out, 1);
      for (const entry of held) found[head].push({ entry, score: scoreEntry(head, learned, entry) });
    }
    note(`left out ${name} (${i + 1} of ${folds.length})`);
  }
  return found;
}

const KEPT = join(CACHE, 'left-out.json');

/** Keeps the scores, for figures that need no new training. */
export function saveLeftOut(leftOut: LeftOut, entries: Entries): void {
  mkdirSync(CACHE, { recursive: true });
  const rows = DETECTING.map((head) => {
    const places = new Map(entries[head].map((entry, i) => [entry, i]));
    return [head, leftOut[head].map(({ entry, score }) => [places.get(entry)!, score])] as const;
  });
  writeFileSync(KEPT, JSON.stringify(Object.fromEntries(rows)));
}

/** The scores that were kept, of the same texts. @throws Error where there are none */
export function readLeftOut(entries: Entries): LeftOut {
  if (!existsSync(KEPT)) throw new Error('no scores are kept: run npm run train:detect first');
  const kept = JSON.parse(readFileSync(KEPT, 'utf8')) as Record<DetectingHead, [number, number][]>;
  const read = (head: DetectingHead): Scored[] =>
    kept[head].map(([place, score]) => ({ entry: entries[head][place]!, score }));
  return { direct: read('direct'), indirect: read('indirect'), harmful: read('harmful') };
}
