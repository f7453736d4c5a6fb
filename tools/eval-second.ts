// The fast stage alone and with the second opinion of a configuration, by source: how much is asked, and what it is worth.
import { openInspector } from '../src/app/index.ts';
import { loadConfig } from '../src/config/index.ts';
import type { Channel } from '../src/contract/index.ts';
import { wilson } from '../src/stats/index.ts';

/** A text with what the fast stage says of it, 0..1 with 0.5 as its threshold. */
export interface FastScored {
  readonly text: string;
  readonly channel: Channel;
  readonly score: number;
  readonly group: string;
}

/** Uncertain texts of one group that are asked about: the same ones each time. */
const ASKED_MOST = 200;
/** Texts of one consultation, as `texts` of the configuration may forbid more. */
const AT_ONCE = 8;

interface Row {
  n: number;
  uncertain: number;
  asked: number;
  failed: number;
  /** Of those asked about: flagged by the fast stage, and by the opinion. */
  fast: number;
  second: number;
  /** Of those that nobody is unsure of. */
  sure: number;
}

const percent = (share: number): string => (100 * share).toFixed(1);

/** Every so many of them, so that all stretches of a source are in it. */
function thin<T>(all: readonly T[], most: number): T[] {
  const step = Math.max(1, all.length / most);
  return Array.from({ length: Math.min(most, all.length) }, (_, i) => all[Math.floor(i * step)]!);
}

function line(name: string, row: Row): string {
  // What was not asked about for the bound above stands for itself by those that were.
  const weigh = (hits: number): number => (row.asked === 0 ? 0 : (hits / row.asked) * row.uncertain);
  const alone = row.sure + weigh(row.fast);
  const both = row.sure + weigh(row.second);
  const { low, high } = wilson(row.second, Math.max(1, row.asked));
  return [
    name,
    row.n,
    percent(row.uncertain / row.n),
    row.asked,
    row.failed,
    percent(alone / row.n),
    `**${percent(both / row.n)}**`,
    row.asked === 0 ? '' : `${percent(low)} - ${percent(high)}`,
  ].join(' | ');
}

/**
 * Prints a table. Opinions are of texts that no training of the opinion's own model is known to have left out: what a public
 * model was trained on may be among them.
 * @param configFile - whose `detect.second` is asked
 */
export async function reportSecond(
  configFile: string,
  scored: readonly FastScored[],
  note: (what: string) => void,
): Promise<void> {
  const inspector = await openInspector(loadConfig(configFile));
  const { second } = inspector;
  if (second === undefined) throw new Error(`${configFile} has no detect.second`);
  try {
    const groups = new Map<string, FastScored[]>();
    for (const each of scored) {
      const group = groups.get(each.group);
      if (group === undefined) groups.set(each.group, [each]);
      else group.push(each);
    }
    const lines: string[] = [];
    for (const [name, group] of [...groups].sort(([a], [b]) => a.localeCompare(b))) {
      const isUncertain = ({ channel, score }: FastScored): boolean => second.isUncertain(channel, score, score);
      const uncertain = group.filter(isUncertain);
      const sure = group.filter((each) => !isUncertain(each) && each.score >= 0.5).length;
      const row: Row = { n: group.length, uncertain: uncertain.length, asked: 0, failed: 0, fast: 0, second: 0, sure };
      const some = thin(uncertain, ASKED_MOST);
      const atOnce = Math.min(AT_ONCE, second.settings.texts);
      for (let from = 0; from < some.length; from += atOnce) {
        const part = some.slice(from, from + atOnce);
        const answers = await second.consult(part);
        answers.forEach((answer, i) => {
          const { score } = part[i]!;
          row.asked++;
          if (answer.status === 'failed') row.failed++;
          if (score >= 0.5) row.fast++;
          if ((answer.status === 'ruled' ? answer.score : score) >= 0.5) row.second++;
        });
      }
      note(`${name}: ${row.asked} of ${row.uncertain} uncertain texts asked about`);
      lines.push(`| ${line(name, row)} |`);
    }
    const [low, high] = second.settings.band;
    process.stdout.write(
      `\n### With a second opinion (${second.kind}) from ${low} to ${high}\n\n| | n | uncertain, % | asked | failed | fast stage, % flagged | with the opinion | 95%, of the asked |\n|---|--:|--:|--:|--:|--:|--:|--:|\n${lines.join('\n')}\n`,
    );
    const { meanMs } = second.counts();
    process.stdout.write(
      `\n${meanMs === null ? 'Nothing was asked.' : `An asking took ${meanMs.toFixed(1)} ms on average.`}\n`,
    );
  } finally {
    await inspector.close();
  }
}
