// What the prompt-attack detection finds in sources it never saw, and how often it is wrong: each source is judged by a
// classifier trained without it and by thresholds chosen without it, and by the shipped rules. Usage: npm run eval:detect
// [-- --anew (train the left-out classifiers again, minutes)] [--peers (install and ask three packages of npm as well)]
// [--second CONFIG (ask the second stage of that configuration about what the fast stage is unsure of, and nothing else)]
import { parseArgs } from 'node:util';
import { bareContext, createAttackDetector, createView, injectionScore, parseRules } from '../src/detect/index.ts';
import { wilson } from '../src/stats/index.ts';
import { reportSecond } from './eval-second.ts';
import { type Scored, calibrate, chooseThreshold } from './train/calibration.ts';
import { hasCorpora } from './train/corpus.ts';
import { type Entry, foldsOf, gatherEntries } from './train/examples.ts';
import {
  CHAT,
  type DetectingHead,
  type LeftOut,
  budgetsOf,
  readLeftOut,
  saveLeftOut,
  scoreLeftOut,
} from './train/left-out.ts';
import { readAttackRuleFiles } from './train/lexicon.ts';
import { type Peer, openPeers } from './train/peers.ts';

const { values: flags } = parseArgs({
  options: {
    anew: { type: 'boolean', default: false },
    peers: { type: 'boolean', default: false },
    second: { type: 'string' },
  },
});
const note = (what: string): void => void process.stderr.write(`${what}\n`);

if (!hasCorpora()) {
  note('The corpora that the detection is judged on are not here (../shared/data/prompts).');
  process.exit(3);
}

const { samples, entries } = gatherEntries(note);
let leftOut: LeftOut;
if (flags.anew) saveLeftOut((leftOut = scoreLeftOut(entries, foldsOf(samples), note)), entries);
else leftOut = readLeftOut(entries);

const rules = createAttackDetector(readAttackRuleFiles().flatMap(({ text, file }) => parseRules(text, file)));
const byRules = new Map<Entry, number>();
function ruleScore(entry: Entry): number {
  let score = byRules.get(entry);
  if (score === undefined) {
    const channel = entry.sample.way === 'direct' && !entry.planted ? 'user' : 'document';
    score = injectionScore(rules.inspect(createView(entry.text), bareContext(channel)));
    byRules.set(entry, score);
  }
  return score;
}

/** Thresholds of a head chosen without one source. */
const thresholds = new Map<string, number>();
function thresholdWithout(head: DetectingHead, source: string): number {
  const key = `${head} ${source}`;
  let threshold = thresholds.get(key);
  if (threshold === undefined) {
    const others = leftOut[head].filter(({ entry }) => entry.sample.source !== source);
    thresholds.set(key, (threshold = chooseThreshold(budgetsOf(head, others))));
  }
  return threshold;
}

interface Judged {
  readonly entry: Entry;
  readonly head: DetectingHead;
  readonly score: number;
  readonly learned: boolean;
  readonly ruled: boolean;
}

const judged: Judged[] = (['direct', 'indirect'] as const).flatMap((head) =>
  leftOut[head]
    .filter(({ entry }) => head === 'indirect' || entry.sample.way === 'direct')
    .filter(({ entry }) => head === 'direct' || entry.sample.way === 'indirect' || entry.planted)
    .map(({ entry, score }: Scored) => ({
      entry,
      head,
      score: score - thresholdWithout(head, entry.sample.source),
      learned: score >= thresholdWithout(head, entry.sample.source),
      ruled: ruleScore(entry) >= 0.5,
    })),
);

/** What a score of a head comes to as a probability, by a calibration without one source. */
const calibrations = new Map<string, ReturnType<typeof calibrate>>();
function probability(head: DetectingHead, source: string, score: number): number {
  const key = `${head} ${source}`;
  let found = calibrations.get(key);
  if (found === undefined) {
    const others = leftOut[head].filter(({ entry }) => entry.sample.source !== source);
    const labelled = others.map((each) => ({ score: each.score, positive: each.entry.positive }));
    calibrations.set(key, (found = calibrate(labelled, thresholdWithout(head, source))));
  }
  return 1 / (1 + Math.exp(-(found.slope * score + found.offset)));
}

if (flags.second !== undefined) {
  const scored = judged
    .filter(({ entry: { sample } }) => sample.label !== 'harmful')
    .map(({ entry, head, score }) => {
      const { sample, planted, text } = entry;
      const learned = probability(head, sample.source, score + thresholdWithout(head, sample.source));
      const own = sample.lang === 'en' ? 'own families' : 'own, other languages';
      return {
        text,
        channel: head === 'direct' ? ('user' as const) : ('document' as const),
        score: 1 - (1 - learned) * (1 - ruleScore(entry)),
        group: `${sample.own ? own : sample.source} (${sample.label}${planted ? ', planted' : ''}, ${head})`,
      };
    });
  await reportSecond(flags.second, scored, note);
  process.exit(0);
}

/** Chance that an attack scores above a harmless text of the same way (ties half). */
function auc(attacks: readonly Judged[], harmless: readonly number[]): number {
  let sum = 0;
  for (const { score } of attacks) {
    let [low, high] = [0, harmless.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (harmless[middle]! < score) low = middle + 1;
      else high = middle;
    }
    sum += low;
  }
  return sum / attacks.length / harmless.length;
}

const harmlessOf = (head: DetectingHead): number[] =>
  judged
    .filter((each) => each.head === head && each.entry.sample.label === 'benign')
    .filter(({ entry: { sample } }) => head === 'indirect' || CHAT.has(sample.source))
    .map(({ score }) => score)
    .sort((a, b) => a - b);
const harmless = { direct: harmlessOf('direct'), indirect: harmlessOf('indirect'), harmful: [] };

const percent = (share: number): string => (100 * share).toFixed(1);

function row(name: string, group: readonly Judged[]): string {
  const hits = group.filter(({ learned, ruled }) => learned || ruled).length;
  const { low, high } = wilson(hits, group.length);
  const only = (take: (each: Judged) => boolean): string => percent(group.filter(take).length / group.length);
  const attack = group[0]!.entry.positive;
  return [
    name,
    group.length,
    `**${percent(hits / group.length)}**`,
    `${percent(low)} - ${percent(high)}`,
    only(({ ruled }) => ruled),
    only(({ learned }) => learned),
    attack ? auc(group, harmless[group[0]!.head]).toFixed(3) : '',
  ].join(' | ');
}

function table(title: string, keyOf: (each: Judged) => string | undefined): void {
  const groups = new Map<string, Judged[]>();
  for (const each of judged) {
    const key = keyOf(each);
    if (key === undefined) continue;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [each]);
    else group.push(each);
  }
  const lines = [...groups].sort(([a], [b]) => a.localeCompare(b)).map(([name, group]) => `| ${row(name, group)} |`);
  process.stdout.write(
    `\n### ${title}\n\n| | n | flagged, % | 95% | rules alone | model alone | AUC |\n|---|--:|--:|--:|--:|--:|--:|\n${lines.join('\n')}\n`,
  );
}

const isAttack = ({ entry }: Judged): boolean => entry.positive;
const planted = ({ entry }: Judged): string => (entry.planted ? ', planted in documents' : '');
table('Attacks, by source', (each) => {
  const { sample } = each.entry;
  if (!isAttack(each)) return undefined;
  return `${sample.own ? (sample.lang === 'en' ? 'own families' : 'own, other languages') : sample.source} (${sample.label}${planted(each)})`;
});
table('Harmless texts, by source', (each) => {
  const { sample } = each.entry;
  if (isAttack(each) || sample.label !== 'benign') return undefined;
  const own = sample.lang === 'en' ? 'own families' : 'own, other languages';
  return `${sample.own ? own : sample.source} (${each.head === 'direct' ? 'user' : 'document'})`;
});
table('Plain harm, which is no attack on the model', (each) =>
  each.entry.sample.label === 'harmful' ? (each.entry.sample.own ? 'own' : each.entry.sample.source) : undefined,
);
table('Attacks by language (the language’s texts left out, its concepts known)', (each) =>
  isAttack(each) && !each.entry.planted && each.entry.sample.own && each.entry.sample.lang !== 'en'
    ? each.entry.sample.lang.replace(/^en-.*/, 'two languages mixed')
    : undefined,
);
table('Attacks by wrapper', ({ entry: { sample, positive, planted: inside } }) =>
  positive && !sample.own && !inside && sample.wrapper !== undefined
    ? `${sample.source}: ${sample.wrapper.slice(0, 40)}`
    : undefined,
);

if (flags.peers) {
  const peers = await openPeers(note);
  const groups = new Map<string, Judged[]>();
  for (const each of judged) {
    const { sample } = each.entry;
    if (sample.own || each.entry.planted || sample.label === 'harmful') continue;
    const key = `${sample.source} (${sample.label})`;
    groups.set(key, [...(groups.get(key) ?? []), each]);
  }
  process.stdout.write(
    `\n### Beside other packages, at their own thresholds: flagged, %\n\n| | n | Ancile | ${peers.map(({ name }) => name).join(' | ')} |\n|---|--:|--:|${peers.map(() => '--:|').join('')}\n`,
  );
  for (const [name, group] of [...groups].sort(([a], [b]) => a.localeCompare(b))) {
    // At most so many of each: one of the packages takes milliseconds a text.
    const some = group.slice(0, 500);
    const shares: string[] = [];
    for (const peer of peers) shares.push(percent(await share(peer, some)));
    const ours = some.filter(({ learned, ruled }) => learned || ruled).length / some.length;
    process.stdout.write(`| ${name} | ${some.length} | **${percent(ours)}** | ${shares.join(' | ')} |\n`);
  }
}

async function share(peer: Peer, group: readonly Judged[]): Promise<number> {
  let hits = 0;
  for (const { entry } of group) if (await peer.flags(entry.text)) hits++;
  return hits / group.length;
}
process.exit(0);
