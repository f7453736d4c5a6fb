// What every command shares: its options, its exit code, and how its failure is told.
import type { Command } from 'commander';
import { type AncileError, type ExitCode, toAncileError } from '../base/index.ts';
import { paint, printJson, showText, tell } from './terminal.ts';

/** Adds `--config`. */
export function withConfig(command: Command): Command {
  return command.option('-c, --config <file>', 'configuration file (default: ancile.yaml here, else the defaults)');
}

/** Adds `--json`. */
export function withJson(command: Command): Command {
  return command.option('--json', 'print JSON');
}

/** Tells a failure in the form that was asked for and returns the exit code for it. */
export function tellError(thrown: unknown, json: boolean): ExitCode {
  const error: AncileError = toAncileError(thrown);
  if (json) {
    const { code, message, at, hint } = error;
    printJson({ error: { code, message, at, hint } });
  } else {
    const [first, ...rest] = error.message.split('\n');
    // Some messages name their place themselves.
    const place = error.at === undefined || error.message.includes(error.at) ? '' : `${error.at}: `;
    tell(`${paint('red', 'ancile:', process.stderr)} ${showText(place + (first ?? ''))}`);
    for (const line of rest) tell(`        ${showText(line)}`);
    if (error.hint !== undefined) tell(`        ${showText(error.hint)}`);
  }
  return error.exitCode;
}

/**
 * Runs a command's action: its return value is the exit code, what it throws is told. Wraps the action for commander.
 */
export function action<A extends unknown[]>(
  run: (...args: A) => Promise<ExitCode>,
): (...args: [...A, ...unknown[]]) => Promise<void> {
  return async (...args) => {
    // Commander gives the arguments, then the options, then the command itself.
    const command = args.at(-1) as Command;
    const json = command.optsWithGlobals<{ json?: boolean }>().json === true;
    try {
      process.exitCode = await run(...(args as unknown as A));
    } catch (thrown) {
      process.exitCode = tellError(thrown, json);
    }
  };
}
