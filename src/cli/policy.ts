// ancile policy: is a policy set right, does it do what its cases say, and take it into use.
import type { Command } from 'commander';
import { asAdmin, policySetFolder } from '../app/index.ts';
import { loadConfig } from '../config/index.ts';
import { type PolicyCheckReport, type PolicyTestReport, checkPolicySet, testPolicySet } from '../policy/index.ts';
import { action, withConfig, withJson } from './command.ts';
import { paint, print, printJson, showText, table } from './terminal.ts';

interface Options {
  readonly config?: string;
  readonly json?: boolean;
}

/** The set that is named, else the configured one, else the shipped default. */
function folderOf(set: string | undefined, { config }: Options): string {
  if (set !== undefined) return policySetFolder(set, process.cwd());
  const loaded = loadConfig(config);
  return policySetFolder(loaded.config.policy.set, loaded.dir);
}

function printCheck(report: PolicyCheckReport, folder: string): void {
  for (const problem of report.problems) print(`${paint('red', 'wrong')}  ${showText(problemLine(problem))}`);
  const { summary } = report;
  if (summary === undefined) return;
  print(`${report.ok ? paint('green', 'ok') : paint('red', 'wrong')}  ${summary.name} ${summary.version}  (${folder})`);
  print('');
  print(
    table(
      ['policy', 'action', 'asks', 'reason'],
      summary.policies.map((p) => [p.id, p.action, p.asks.join(' '), p.reason]),
    ),
  );
  print('');
  const faults = Object.entries(summary.onFault).map(([stage, choice]) => `${stage}: ${choice}`);
  print(`When a stage fails: ${faults.join(', ')}`);
}

function problemLine(problem: PolicyCheckReport['problems'][number]): string {
  const { message, hint } = problem;
  const place = 'at' in problem && typeof problem.at === 'string' ? `${problem.at}: ` : '';
  return `${place}${message}${hint === undefined ? '' : `  ${hint}`}`;
}

function printTest(report: PolicyTestReport): void {
  for (const { name, ok, expected, actual } of report.cases) {
    if (ok) continue;
    print(`${paint('red', 'failed')}  ${name}`);
    print(
      `        expected ${expected.action}${expected.policies === undefined ? '' : ` by ${expected.policies.join(', ')}`}`,
    );
    print(
      `        got      ${actual.action} by ${actual.policies.join(', ') || 'no policy'} ${actual.faults.join('; ')}`,
    );
  }
  const passed = report.cases.filter((each) => each.ok).length;
  print(`${passed} of ${report.cases.length} cases passed`);
  if (report.untested.length > 0) print(`${paint('yellow', 'untested')}  ${report.untested.join(', ')}`);
}

export function definePolicy(program: Command): void {
  const group = program.command('policy').description('policies: check, test, reload');
  withJson(withConfig(group.command('check').description('check a policy set and show what it does')))
    .argument('[set]', 'folder of a policy set, or default, observe, strict (default: the configured one)')
    .action(
      action(async (set: string | undefined, options: Options) => {
        const folder = folderOf(set, options);
        const report = checkPolicySet(folder);
        if (options.json === true) printJson(report);
        else printCheck(report, folder);
        return report.ok ? 0 : 1;
      }),
    );
  withJson(withConfig(group.command('test').description('run the cases of a policy set')))
    .argument('[set]', 'folder of a policy set, or default, observe, strict (default: the configured one)')
    .action(
      action(async (set: string | undefined, options: Options) => {
        const report = testPolicySet(folderOf(set, options));
        if (options.json === true) printJson(report);
        else printTest(report);
        return report.ok ? 0 : 1;
      }),
    );
  withJson(withConfig(group.command('reload').description('make the running server load its policies again'))).action(
    action(async ({ config, json }: Options) => {
      const result = await asAdmin(loadConfig(config), (service) => service.reloadPolicies());
      if (json === true) printJson(result);
      else print(result.changed ? `In force now: ${result.version}` : 'Nothing has changed.');
      return 0;
    }),
  );
}
