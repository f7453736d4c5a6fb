// ancile approval: what policy holds for a person, and the yes or no to it.
import { type Command, Option } from 'commander';
import { asAdmin } from '../app/index.ts';
import { loadConfig } from '../config/index.ts';
import { type Approval, ApprovalState, type HeldText } from '../contract/index.ts';
import { action, withConfig, withJson } from './command.ts';
import { paint, print, printJson, showText, table } from './terminal.ts';

interface Common {
  readonly config?: string;
  readonly json?: boolean;
}

export function printApproval(approval: Approval, texts: readonly HeldText[]): void {
  const { exchange, decided } = approval;
  const who = `${showText(exchange.principal.name)} (${exchange.principal.id})`;
  print(`${paint('bold', approval.id)}  ${approval.state}, expires ${approval.expires}`);
  print(`  by        ${who}`);
  print(`  what      ${approval.direction} of ${exchange.id}, model ${showText(exchange.model)}`);
  for (const { id, reason } of approval.policies) print(`  held by   ${showText(`${id}: ${reason}`)}`);
  for (const { rule, severity, evidence } of approval.findings) {
    print(`  found     ${severity} ${rule} ${showText(evidence)}`);
  }
  if (decided !== undefined) {
    const note = decided.note === undefined ? '' : `: ${showText(decided.note)}`;
    print(`  decided   ${decided.time} by ${showText(decided.actor)}${note}`);
  }
  for (const { path, channel, text, cut } of texts) {
    print('');
    print(paint('dim', `${channel} ${showText(path)}`));
    // A line of the text stays a line; everything else in it that steers a terminal is shown instead.
    for (const line of text.split('\n')) print(`  ${showText(line)}`);
    if (cut === true) print(paint('yellow', '  It goes on: the rest is not shown, and a yes is to all of it.'));
  }
}

function defineList(group: Command): void {
  interface Options extends Common {
    readonly state: ApprovalState | 'any';
    readonly limit: number;
  }
  withJson(withConfig(group.command('list').description('what is held, newest first')))
    .addOption(
      new Option('--state <state>', 'only those').choices([...ApprovalState.options, 'any']).default('pending'),
    )
    .option('--limit <n>', 'at most so many, up to 1000', (text) => Number(text), 50)
    .action(
      action(async ({ config, json, state, limit }: Options) => {
        const query = { limit, ...(state === 'any' ? {} : { state }) };
        const { approvals } = await asAdmin(loadConfig(config), (admin) => admin.listApprovals(query));
        if (json === true) printJson({ approvals });
        else if (approvals.length === 0) print(state === 'pending' ? 'Nothing waits for a yes or no.' : 'None.');
        else {
          const rows = approvals.map(({ id, state: now, direction, exchange, policies, expires }) =>
            [id, now, direction, exchange.principal.name, policies.map((each) => each.id).join(' '), expires].map(
              showText,
            ),
          );
          print(table(['id', 'state', 'what', 'by', 'held by', 'expires'], rows));
        }
        return 0;
      }),
    );
}

function defineVerdict(group: Command, verdict: 'approve' | 'deny', description: string): void {
  withJson(withConfig(group.command(verdict).description(description)))
    .argument('<id>', 'the approval’s id, from `ancile approval list`')
    .option('--note <text>', 'why, for the record')
    .action(
      action(async (id: string, { config, json, note }: Common & { readonly note?: string }) => {
        const answer = { id, verdict, ...(note === undefined ? {} : { note }) };
        const approval = await asAdmin(loadConfig(config), (admin) => admin.decideApproval(answer));
        if (json === true) printJson(approval);
        else print(`${approval.id} is ${approval.state}.`);
        return 0;
      }),
    );
}

export function defineApproval(program: Command): void {
  const group = program.command('approval').description('held things: list, show, approve, deny');
  defineList(group);
  withJson(withConfig(group.command('show').description('a held thing and its texts; that they were read is a record')))
    .argument('<id>', 'the approval’s id, from `ancile approval list`')
    .action(
      action(async (id: string, { config, json }: Common) => {
        const { approval, texts } = await asAdmin(loadConfig(config), (admin) => admin.readApproval({ id }));
        if (json === true) printJson({ approval, texts });
        else printApproval(approval, texts);
        return 0;
      }),
    );
  defineVerdict(group, 'approve', 'yes: what is held passes, once');
  defineVerdict(group, 'deny', 'no: what is held is denied');
}
