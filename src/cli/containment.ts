// Containment on the command line: what it aims at, and how it is shown.
import type { Command } from 'commander';
import type { BlastRadius, Containment, ContainmentTarget } from '../contract/index.ts';
import { paint, print, showText } from './terminal.ts';

export interface Common {
  readonly config?: string;
  readonly json?: boolean;
}

export interface TargetOptions {
  readonly key?: string;
  readonly tenant?: string;
  readonly session?: string;
  readonly route?: string;
  readonly upstream?: string;
  readonly server?: string;
  readonly tool?: string;
  readonly model?: string;
}

/** What a containment may aim at, as options. */
export function withTarget(command: Command): Command {
  return command
    .option('--key <id>', 'a key, or another identity, by its id; a person of the console as user:NAME')
    .option('--tenant <name>', 'all of a tenant')
    .option('--session <digest>', 'one conversation')
    .option('--route <name>', 'a route of `models`')
    .option('--upstream <name>', 'what goes out to an upstream')
    .option('--server <name>', 'a tool server')
    .option('--tool <name>', 'a tool')
    .option(
      '--model <id>',
      'a model: a name that is asked for; for quarantine a version or a SHA-256, for repoint source:repo@NAME',
    );
}

export function toTarget({
  key,
  tenant,
  session,
  route,
  upstream,
  server,
  tool,
  model,
}: TargetOptions): ContainmentTarget {
  const named = { principal: key, tenant, session, route, upstream, server, tool, model };
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined)) as ContainmentTarget;
}

export function printRadius({ statements, keys, keysTotal, models, needsSecond }: BlastRadius): void {
  for (const statement of statements) print(`${statement}.`);
  if (keys.length > 0) {
    const more = keysTotal > keys.length ? `, and ${keysTotal - keys.length} more` : '';
    print(`Keys: ${keys.map(showText).join(', ')}${more}`);
  }
  for (const model of models) print(`  ${showText(model)}`);
  if (needsSecond) print('It waits for the yes of a second person.');
}

export function printContainment(containment: Containment): void {
  const { id, action, target, state, actor, reason, cut, effectMs, expires } = containment;
  const aims = Object.entries(target).map(([name, value]) => `${name} ${showText(value ?? '')}`);
  const what = `${action} ${aims.length === 0 ? 'everything' : aims.join(', ')}`;
  print(`${paint(state === 'effective' ? 'red' : 'dim', state)}  ${paint('bold', what)}  ${id}`);
  const why = reason === '' ? '' : `: ${showText(reason)}`;
  const figures = effectMs === undefined ? '' : `; in force after ${effectMs} ms, ${cut ?? 0} under way cut`;
  const ends = expires === undefined ? '' : `; ends at ${expires}`;
  print(`  by ${showText(actor)}${why}${figures}${ends}`);
  if (state === 'effective') print(`  Undo it with: ancile incident lift ${id}`);
}
