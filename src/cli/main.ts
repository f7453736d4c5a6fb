#!/usr/bin/env node
// The command line: one file a command; the only room that prints.
import { Command, CommanderError } from 'commander';
import { setFlagsFromString } from 'node:v8';
import { VERSION } from '../app/index.ts';
import { defineConfig } from './config.ts';
import { defineInspect } from './inspect.ts';
import { defineKey } from './key.ts';
import { defineLedger } from './ledger.ts';
import { definePolicy } from './policy.ts';
import { defineServe } from './serve.ts';

// A pattern that backtracks too much goes on in V8's linear engine: bounded work for users' own rules (invariant 6).
setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks');

const program = new Command('ancile')
  .description('AI security: a guarded gateway, a library and a command line on one tamper-evident ledger')
  .version(VERSION)
  .exitOverride()
  .showHelpAfterError('(--help shows what there is)');
for (const define of [defineServe, defineInspect, defineConfig, definePolicy, defineKey, defineLedger]) define(program);
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
}
