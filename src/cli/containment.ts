// Containment on the command line: what it aims at, and how it is shown.
import type { Command } from 'commander';
import {
  type ApiClient,
  API_BASE,
  type BlastRadius,
  type Containment,
  type ContainmentTarget,
} from '../contract/index.ts';
import { paint, print, showText, tell } from './terminal.ts';

/** Who did what was done on the folder itself. */
const OFFLINE = 'cli (offline)';

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

/** What whoever asked must know beside it: that it does nothing yet, or meets nothing. */
export async function tellEffect(
  admin: Pick<ApiClient, 'previewContainment'>,
  { id, action, target, with: values, state, actor }: Containment,
): Promise<void> {
  if (state === 'asked') {
    tell('NOT in force: it waits for the yes of a second person, in the console under Incidents');
    tell(`  (or POST ${API_BASE}/containments/${id}/confirm).`);
    return;
  }
  if (actor === OFFLINE) {
    tell('No server runs on this data folder: nothing was cut. It counts from its next start on.');
    tell('  A server with another data folder goes on: name its configuration with --config.');
  }
  if (Object.keys(target).length === 0) return;
  const asked = { action, target, ...(values === undefined ? {} : { with: values }) };
  const radius = await admin.previewContainment(asked).catch(() => undefined);
  if (radius?.keysTotal === 0 && radius.lastDay === 0 && radius.models.length === 0) {
    tell('It meets nothing that is known: no key that works, nothing of the last 24 hours. Is the name right?');
  }
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
