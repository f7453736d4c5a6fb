// ancile incident bundle, verify, clocks, notice, stix: what an incident is shown by, and what has to be told to whom.
import { readFileSync, writeFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { asAdmin } from '../app/index.ts';
import { AncileError, systemCode } from '../base/index.ts';
import { loadConfig } from '../config/index.ts';
import type { LegalClock } from '../contract/index.ts';
import { verifyBundle } from '../respond/index.ts';
import { action, withConfig, withJson } from './command.ts';
import type { Common } from './containment.ts';
import { paint, print, printJson, showText, table } from './terminal.ts';

/** Never over a file that is there. @throws AncileError `usage` */
function writeNew(file: string, content: string | Buffer): void {
  try {
    writeFileSync(file, content, { flag: 'wx', mode: 0o600 });
  } catch (thrown) {
    throw new AncileError('usage', `${file} cannot be written (${systemCode(thrown) ?? 'unknown'})`, {
      at: '--out',
      hint: 'Name a file that does not exist yet.',
    });
  }
}

function readBytes(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (thrown) {
    throw new AncileError('usage', `${file} cannot be read (${systemCode(thrown) ?? 'unknown'})`, { at: file });
  }
}

function defineBundle(group: Command): void {
  interface Options extends Common {
    readonly out: string;
  }
  withJson(withConfig(group.command('bundle <id>').description('its evidence in one signed archive')))
    .requiredOption('--out <file>', 'the archive (zip) to be made')
    .action(
      action(async (id: string, { config, json, out }: Options) => {
        const made = await asAdmin(loadConfig(config), (admin) => admin.bundleIncident({ id }));
        const { zip, sha256, records, unproven } = made;
        writeNew(out, Buffer.from(zip, 'base64'));
        if (json === true) printJson({ file: out, sha256, records, unproven });
        else {
          print(`${out}: ${records} records with their proofs, SHA-256 ${sha256}`);
          if (unproven > 0) print(paint('red', `${unproven} records could not be proven: see manifest.json`));
          print(`Check it anywhere with: ancile incident verify ${out} --key signing.pub.pem`);
        }
        return unproven > 0 ? 1 : 0;
      }),
    );
}

function defineVerify(group: Command): void {
  withJson(group.command('verify <file>').description('whether a bundle is as it was signed; needs no server'))
    .option('--key <file>', "the node's public key (keys/signing.pub.pem of its data folder)")
    .action(
      action((file: string, { json, key }: Common & { readonly key?: string }) => {
        const given = key === undefined ? undefined : { pem: readBytes(key).toString('utf8'), at: key };
        const report = verifyBundle(readBytes(file), given);
        if (json === true) printJson(report);
        else {
          print(report.ok ? paint('green', 'It holds.') : paint('red', 'It does not hold.'));
          for (const { file: where, message } of report.problems) print(`${paint('red', '✗')} ${showText(where)}: ${showText(message)}`); // prettier-ignore
          for (const statement of report.statements) print(`${showText(statement)}.`);
        }
        return Promise.resolve(report.ok ? 0 : 1);
      }),
    );
}

function timeLeft({ state, leftMs, limit }: LegalClock): string {
  if (leftMs === undefined) return state === 'running' ? limit : '';
  const hours = Math.floor(Math.abs(leftMs) / 3_600_000);
  const minutes = Math.floor((Math.abs(leftMs) % 3_600_000) / 60_000);
  return `${leftMs < 0 ? 'over by ' : ''}${Math.floor(hours / 24)}d ${hours % 24}h ${minutes}m`;
}

function defineClocks(group: Command): void {
  const command = group
    .command('clocks <id>')
    .description('legal deadlines that run, and the questions that start them');
  withJson(withConfig(command)).action(
    action(async (id: string, { config, json }: Common) => {
      const { clocks, questions } = await asAdmin(loadConfig(config), (admin) => admin.getClocks({ id }));
      if (json === true) {
        printJson({ clocks, questions });
        return 0;
      }
      const running = clocks.filter(({ state }) => state !== 'not_needed' && state !== 'unanswered');
      const lines = running.map((clock) => {
        const { regime, state, deadline = '', notice, to } = clock;
        const tint = state === 'overdue' || state === 'done_late' ? 'red' : state === 'done' ? 'green' : 'yellow';
        return [regime, paint(tint, state), deadline, timeLeft(clock), `${notice} to ${to}`];
      });
      if (lines.length > 0) print(table(['notice', 'state', 'deadline', 'left', 'what, to whom'], lines));
      const needed = new Set(clocks.flatMap(({ missing }) => missing));
      const open = questions.filter((each) => needed.has(each.id) || each.understood === false);
      if (open.length > 0) print(`Answer once, with: ancile incident update ${id} --fact QUESTION=yes|no|TIME`);
      for (const each of open) {
        const form = each.kind === 'time' ? 'a time such as 2026-03-01T09:30:00Z' : 'yes or no';
        print(
          `  ${each.id}  ${each.text} (${form}${each.understood === false ? '; the answer is not understood' : ''})`,
        );
      }
      print('No legal advice: whether a deadline applies is for counsel to say, and national law may differ.');
      return 0;
    }),
  );
}

function defineNotice(group: Command): void {
  withJson(
    withConfig(group.command('notice <id> <regime>').description('a draft of a notice: what is known, and blanks')),
  )
    .option('--out <file>', 'write it to a file')
    .action(
      action(async (id: string, regime: string, { config, json, out }: Common & { readonly out?: string }) => {
        const notice = await asAdmin(loadConfig(config), (admin) => admin.draftNotice({ id, regime }));
        if (out !== undefined) writeNew(out, notice.draft);
        if (json === true) printJson(notice);
        else if (out === undefined) print(notice.draft);
        return 0;
      }),
    );
}

function defineStix(group: Command): void {
  interface Options extends Common {
    readonly tlp: 'clear' | 'white' | 'green' | 'amber' | 'red';
    readonly names?: boolean;
    readonly out?: string;
  }
  withConfig(group.command('stix <id>').description('the incident as a STIX 2.1 bundle, for others'))
    .addOption(
      new Option('--tlp <marking>', 'how far it may go')
        .choices(['clear', 'white', 'green', 'amber', 'red'])
        .default('amber'),
    )
    .option('--names', 'also whom it is about: keys, tenants, conversations')
    .option('--out <file>', 'write it to a file')
    .option('--json', 'the bundle is JSON as it is')
    .action(
      action(async (id: string, { config, tlp, names = false, out }: Options) => {
        // Version 2 of TLP calls white clear; STIX 2.1 has the marking under its old name.
        const marking = tlp === 'clear' ? 'white' : tlp;
        const bundle = await asAdmin(loadConfig(config), (admin) => admin.getStix({ id, tlp: marking, names }));
        if (out === undefined) printJson(bundle);
        else writeNew(out, `${JSON.stringify(bundle, undefined, 2)}\n`);
        return 0;
      }),
    );
}

export function defineEvidence(group: Command): void {
  defineBundle(group);
  defineVerify(group);
  defineClocks(group);
  defineNotice(group);
  defineStix(group);
}
