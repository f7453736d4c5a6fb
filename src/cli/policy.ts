// ancile policy: is a policy set right, does it do what its cases say, and take it into use.
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { asAdmin, policySetFolder } from '../app/index.ts';
import { AncileError } from '../base/index.ts';
import { loadConfig } from '../config/index.ts';
import {
  type PolicyCheckReport,
  type PolicyTestReport,
  SHIPPED_POLICY_SETS,
  checkPolicySet,
  exportPolicySet,
  testPolicySet,
} from '../policy/index.ts';
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
  for (const problem of report.problems) {
    const mark = problem.severity === 'error' ? paint('red', 'wrong') : paint('yellow', 'warning');
    print(`${mark}  ${showText(problemLine(problem))}`);
  }
  const { summary } = report;
  if (summary === undefined) return;
  print(`${report.ok ? paint('green', 'ok') : paint('red', 'wrong')}  ${summary.name} ${summary.version}  (${folder})`);
  print('');
  print(
    table(
      ['policy', 'action', 'asks', 'reason'],
      summary.policies.map((p) => [p.id, p.reask ? `${p.action}, re-ask` : p.action, p.asks.join(' '), p.reason]),
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

const again = (reask: boolean | undefined): string => (reask === true ? ' (asked once more first)' : '');

function printTest(report: PolicyTestReport): void {
  for (const { name, ok, expected, actual } of report.cases) {
    if (ok) continue;
    print(`${paint('red', 'failed')}  ${name}`);
    print(
      `        expected ${expected.action}${again(expected.reask)}${expected.policies === undefined ? '' : ` by ${expected.policies.join(', ')}`}`,
    );
    print(
      `        got      ${actual.action}${again(actual.reask)} by ${actual.policies.join(', ') || 'no policy'} ${actual.faults.join('; ')}`,
    );
  }
  const passed = report.cases.filter((each) => each.ok).length;
  print(`${passed} of ${report.cases.length} cases passed`);
  if (report.untested.length > 0) print(`${paint('yellow', 'untested')}  ${report.untested.join(', ')}`);
}

export function definePolicy(program: Command): void {
  const group = program.command('policy').description('policies: check, test, export, reload');
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
  withJson(group.command('export').description('copy a shipped policy set into a new folder, to make your own of it'))
    .argument('<set>', SHIPPED_POLICY_SETS.join(', '))
    .argument('<folder>', 'a folder that is new or empty')
    .action(
      action(async (set: string, folder: string, { json }: Options) => {
        const name = SHIPPED_POLICY_SETS.find((each) => each === set);
        if (name === undefined) {
          const hint = `It is one of: ${SHIPPED_POLICY_SETS.join(', ')}.`;
          throw new AncileError('usage', 'there is no shipped policy set of this name', { at: 'set', hint });
        }
        const files = exportPolicySet(name, resolve(folder));
        if (json === true) printJson({ set: name, folder: resolve(folder), files });
        else {
          print(`Copied ${files.length} files of ${name} to ${resolve(folder)}`);
          print(`Change them, then: ancile policy test ${folder}, and name the folder as policy.set.`);
        }
        return 0;
      }),
    );
  withJson(withConfig(group.command('reload').description('make the running server load its policies again'))).action(
    action(async ({ config, json }: Options) => {
      const result = await asAdmin(loadConfig(config), (admin) => admin.reloadPolicies({}));
      if (json === true) printJson(result);
      else print(result.changed ? `In force now: ${result.version}` : 'Nothing has changed.');
      return 0;
    }),
  );
}
