// ancile incident playbook: what can be done about an incident in order, looked at, tried dry, run, and answered by a person.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { asAdmin, readPlaybookFile } from '../app/index.ts';
import { loadConfig } from '../config/index.ts';
import type { PlaybookRun, PlaybookSummary } from '../contract/index.ts';
import { action, withConfig, withJson } from './command.ts';
import type { Common } from './containment.ts';
import { paint, print, printJson, showText, table, tell } from './terminal.ts';

function printSummary({ playbook, name, description, steps, variables, notes, digest }: PlaybookSummary): void {
  print(`${paint('bold', showText(name))}  ${showText(playbook)}, ${steps} steps, SHA-256 ${digest}`);
  if (description !== '') print(showText(description));
  for (const variable of variables) {
    const must = variable.needed ? ' (has to be said)' : '';
    print(`  ${showText(variable.name)}${must}  ${showText(variable.description)}`);
  }
  for (const note of notes) print(`${paint('yellow', 'note')} ${showText(note)}`);
}

const TINT = {
  running: 'yellow',
  waiting: 'yellow',
  done: 'green',
  planned: 'dim',
  failed: 'red',
  refused: 'red',
} as const;

function printRun({ run, name, incident, state, steps, notes, actor }: PlaybookRun): void {
  print(
    `${paint(TINT[state], state)}  ${paint('bold', showText(name))}  ${run} for ${incident}, begun by ${showText(actor)}`,
  );
  for (const note of notes) print(`${paint('yellow', 'note')} ${showText(note)}`);
  for (const step of steps) {
    print(`  ${paint(TINT[step.state], step.state)}  ${showText(step.name)}${step.by === undefined ? '' : `, ${showText(step.by)}`}`); // prettier-ignore
    for (const sentence of step.said) print(`      ${showText(sentence)}`);
  }
  if (state === 'waiting') print(`Answer with: ancile incident playbook answer ${run} yes --as NAME`);
}

function show(json: boolean | undefined, run: PlaybookRun): 0 | 1 {
  if (json === true) printJson(run);
  else printRun(run);
  return run.state === 'failed' || run.state === 'refused' ? 1 : 0;
}

function parseSet(text: string, before: Record<string, string> = {}): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('expected NAME=VALUE');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

export function definePlaybook(parent: Command): void {
  const group = parent.command('playbook').description('what can be done about an incident, step by step');
  withJson(withConfig(group.command('list').description('playbooks there are'))).action(
    action(async ({ config, json }: Common) => {
      const { playbooks } = await asAdmin(loadConfig(config), (admin) => admin.listPlaybooks({}));
      if (json === true) printJson({ playbooks });
      else {
        const lines = playbooks.map(({ playbook, name, steps, shipped, variables }) => {
          const needed = variables.filter((each) => each.needed).map((each) => each.name);
          return [showText(playbook), String(steps), shipped ? 'shipped' : 'own', needed.join(' '), showText(name)];
        });
        print(table(['playbook', 'steps', 'whose', 'has to be said', 'name'], lines));
      }
      return 0;
    }),
  );
  withJson(group.command('check <file>').description('whether a file is a playbook that can be run')).action(
    action((file: string, { json }: Common) => {
      const { summary } = readPlaybookFile(file);
      if (json === true) printJson(summary);
      else printSummary(summary);
      return Promise.resolve(0);
    }),
  );
  interface RunOptions extends Common {
    readonly incident: string;
    readonly set?: Record<string, string>;
    readonly dryRun?: boolean;
    readonly again?: boolean;
  }
  withJson(withConfig(group.command('run <playbook>').description('run one, or go on with a run that is not over')))
    .requiredOption('--incident <id>', 'what it is for')
    .option('--set <name=value>', 'a variable of the playbook; repeatable', parseSet)
    .option('--dry-run', 'say what it would do and whom it would hit, and do nothing')
    .option('--again', 'begin anew although a run of the same is over')
    .action(
      action(
        async (playbook: string, { config, json, incident, set = {}, dryRun = false, again = false }: RunOptions) => {
          const request = { id: incident, playbook, variables: set, dryRun, again };
          return show(json, await asAdmin(loadConfig(config), (admin) => admin.runPlaybook(request)));
        },
      ),
    );
  withJson(withConfig(group.command('runs <incident>').description('what playbooks did about an incident'))).action(
    action(async (id: string, { config, json }: Common) => {
      const { runs } = await asAdmin(loadConfig(config), (admin) => admin.listPlaybookRuns({ id }));
      if (json === true) printJson({ runs });
      else if (runs.length === 0) tell('No playbook was run.');
      else runs.forEach(printRun);
      return 0;
    }),
  );
  interface AnswerOptions extends Common {
    readonly as: string;
    readonly step?: string;
    readonly note?: string;
  }
  const answer = group.command('answer <run>').description('the yes or no of a person that a run waits for');
  withJson(withConfig(answer))
    .addArgument(answer.createArgument('<verdict>', 'what the person says').choices(['yes', 'no']))
    .requiredOption('--as <name>', 'whose answer it is')
    .addOption(new Option('--step <id>', 'which step, where several wait'))
    .option('--note <text>', 'why')
    .action(
      action(async (run: string, said: 'yes' | 'no', { config, json, as: person, step, note }: AnswerOptions) => {
        const verdict = said === 'yes' ? 'approve' : 'deny';
        const request = { run, verdict, person, ...(step && { step }), ...(note && { note }) } as const;
        return show(json, await asAdmin(loadConfig(config), (admin) => admin.answerPlaybook(request)));
      }),
    );
}
