// ancile demo: what the gateway does, in under a minute, on a real server: one of its own, or the one that runs.
import type { Command } from 'commander';
import { type Act, asAdmin, createLog, dataDirPath, playDemo, startServer, writeStage } from '../app/index.ts';
import { AncileError } from '../base/index.ts';
import { loadConfig } from '../config/index.ts';
import { action, withJson } from './command.ts';
import { paint, print, printJson, showText, tell } from './terminal.ts';

interface Options {
  readonly config?: string;
  readonly port: string;
  readonly once?: boolean;
  readonly json?: boolean;
}

function printAct(act: Act, number: number, of: number): void {
  const mark = act.ok ? paint('green', '✓') : paint('red', '✗');
  print(`${mark} ${paint('bold', `${number}/${of} ${act.title}`)}`);
  for (const sentence of act.said) print(`    ${showText(sentence)}`);
  print(`    ${paint('cyan', `look: ${act.look}`)}`);
  print('');
}

/** Plays against the server of a data folder. @returns whether all acts went as the story says */
async function play(config: string, json: boolean): Promise<boolean> {
  const loaded = loadConfig(config);
  return asAdmin(loaded, async (admin) => {
    const { address } = await admin.getStatus({});
    if (address === undefined) {
      throw new AncileError('not_found', 'no server runs on this configuration', {
        hint: 'Start it with `ancile serve`, or run the demo without --config: it brings a server of its own.',
      });
    }
    const acts: Act[] = [];
    const theatre = { address, dataDir: dataDirPath(loaded), admin };
    const ok = await playDemo(theatre, (act, number, of) => (json ? acts.push(act) : printAct(act, number, of)));
    if (json) printJson({ ok, address, acts });
    return ok;
  });
}

export function defineDemo(program: Command): void {
  withJson(program.command('demo').description('a story in under a minute: what is blocked, redacted, held and proven'))
    .option('-c, --config <file>', 'play against the running server of this configuration (default: one of its own)')
    .option('--port <port>', 'port of its own server; 0 takes a free one', '0')
    .option('--once', 'end after the story instead of leaving the server up to look around')
    .action(
      action(async ({ config, port, once, json = false }: Options) => {
        if (config !== undefined) return (await play(config, json)) ? 0 : 1;
        const number = Number(port);
        if (!Number.isInteger(number) || number < 0 || number > 65_535) {
          throw new AncileError('usage', '--port: expected a number from 0 to 65535', { at: '--port' });
        }
        const stage = writeStage(number);
        const server = await startServer(stage, createLog('silent'));
        try {
          if (!json) {
            print(`A gateway of the demo's own runs at ${paint('cyan', server.address)}, its files in ${stage.dir}`);
            print('');
          }
          const ok = await play(stage.file!, json);
          if (json || once === true || !process.stdout.isTTY) return ok ? 0 : 1;
          if (server.signInLink !== undefined) print(`Look around: ${paint('cyan', server.signInLink)}`);
          tell('Ctrl-C ends it.');
          await new Promise<void>((resolve) => {
            process.once('SIGINT', resolve);
            process.once('SIGTERM', resolve);
          });
          return ok ? 0 : 1;
        } finally {
          await server.close();
        }
      }),
    );
}
