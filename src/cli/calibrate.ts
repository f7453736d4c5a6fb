// ancile calibrate: thresholds of the trained classifier from one's own harmless traffic, to a budget of false positives.
import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  type CalibrationReport,
  type Counted,
  type GroupReport,
  THRESHOLD_GROUPS,
  type ThresholdGroup,
  calibrate,
} from '../app/index.ts';
import { AncileError, type ExitCode } from '../base/index.ts';
import { type LoadedConfig, editConfigFile, loadConfig } from '../config/index.ts';
import { Channel } from '../contract/index.ts';
import { wilson } from '../stats/index.ts';
import { action, withConfig, withJson } from './command.ts';
import { paint, print, printJson, showText, tell } from './terminal.ts';

const TITLES: Readonly<Record<ThresholdGroup, string>> = {
  direct: 'attacks in what a user says',
  indirect: 'attacks in tool results, documents, tool descriptions and metadata',
  harmful: 'harmful requests in what a user says',
};

const PROGRESS_EVERY_MS = 200;

function parseShare(text: string): number {
  const share = Number(text);
  // Below it the sample that is needed is beyond what anybody has.
  if (!(share >= 0.00001 && share <= 0.5)) throw new InvalidArgumentError('expected a share from 0.00001 to 0.5');
  return share;
}

function parseGroup(text: string, before: readonly ThresholdGroup[] = []): ThresholdGroup[] {
  const group = THRESHOLD_GROUPS.find((each) => each === text);
  if (group === undefined) throw new InvalidArgumentError(`expected one of ${THRESHOLD_GROUPS.join(', ')}`);
  return [...new Set([...before, group])];
}

const percent = (share: number): string => `${Number((share * 100).toPrecision(3))}%`;
const said = ({ count, of, share, low, high }: Counted): string =>
  `${count} of ${of} (${percent(share)}; 95%: ${percent(low)} to ${percent(high)})`;

function yamlOf({ thresholds }: CalibrationReport): string {
  const fields = THRESHOLD_GROUPS.flatMap((group) => {
    const value = thresholds[group];
    return value === undefined ? [] : [`${group}: ${value}`];
  });
  return `detect:\n  thresholds: { ${fields.join(', ')} }`;
}

function printGroup(report: GroupReport, fpr: number, show: boolean): void {
  const { group, outcome, benign, needed, inForce, byRules, threshold, falsePositives, recall, top } = report;
  print(`${paint('bold', group)}  ${TITLES[group]}`);
  const row = (name: string, text: string): void => print(`  ${name.padEnd(16)} ${text}`);
  if (outcome === 'chosen') row('threshold', `${paint('green', String(threshold))} (in force: ${inForce.threshold})`);
  if (outcome === 'too_few') {
    const more = needed - benign;
    row('threshold', paint('yellow', `not set: ${benign} harmless texts are too few, ${more} more are needed`));
    row('', `had none of them fired, the true share could be ${percent(wilson(0, benign).high)}`);
  }
  if (outcome === 'out_of_reach') {
    const rulesAlone = byRules.texts / benign > fpr;
    const why = rulesAlone
      ? 'rules alone fire on more than the budget'
      : 'the highest there is fires on more than the budget';
    row('threshold', paint('yellow', `not set: ${why}`));
  }
  if (falsePositives !== undefined) row('false positives', said(falsePositives));
  row('as it is now', `${said(inForce)} at ${inForce.threshold}`);
  if (byRules.texts > 0) {
    row('by rules alone', `${byRules.texts} of ${benign}, at every threshold`);
    for (const { rule, texts } of byRules.rules) row('', `${showText(rule)}  ${texts}`);
  }
  if (recall !== undefined) row('attacks found', said(recall));
  if (top.length > 0)
    row('firing still', show ? '' : `lines ${top.map(({ line }) => line).join(', ')} (--show has the texts)`);
  if (show) {
    for (const { line, upTo, excerpt } of top) {
      print(
        `    ${paint('dim', `line ${line}, ${upTo === null ? 'by rules' : `up to ${upTo}`}:`)} ${showText(excerpt)}`,
      );
    }
  }
  print('');
}

function printReport(report: CalibrationReport, show: boolean, written: string | undefined): void {
  const { fpr, texts, groups, ok } = report;
  const left = [
    [texts.repeated, 'said before'],
    [texts.withoutText, 'without a text'],
    [texts.notAsked, 'of channels that the classifier is not asked about'],
  ] as const;
  const leftOut = left.flatMap(([count, what]) => (count === 0 ? [] : [`${count} ${what}`]));
  const attacks = texts.attack === 0 ? '' : `, ${texts.attack} attacks`;
  print(`${texts.benign} harmless texts${attacks}${leftOut.length === 0 ? '' : `; left out: ${leftOut.join(', ')}`}`);
  print(`At most ${percent(fpr)} of the harmless texts may fire.`);
  print('');
  for (const group of groups) printGroup(group, fpr, show);
  if (written !== undefined) {
    print(`${paint('green', 'Written')} to ${showText(written)}. A running server takes it: npx ancile config reload`);
    return;
  }
  if (groups.some(({ outcome }) => outcome === 'chosen')) {
    print('For the configuration:');
    print('');
    print(yamlOf(report));
  }
  if (!ok)
    tell(
      `${paint('yellow', 'Not every threshold could be set', process.stderr)}; --group names those that are wanted.`,
    );
}

/** A report on what is being done, on a terminal only. */
function createProgress(): { note(judged: number): void; end(): void } {
  const { stderr } = process;
  let last = Date.now();
  let shown = false;
  return {
    note(judged) {
      if (!stderr.isTTY || Date.now() - last < PROGRESS_EVERY_MS) return;
      last = Date.now();
      shown = true;
      stderr.write(`\r${judged} texts`);
    },
    end() {
      if (shown) stderr.write('\r\u001b[K');
    },
  };
}

function fileToWrite({ file }: LoadedConfig): string {
  if (file !== undefined) return file;
  throw new AncileError('usage', 'there is no configuration file to write to', {
    at: '--write',
    hint: 'Name one with --config, or leave out --write and put the lines in yourself.',
  });
}

/** All that was asked for, or nothing: half of it would look like all. */
function write(file: string, { ok, thresholds }: CalibrationReport): string | undefined {
  if (!ok) return undefined;
  const changes = Object.entries(thresholds).map(([group, value]) => ({
    path: ['detect', 'thresholds', group],
    value,
  }));
  editConfigFile(file, changes);
  return file;
}

export function defineCalibrate(program: Command): void {
  interface Options {
    readonly config?: string;
    readonly json?: boolean;
    readonly benign: string;
    readonly fpr: number;
    readonly channel: Channel;
    readonly group?: ThresholdGroup[];
    readonly lines?: boolean;
    readonly show?: boolean;
    readonly write?: boolean;
  }
  const description = 'find thresholds from your own harmless traffic, to a budget of false positives';
  withJson(withConfig(program.command('calibrate').description(description)))
    .requiredOption('--benign <file>', 'the sample: a line {"text","channel"?,"label"?} each; - is standard input')
    .option('--fpr <share>', 'share of the harmless texts that may fire', parseShare, 0.01)
    .addOption(
      new Option('--channel <channel>', 'how a text came that does not say').choices(Channel.options).default('user'),
    )
    .option('--group <group>', 'only this threshold: direct, indirect, harmful; repeatable', parseGroup)
    .option('--lines', 'each line is a text, not JSON')
    .option('--show', 'show the beginnings of the texts that still fire')
    .option('--write', 'put the thresholds into the configuration file')
    .action(
      action(async (options: Options): Promise<ExitCode> => {
        const { config, json, benign, fpr, channel, group, lines = false, show = false } = options;
        const loaded = loadConfig(config);
        const target = options.write === true ? fileToWrite(loaded) : undefined;
        const progress = createProgress();
        const sample = { file: benign, channel, plain: lines };
        const wanted = { fpr, groups: group ?? THRESHOLD_GROUPS, progress: (judged: number) => progress.note(judged) };
        const report = await calibrate(loaded, { ...sample, ...wanted }).finally(() => progress.end());
        const written = target === undefined ? undefined : write(target, report);
        if (json === true) {
          const groups = report.groups.map(({ top, ...rest }) => ({
            ...rest,
            top: top.map(({ excerpt, ...place }) => (show ? { ...place, excerpt } : place)),
          }));
          printJson({ ...report, groups, written: written ?? null });
        } else printReport(report, show, written);
        return report.ok ? 0 : 1;
      }),
    );
}
