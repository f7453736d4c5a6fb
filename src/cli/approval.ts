// ancile approval: what policy holds for a person, and the yes or no to it.
import { type Command, Option } from 'commander';
import { AncileError } from '../base/index.ts';
import { asAdmin } from '../app/index.ts';
import { loadConfig } from '../config/index.ts';
import { type Approval, ApprovalState, type HeldText, type ToolGrant } from '../contract/index.ts';
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
  for (const [name, { origin }] of Object.entries(approval.call?.arguments ?? {})) {
    print(`  argument  ${showText(`${name}: ${origin}`)}`);
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

const DURATIONS: Readonly<Record<string, number>> = { m: 1, h: 60, d: 1440 };

/** @throws AncileError `usage` */
function toMinutes(text: string): number {
  const match = /^(\d{1,5})([mhd])$/.exec(text);
  if (match === null) throw new AncileError('usage', '--expires: expected such as 30m, 8h or 2d', { at: 'expires' });
  return Number(match[1]) * DURATIONS[match[2]!]!;
}

function grantRow({ id, capability, principal, session, arguments: args, used, uses, expires }: ToolGrant): string[] {
  const any = Object.keys(args).filter((name) => args[name]!.digest === undefined);
  const whose = session === undefined ? principal.name : `${principal.name}, one session`;
  return [id, capability, whose, any.join(' ') || '-', `${used} of ${uses}`, expires].map(showText);
}

function defineGrant(group: Command): void {
  interface Options extends Common {
    readonly for: 'session' | 'key';
    readonly any: string[];
    readonly expires: string;
    readonly uses: number;
    readonly note?: string;
  }
  const about = 'yes to a held tool call and to calls like it: the same arguments, but for those of --any';
  withJson(withConfig(group.command('grant').description(about)))
    .argument('<id>', 'the approval’s id, from `ancile approval list`')
    .addOption(new Option('--for <scope>', 'whose calls').choices(['session', 'key']).default('session'))
    .option('--any <names...>', 'arguments that may have any value of the same origin', [])
    .option('--expires <time>', 'for so long: 30m, 8h, 2d', '8h')
    .option('--uses <n>', 'for so many calls', (text) => Number(text), 20)
    .option('--note <text>', 'why, for the record')
    .action(
      action(async (id: string, { config, json, for: scope, any, expires, uses, note }: Options) => {
        const terms = { for: scope, any, minutes: toMinutes(expires), uses };
        const given = { id, terms, ...(note === undefined ? {} : { note }) };
        const answer = await asAdmin(loadConfig(config), (admin) => admin.grantApproval(given));
        if (json === true) printJson(answer);
        else {
          print(`${answer.approval.id} is ${answer.approval.state}, and ${answer.grant.id} lets calls like it pass.`);
          print(`Take it back with: ancile approval revoke ${answer.grant.id}`);
        }
        return 0;
      }),
    );
  withJson(withConfig(group.command('grants').description('grants in force, newest first')))
    .option('--all', 'those that have ended as well')
    .action(
      action(async ({ config, json, all }: Common & { readonly all?: boolean }) => {
        const query = all === true ? ({ all: 'true' } as const) : {};
        const { grants } = await asAdmin(loadConfig(config), (admin) => admin.listGrants(query));
        if (json === true) printJson({ grants });
        else if (grants.length === 0) print('None.');
        else print(table(['id', 'tool', 'whose calls', 'any value of', 'used', 'expires'], grants.map(grantRow)));
        return 0;
      }),
    );
  withJson(withConfig(group.command('revoke').description('takes a grant back')))
    .argument('<id>', 'the grant’s id, from `ancile approval grants`')
    .option('--note <text>', 'why, for the record')
    .action(
      action(async (id: string, { config, json, note }: Common & { readonly note?: string }) => {
        const given = { id, ...(note === undefined ? {} : { note }) };
        const grant = await asAdmin(loadConfig(config), (admin) => admin.revokeGrant(given));
        if (json === true) printJson(grant);
        else print(`${grant.id} is revoked; it was used ${grant.used} times.`);
        return 0;
      }),
    );
}

export function defineApproval(program: Command): void {
  const group = program.command('approval').description('held things: list, show, approve, deny; grants');
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
  defineGrant(group);
}
