#!/usr/bin/env node
// The command line: one file a command; the only room that prints.
import { Command, CommanderError } from 'commander';
import { setFlagsFromString } from 'node:v8';
import { AncileError } from '../base/index.ts';
import { VERSION } from '../config/index.ts';
import { tellError } from './command.ts';

// A pattern that backtracks too much goes on in V8's linear engine: bounded work for users' own rules (invariant 6).
setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks');

const options = process.argv.slice(2);
const wantsJson = (options.includes('--') ? options.slice(0, options.indexOf('--')) : options).includes('--json');

const program = new Command('ancile')
  .description('AI security: a guarded gateway, a library and a command line on one tamper-evident ledger')
  .version(VERSION)
  .exitOverride()
  // An option behind a command is the command's: `bom --version` is that of a model.
  .enablePositionalOptions()
  .showHelpAfterError('(--help shows what there is)');
// What was asked for as JSON is told as JSON, below.
if (wantsJson) program.configureOutput({ writeErr: () => undefined });
/** Each loads what it needs only: a scan starts in half the time without the gateway. */
const COMMANDS: Readonly<Record<string, () => Promise<(program: Command) => void>>> = {
  serve: async () => (await import('./serve.ts')).defineServe,
  demo: async () => (await import('./demo.ts')).defineDemo,
  inspect: async () => (await import('./inspect.ts')).defineInspect,
  calibrate: async () => (await import('./calibrate.ts')).defineCalibrate,
  scan: async () => (await import('./scan.ts')).defineScan,
  sign: async () => (await import('./sign.ts')).defineSign,
  verify: async () => (await import('./verify.ts')).defineVerify,
  attest: async () => (await import('./attest.ts')).defineAttest,
  flow: async () => (await import('./flow.ts')).defineFlow,
  lab: async () => (await import('./lab.ts')).defineLab,
  bom: async () => (await import('./bom.ts')).defineBom,
  config: async () => (await import('./config.ts')).defineConfig,
  policy: async () => (await import('./policy.ts')).definePolicy,
  key: async () => (await import('./key.ts')).defineKey,
  model: async () => (await import('./model.ts')).defineModel,
  mcp: async () => (await import('./mcp.ts')).defineMcp,
  import: async () => (await import('./import.ts')).defineImport,
  node: async () => (await import('./node.ts')).defineNode,
  export: async () => (await import('./export.ts')).defineExport,
  pull: async () => (await import('./pull.ts')).definePull,
  user: async () => (await import('./user.ts')).defineUser,
  approval: async () => (await import('./approval.ts')).defineApproval,
  incident: async () => (await import('./incident.ts')).defineIncident,
  freeze: async () => (await import('./freeze.ts')).defineFreeze,
  unfreeze: async () => (await import('./unfreeze.ts')).defineUnfreeze,
  feedback: async () => (await import('./feedback.ts')).defineFeedback,
  monitor: async () => (await import('./monitor.ts')).defineMonitor,
  ledger: async () => (await import('./ledger.ts')).defineLedger,
  backup: async () => (await import('./backup.ts')).defineBackup,
  restore: async () => (await import('./restore.ts')).defineRestore,
};
const [asked = ''] = options;
// Help and what is no command are told with all of them.
const all = ['--version', '-V'].includes(asked) ? [] : Object.keys(COMMANDS);
for (const name of Object.hasOwn(COMMANDS, asked) ? [asked] : all) (await COMMANDS[name]!())(program);
const overrideExit = (command: Command): void => {
  command.exitOverride();
  command.commands.forEach(overrideExit);
};
program.commands.forEach(overrideExit);

try {
  await program.parseAsync();
} catch (thrown) {
  // Commander has said what is wrong; help and version end here too, with its own code 0.
  if (!(thrown instanceof CommanderError)) throw thrown;
  process.exitCode = thrown.exitCode === 0 ? 0 : 2;
  if (wantsJson && thrown.exitCode !== 0) {
    const said = thrown.message === '(outputHelp)' ? 'expected a command' : thrown.message.replace(/^error: /, '');
    tellError(new AncileError('usage', said, { hint: '--help shows what there is.' }), true);
  }
}
