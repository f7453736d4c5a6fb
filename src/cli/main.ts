#!/usr/bin/env node
// The command line: one file a command; the only room that prints.
import { Command, CommanderError } from 'commander';
import { setFlagsFromString } from 'node:v8';
import { VERSION } from '../app/index.ts';
import { AncileError } from '../base/index.ts';
import { defineApproval } from './approval.ts';
import { defineBackup } from './backup.ts';
import { defineCalibrate } from './calibrate.ts';
import { tellError } from './command.ts';
import { defineConfig } from './config.ts';
import { defineDemo } from './demo.ts';
import { defineFeedback } from './feedback.ts';
import { defineInspect } from './inspect.ts';
import { defineKey } from './key.ts';
import { defineLedger } from './ledger.ts';
import { defineModel } from './model.ts';
import { definePolicy } from './policy.ts';
import { definePull } from './pull.ts';
import { defineRestore } from './restore.ts';
import { defineScan } from './scan.ts';
import { defineServe } from './serve.ts';
import { defineUser } from './user.ts';

// A pattern that backtracks too much goes on in V8's linear engine: bounded work for users' own rules (invariant 6).
setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks');

const options = process.argv.slice(2);
const wantsJson = (options.includes('--') ? options.slice(0, options.indexOf('--')) : options).includes('--json');

const program = new Command('ancile')
  .description('AI security: a guarded gateway, a library and a command line on one tamper-evident ledger')
  .version(VERSION)
  .exitOverride()
  .showHelpAfterError('(--help shows what there is)');
// What was asked for as JSON is told as JSON, below.
if (wantsJson) program.configureOutput({ writeErr: () => undefined });
const COMMANDS = [
  defineServe,
  defineDemo,
  defineInspect,
  defineCalibrate,
  defineScan,
  defineConfig,
  definePolicy,
  defineKey,
  defineModel,
  definePull,
  defineUser,
  defineApproval,
  defineFeedback,
  defineLedger,
  defineBackup,
  defineRestore,
];
for (const define of COMMANDS) define(program);
for (const group of program.commands) {
  group.exitOverride();
  for (const command of group.commands) command.exitOverride();
}

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
