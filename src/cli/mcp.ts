// ancile mcp: tool servers, what is pinned of them, and one that is wrapped for an agent.
import { resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { asAdmin, createLog, wrapToolServer } from '../app/index.ts';
import { AncileError } from '../base/index.ts';
import { loadConfig } from '../config/index.ts';
import { type DefinitionKind, DefinitionKind as Kinds, PinState, type ToolPin } from '../contract/index.ts';
import { action, withConfig, withJson } from './command.ts';
import { paint, print, printJson, showText, table } from './terminal.ts';

interface Common {
  readonly config?: string;
  readonly json?: boolean;
}

interface PinOptions extends Common {
  readonly kind: DefinitionKind;
}

/** A definition as text: one line a member, for reading and for comparing. */
function linesOf(definition: Readonly<Record<string, unknown>> | undefined): string[] {
  return definition === undefined ? [] : JSON.stringify(definition, undefined, 2).split('\n');
}

/** What differs, line by line: what both begin and end with is left out, but for two lines around. */
export function diffLines(before: readonly string[], after: readonly string[]): string[] {
  let head = 0;
  while (head < Math.min(before.length, after.length) && before[head] === after[head]) head++;
  let tail = 0;
  const most = Math.min(before.length, after.length) - head;
  while (tail < most && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  return [
    ...after.slice(Math.max(0, head - 2), head).map((line) => `  ${line}`),
    ...before.slice(head, before.length - tail).map((line) => `- ${line}`),
    ...after.slice(head, after.length - tail).map((line) => `+ ${line}`),
    ...after.slice(after.length - tail, after.length - tail + 2).map((line) => `  ${line}`),
  ];
}

async function findPin(server: string, name: string, { config, kind }: PinOptions): Promise<ToolPin> {
  const { pins } = await asAdmin(loadConfig(config), (admin) => admin.getToolPins({ server, kind }));
  const pin = pins.find((each) => each.name === name);
  if (pin !== undefined) return pin;
  throw new AncileError('not_found', `nothing of this name was seen of "${server}"`, {
    hint: '`ancile mcp pins list` shows what was. A server is looked at when an agent connects.',
  });
}

function printPin(pin: ToolPin): void {
  const { server, kind, name, state, approved, pending } = pin;
  print(`${paint('bold', showText(`${server}: ${kind} ${name}`))} is ${state}`);
  for (const { rule, severity, evidence } of (pending ?? approved)?.findings ?? []) {
    print(`  ${severity} ${rule}: ${showText(evidence)}`);
  }
  print('');
  for (const line of diffLines(linesOf(approved?.definition), linesOf((pending ?? approved)?.definition))) {
    const shown = showText(line);
    print(line.startsWith('+') ? paint('green', shown) : line.startsWith('-') ? paint('red', shown) : shown);
  }
}

const kindOption = (): Option =>
  new Option('--kind <kind>', 'what it is').choices([...Kinds.options]).default('tool' satisfies DefinitionKind);

function defineVerdict(group: Command, verdict: 'approve' | 'deny', description: string): void {
  withJson(withConfig(group.command(verdict).description(description)))
    .argument('<server>', 'the server’s name')
    .argument('[names...]', 'names of definitions')
    .addOption(kindOption())
    .option('--all', 'all definitions of the server that wait, of every kind')
    .option('--note <text>', 'why, for the record')
    .action(
      action(async (server: string, names: string[], options: PinOptions & { all?: boolean; note?: string }) => {
        if (options.all !== true && names.length === 0) {
          throw new AncileError('usage', 'expected names of definitions, or --all', { at: 'names' });
        }
        const decided = await asAdmin(loadConfig(options.config), async (admin) => {
          const { pins } = await admin.getToolPins({ server });
          const isMeant = (pin: ToolPin): boolean =>
            options.all === true
              ? pin.state === 'pending' || pin.state === 'changed'
              : pin.kind === options.kind && names.includes(pin.name);
          const meant = pins.filter(isMeant);
          const missing = names.find((name) => !meant.some((pin) => pin.name === name));
          if (options.all !== true && missing !== undefined) {
            throw new AncileError('not_found', `nothing called "${missing.slice(0, 100)}" was seen of "${server}"`, {
              at: 'names',
            });
          }
          const done: ToolPin[] = [];
          for (const { kind, name, pending, approved } of meant) {
            const { digest } = (pending ?? approved)!;
            const note = options.note === undefined ? {} : { note: options.note };
            done.push(await admin.decideToolPin({ server, kind, name, digest, verdict, ...note }));
          }
          return done;
        });
        if (options.json === true) printJson({ pins: decided });
        else if (decided.length === 0) print('Nothing waits for a yes or no.');
        else
          for (const { kind, name, state } of decided) print(`${showText(`${server}: ${kind} ${name}`)} is ${state}.`);
        return 0;
      }),
    );
}

function definePins(mcp: Command): void {
  const group = mcp.command('pins').description('definitions of tools: list, diff, approve, deny');
  withJson(withConfig(group.command('list').description('what was decided on, and what waits')))
    .option('--server <name>', 'only of this server')
    .addOption(new Option('--state <state>', 'only those').choices([...PinState.options]))
    .action(
      action(async ({ config, json, server, state }: Common & { server?: string; state?: PinState }) => {
        const query = { ...(server === undefined ? {} : { server }), ...(state === undefined ? {} : { state }) };
        const { pins } = await asAdmin(loadConfig(config), (admin) => admin.getToolPins(query));
        if (json === true) printJson({ pins });
        else if (pins.length === 0) print('Nothing was seen yet: a server is looked at when an agent connects.');
        else {
          const rows = pins.map(({ server: of, kind, name, state: now, approved, pending }) => {
            const { digest, findings } = (pending ?? approved)!;
            const rules = [...new Set(findings.map(({ rule }) => rule))].join(' ');
            return [of, kind, name, now, digest.slice(0, 12), rules].map(showText);
          });
          print(table(['server', 'kind', 'name', 'state', 'digest', 'findings'], rows));
        }
        return 0;
      }),
    );
  withJson(withConfig(group.command('diff').description('a definition, against the one that is approved')))
    .argument('<server>', 'the server’s name')
    .argument('<name>', 'the definition’s name')
    .addOption(kindOption())
    .action(
      action(async (server: string, name: string, options: PinOptions) => {
        const pin = await findPin(server, name, options);
        if (options.json === true) printJson(pin);
        else printPin(pin);
        return 0;
      }),
    );
  defineVerdict(group, 'approve', 'yes: this definition is shown and used, until it changes');
  defineVerdict(group, 'deny', 'no: this definition is neither shown nor used');
}

function defineServers(mcp: Command): void {
  withJson(withConfig(mcp.command('servers').description('tool servers: configured and seen'))).action(
    action(async ({ config, json }: Common) => {
      const { servers } = await asAdmin(loadConfig(config), (admin) => admin.getToolServers({}));
      if (json === true) printJson({ servers });
      else if (servers.length === 0) print('No tool servers: name them under `mcp.servers` in the configuration.');
      else {
        const rows = servers.map(({ server, configured, kind, sessions, seen, pins }) =>
          [
            server,
            configured ? (kind ?? '') : 'not configured',
            seen === undefined ? 'never seen' : `${seen.name} ${seen.version} (${seen.protocol})`,
            String(sessions),
            `${pins.approved ?? 0} approved, ${(pins.pending ?? 0) + (pins.changed ?? 0)} waiting`,
          ].map(showText),
        );
        print(table(['server', 'kind', 'seen as', 'sessions', 'definitions'], rows));
      }
      return 0;
    }),
  );
}

function parseEnv(name: string, before: string[] = []): string[] {
  if (!/^[A-Za-z_]\w*$/.test(name)) throw new InvalidArgumentError('expected the name of an environment variable');
  return [...before, name];
}

function defineWrap(mcp: Command): void {
  interface Options extends Common {
    readonly name: string;
    readonly data?: string;
    readonly cwd?: string;
    readonly env?: string[];
    readonly pin?: 'approve' | 'first_use';
  }
  withConfig(mcp.command('wrap').description('run a tool server for an agent, over stdio, with the gateway between'))
    .argument('<command...>', 'the server’s program and its arguments, behind --')
    .option('--name <name>', 'what it is called in pins, records and rules', 'wrapped')
    .option('--data <folder>', 'data folder in place of the configuration’s; each wrapped server needs its own')
    .option('--cwd <folder>', 'its working folder (default: this one)')
    .option('--env <name>', 'an environment variable that it is given; repeatable (default: none)', parseEnv)
    .addOption(new Option('--pin <how>', 'as `pin` of the configuration').choices(['approve', 'first_use']))
    .action(
      action(async (words: string[], { config, name, data, cwd, env = [], pin }: Options) => {
        if (!/^[a-z0-9][a-z0-9-]{0,31}$/.test(name)) {
          throw new AncileError('usage', 'expected up to 32 small letters, digits and hyphens', { at: '--name' });
        }
        const loaded = loadConfig(config);
        if (data !== undefined) loaded.config.dataDir = resolve(data);
        const [command, ...args] = words;
        const { stdin: input, stdout: output } = process;
        const request = { name, command: command!, args, cwd: resolve(cwd ?? '.'), env, pin, input, output };
        // Its output is the agent's: what is to be said otherwise goes to the log.
        await wrapToolServer(loaded, request, createLog('info', process.stderr));
        return 0;
      }),
    );
}

export function defineMcp(program: Command): void {
  const mcp = program.command('mcp').description('tool servers (MCP): servers, pins, wrap');
  defineServers(mcp);
  definePins(mcp);
  defineWrap(mcp);
}
