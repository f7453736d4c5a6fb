// ancile monitor: the rules over the record stream, tried on the past; baselines of models.
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import {
  asAdmin,
  bookMonitorRules,
  readRecordLines,
  readRuleSource,
  ruleFilesAt,
  shippedFixtures,
  withLedgerOf,
} from '../app/index.ts';
import { AncileError, type ExitCode } from '../base/index.ts';
import { type LoadedConfig, loadConfig } from '../config/index.ts';
import type { DriftReport, MonitorTrial } from '../contract/index.ts';
import {
  type MonitorFixture,
  type MonitorRule,
  parseFixtures,
  parseMonitorRules,
  runFixture,
  tryRules,
} from '../monitor/index.ts';
import { action, withConfig, withJson } from './command.ts';
import { paint, print, printJson, showText, table, tell } from './terminal.ts';

interface Options {
  readonly config?: string;
  readonly json?: boolean;
}

/** What a terminal's user may wait for. */
const BOUNDS = { records: 50_000_000, ms: 3_600_000 };

function defineRules(group: Command): void {
  withJson(
    withConfig(group.command('rules').description('every rule, its state and what it did since the server started')),
  ).action(
    action(async ({ config, json }: Options) => {
      const { state, rules } = await asAdmin(loadConfig(config), (admin) => admin.getMonitorRules({}));
      if (json === true) {
        printJson({ state, rules });
        return 0;
      }
      const marks = { on: 'on', off: paint('dim', 'off'), tuned: paint('yellow', 'tuned') };
      print(
        table(
          ['rule', 'severity', 'state', 'fired', 'last', 'groups', 'what'],
          rules.map((rule) => [
            rule.id,
            rule.severity,
            marks[rule.state],
            String(rule.fired),
            rule.lastFired ?? '-',
            String(rule.groups),
            showText(rule.title),
          ]),
        ),
      );
      const forgotten = rules.reduce((sum, rule) => sum + rule.forgotten, 0);
      tell(
        `${rules.length} rules; ${state.enabled ? `${state.seen} records seen, ${state.lag} to go` : 'no server watches'}${forgotten === 0 ? '' : `; ${forgotten} groups were forgotten for want of room (monitor.groups)`}`,
      );
      return 0;
    }),
  );
}

function isPath(what: string): boolean {
  return /[/\\]|\.ya?ml$/.test(what);
}

/** The rules that are meant: of a file or folder, by id, or by the beginning of ids that end with a dot. */
function rulesOf(what: string, loaded: LoadedConfig): { rules: MonitorRule[]; fixtures: MonitorFixture[] } {
  if (!isPath(what)) {
    const rules = bookMonitorRules(loaded).flatMap(({ rule }) =>
      what === 'all' || rule.id === what || (what.endsWith('.') && rule.id.startsWith(what)) ? [rule] : [],
    );
    if (rules.length > 0) return { rules, fixtures: shippedFixtures() };
    throw new AncileError('not_found', `there is no monitoring rule "${what}"`, {
      at: 'rule',
      hint: '`ancile monitor rules` lists those there are; `all` means all, and a file is named by its path.',
    });
  }
  const files = ruleFilesAt(resolve(what));
  const rules = files.flatMap((file) => parseMonitorRules(readRuleSource(file).text, file).rules);
  const fixtures = files.flatMap((file) => {
    const beside = file.replace(/(\.ya?ml)$/, '.fixtures$1');
    return statSync(beside, { throwIfNoEntry: false }) === undefined
      ? []
      : parseFixtures(readFileSync(beside, 'utf8'), beside);
  });
  return { rules, fixtures };
}

function testFixtures(rules: readonly MonitorRule[], fixtures: readonly MonitorFixture[], json: boolean): ExitCode {
  const results = rules.flatMap((rule) => {
    const fixture = fixtures.find((each) => each.rule === rule.id);
    return fixture === undefined ? [] : [runFixture(rule, fixture)];
  });
  const without = rules.filter(({ id }) => !results.some(({ rule }) => rule === id)).map(({ id }) => id);
  const failed = results.filter(({ missed, mistaken }) => missed.length + mistaken.length > 0);
  if (json) printJson({ results, without });
  else {
    for (const { rule, missed, mistaken } of failed) {
      for (const i of missed)
        print(`${paint('red', 'failed')}  ${rule}: scenario ${i + 1} of "fires" leads to nothing`);
      for (const i of mistaken) print(`${paint('red', 'failed')}  ${rule}: scenario ${i + 1} of "quiet" is detected`);
    }
    print(`${results.length - failed.length} of ${results.length} rules do what their fixtures say`);
    if (without.length > 0) print(`${paint('yellow', 'without a fixture')}  ${without.join(', ')}`);
  }
  return failed.length > 0 ? 1 : 0;
}

function showTrial(trial: MonitorTrial, json: boolean): ExitCode {
  if (json) printJson(trial);
  else {
    for (const found of trial.detections) {
      const about = Object.entries(found.involved).map(([name, value]) => `${name}=${value}`);
      print(`${found.until}  ${found.severity.padEnd(8)}  ${found.rule}  ${showText(about.join(' '))}`);
      if (found.detail !== undefined) print(`    ${showText(found.detail)}`);
    }
    if (trial.more > 0) print(`... and ${trial.more} more`);
    const span = trial.from === undefined ? '' : ` from ${trial.from} to ${trial.to}`;
    tell(
      `${trial.rules.length} rules, ${trial.records} records${span}: ${trial.detections.length + trial.more} detections`,
    );
    if (!trial.complete) tell('The bound on work was reached: not all records were gone through.');
  }
  return trial.detections.length > 0 ? 1 : 0;
}

function defineTest(group: Command): void {
  interface TestOptions extends Options {
    readonly records?: string;
    readonly ledger?: string;
  }
  withJson(
    withConfig(
      group
        .command('test')
        .description(
          'run rules: on the fixtures beside them, or on past records; exit code 1 where something fails, or is detected',
        ),
    ),
  )
    .argument('<rule>', 'id of a rule, `group.` for all of a group, `all`, or a file or folder with rules')
    .option('--records <file>', 'records, JSON, one a line')
    .option('--ledger <dataDir>', 'the records of a data folder that no server has open')
    .action(
      action(async (what: string, options: TestOptions) => {
        const { rules, fixtures } = rulesOf(what, loadConfig(options.config));
        const json = options.json === true;
        if (options.records !== undefined && options.ledger !== undefined) {
          throw new AncileError('usage', '--records and --ledger: only one of both');
        }
        if (options.records !== undefined) {
          return showTrial(await tryRules(rules, readRecordLines(resolve(options.records)), BOUNDS), json);
        }
        if (options.ledger === undefined) return testFixtures(rules, fixtures, json);
        const trial = await withLedgerOf(resolve(options.ledger), (ledger) => tryRules(rules, ledger.read(), BOUNDS));
        return showTrial(trial, json);
      }),
    );
}

function showDrift(models: readonly DriftReport[]): void {
  if (models.length === 0) print('No model was seen yet.');
  for (const { model, seen, sample, baseline, sides } of models) {
    const pinned =
      baseline === undefined
        ? 'no baseline'
        : `baseline of ${baseline.size} exchanges, pinned ${baseline.pinned} by ${showText(baseline.actor)}`;
    print(`${paint('bold', showText(model))}  ${seen} exchanges remembered, compared ${sample} at a time; ${pinned}`);
    for (const { side, features } of sides) {
      for (const { name, psi, ks, js, chance } of features) {
        print(
          `  ${side.padEnd(6)}  ${name.padEnd(20)}  psi ${psi.toFixed(3)}  ks ${ks.toFixed(3)}  js ${js.toFixed(3)}  by chance ${chance.toExponential(1)}`,
        );
      }
    }
  }
}

function defineBaseline(group: Command): void {
  const answer = ({ models }: { models: DriftReport[] }, json: boolean | undefined): ExitCode => {
    if (json === true) printJson({ models });
    else showDrift(models);
    return 0;
  };
  withJson(withConfig(group.command('drift').description('how far each model is from its pinned baseline'))).action(
    action(async ({ config, json }: Options) =>
      answer(await asAdmin(loadConfig(config), (admin) => admin.getDrift({})), json),
    ),
  );
  const baseline = group.command('baseline').description('what the traffic of models is held against');
  withJson(withConfig(baseline.command('pin').description('pin what was seen of a model lately as its baseline')))
    .argument('<model>', 'as callers name it')
    .action(
      action(async (model: string, { config, json }: Options) =>
        answer(await asAdmin(loadConfig(config), (admin) => admin.pinBaseline({ model })), json),
      ),
    );
  withJson(withConfig(baseline.command('unpin').description('hold a model against no baseline any more')))
    .argument('<model>', 'as callers name it')
    .action(
      action(async (model: string, { config, json }: Options) =>
        answer(await asAdmin(loadConfig(config), (admin) => admin.unpinBaseline({ model })), json),
      ),
    );
}

export function defineMonitor(program: Command): void {
  const group = program.command('monitor').description('rules over the record stream, and drift');
  defineRules(group);
  defineTest(group);
  defineBaseline(group);
}
