// What each head of the classifier learns from: texts as features, attacks also planted in documents.
import type { Head } from '../../src/detect/classifier/model.ts';
import { embed, makeCarrier } from './carrier.ts';
import { type Label, type Sample, dropNearCopies, loadOwn, loadShared } from './corpus.ts';
import {
  type Example,
  type Learned,
  type LearnOptions,
  type Read,
  createRandom,
  createReader,
  learn,
  loudest,
} from './learn.ts';
import { compileClusters, compileLexicon } from './lexicon.ts';

const ATTACKS: ReadonlySet<Label> = new Set(['injection', 'extraction', 'exfiltration', 'jailbreak']);

/** A text as a head sees it. */
export interface Entry {
  readonly sample: Sample;
  readonly read: Read;
  readonly positive: boolean;
  /** Where the text comes from, first, and what it is planted in. */
  readonly sources: readonly string[];
  readonly factor: number;
  readonly attack?: readonly [from: number, to: number] | undefined;
  /** Whether it is an attack of one source within a text of another. */
  readonly planted: boolean;
  readonly text: string;
}

export type Entries = Readonly<Record<Head, readonly Entry[]>>;

/** Prose that is not addressed to an assistant: in a document it is as harmless as in a question. */
const PROSE: ReadonlySet<string> = new Set(['t0_tasks', 'gsm8k_test', 'presidio', 'taskmaster4', 'humaneval_prompts']);

const MAX_PAYLOAD = 700;
const MIN_CARRIER = 200;
/** Documents that each payload is planted in, and harmless documents that are made. */
const PLANTED = 2;
const MADE = 1500;

const SHARED = { epochs: 4, rate: 0.03, dropout: 0.3, support: 3, caution: 4 };
/** How each head learns; found by leaving out whole sources (docs/decisions/0013). */
export const OPTIONS: Readonly<Record<Head, Omit<LearnOptions, 'seed'> & { readonly power: number }>> = {
  direct: { ...SHARED, windows: [20, 80], power: 0.8 },
  indirect: { ...SHARED, epochs: 8, rate: 0.06, windows: [20, 64], power: 0.5 },
  harmful: { ...SHARED, epochs: 8, rate: 0.06, windows: [20, 80], power: 0.8 },
  injection: { ...SHARED, windows: [20, 80], power: 0.5 },
  extraction: { ...SHARED, windows: [20, 80], power: 0.5 },
  exfiltration: { ...SHARED, windows: [20, 80], power: 0.5 },
  jailbreak: { ...SHARED, windows: [20, 80], power: 0.5 },
};

/** Gathers and reads all texts. Takes some seconds; the same every time. */
export function gatherEntries(note: (what: string) => void = () => undefined): { samples: Sample[]; entries: Entries } {
  const samples = dropNearCopies([...loadShared(), ...loadOwn()]);
  note(`${samples.length} texts that are not copies of each other`);
  const read = createReader(compileLexicon(), compileClusters());
  const entryOf = (sample: Sample, positive: boolean, factor: number): Entry => ({
    sample,
    read: readOf(sample),
    positive,
    sources: [sample.source],
    factor,
    planted: false,
    text: sample.text,
  });
  const reads = new Map<Sample, Read>();
  const readOf = (sample: Sample): Read => {
    let found = reads.get(sample);
    if (found === undefined) reads.set(sample, (found = read(sample.text)));
    return found;
  };
  const heads: Record<Head, Entry[]> = {
    direct: [],
    indirect: [],
    harmful: [],
    injection: [],
    extraction: [],
    exfiltration: [],
    jailbreak: [],
  };
  for (const sample of samples) {
    const attack = ATTACKS.has(sample.label);
    const { way, label, source } = sample;
    if (way === 'direct') {
      heads.direct.push(entryOf(sample, attack, label === 'harmful' ? 0.5 : 1));
      if (label === 'benign' && PROSE.has(source)) heads.indirect.push(entryOf(sample, false, 0.5));
      if (!attack) heads.harmful.push(entryOf(sample, label === 'harmful', 1));
    } else {
      heads.indirect.push(entryOf(sample, attack, 1));
      if (!attack) heads.direct.push(entryOf(sample, false, 0.5));
    }
    if (attack) for (const kind of ATTACKS) heads[kind as Head].push(entryOf(sample, label === kind, 1));
  }
  plant(samples, read, heads.indirect);
  note(
    Object.entries(heads)
      .map(([head, list]) => `${head} ${list.length}`)
      .join(', '),
  );
  return { samples, entries: heads };
}

/** Plants short attacks in documents, and makes documents without. */
function plant(samples: readonly Sample[], read: (text: string) => Read, indirect: Entry[]): void {
  const random = createRandom(7);
  const payloads = samples.filter(
    ({ label, text, way, own }) =>
      ATTACKS.has(label) && text.length < MAX_PAYLOAD && (way === 'direct' ? label !== 'jailbreak' : own),
  );
  const carriers = samples.filter(
    ({ label, way, text }) => label === 'benign' && way === 'indirect' && text.length > MIN_CARRIER,
  );
  const words = (text: string): number => read(text).offsets.length - 1;
  for (let round = 0; round < PLANTED; round++) {
    for (const sample of payloads) {
      const made = random() < 0.5;
      const carrier = carriers[Math.floor(random() * carriers.length)]!;
      const text = embed(made ? makeCarrier(random) : carrier.text, sample.text, random);
      const at = text.indexOf(sample.text);
      // Escaped beyond recognition: where it lies cannot be told.
      if (at === -1) continue;
      indirect.push({
        sample,
        read: read(text),
        positive: true,
        sources: made ? [sample.source] : [sample.source, carrier.source],
        factor: 0.5,
        attack: [words(text.slice(0, at)), words(text.slice(0, at + sample.text.length))],
        planted: true,
        text,
      });
    }
  }
  for (let i = 0; i < MADE; i++) {
    const text = makeCarrier(random);
    const sample: Sample = {
      text,
      label: 'benign',
      way: 'indirect',
      source: 'own:made',
      own: true,
      lang: 'en',
      wrapper: undefined,
      category: undefined,
    };
    indirect.push({
      sample,
      read: read(text),
      positive: false,
      sources: ['own:made'],
      factor: 1,
      planted: false,
      text,
    });
  }
}

/**
 * Learns a head from all entries but those of the sources left out. Each source counts by a power of its size, so that no
 * large one drowns the rest; both sides count the same in all. Several runs, averaged, depend less on the order.
 */
export function learnHead(head: Head, entries: readonly Entry[], out: ReadonlySet<string>, runs: number): Learned {
  const { power, ...options } = OPTIONS[head];
  const kept = entries.filter(({ sources }) => !sources.some((source) => out.has(source)));
  const keyOf = ({ positive, sources }: Entry): string => `${positive} ${sources[0]}`;
  const counts = new Map<string, number>();
  for (const entry of kept) counts.set(keyOf(entry), (counts.get(keyOf(entry)) ?? 0) + 1);
  const shares = kept.map((entry) => entry.factor * counts.get(keyOf(entry))! ** (power - 1));
  const total = [0, 0];
  kept.forEach(({ positive }, i) => (total[Number(positive)]! += shares[i]!));
  const examples = kept.map(({ read, positive, sources, attack }, i): Example => ({
    read,
    positive,
    source: sources[0]!,
    attack,
    weight: ((shares[i]! / total[Number(positive)]!) * kept.length) / 2,
  }));
  const learned = Array.from({ length: runs }, (_, run) => learn(examples, { ...options, seed: run + 1 }));
  const [first, ...rest] = learned;
  for (const { weights } of rest) for (let f = 0; f < weights.length; f++) first!.weights[f]! += weights[f]!;
  for (let f = 0; f < first!.weights.length; f++) first!.weights[f]! /= runs;
  return { weights: first!.weights, bias: learned.reduce((sum, { bias }) => sum + bias, 0) / runs };
}

/** What a learned head says of a text, uncalibrated. */
export const scoreEntry = (head: Head, { weights, bias }: Learned, { read }: Entry): number =>
  loudest(read, weights, OPTIONS[head].windows).sum + bias;

/** The folds: each shared source by itself, with a share of our own families and languages. */
export function foldsOf(samples: readonly Sample[]): { readonly name: string; readonly out: ReadonlySet<string> }[] {
  const shared = [...new Set(samples.filter(({ own }) => !own).map(({ source }) => source))].sort();
  const own = [...new Set(samples.filter((sample) => sample.own).map(({ source }) => source))].sort();
  return shared.map((name, i) => ({ name, out: new Set([name, ...own.filter((_, k) => k % shared.length === i)]) }));
}
