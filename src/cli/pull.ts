// ancile pull: a model through the same gate as the server's, by the server of the data folder or without one.
import type { Command } from 'commander';
import { pullModel } from '../app/index.ts';
import { loadConfig } from '../config/index.ts';
import { action, withConfig, withJson } from './command.ts';
import { paint, print, printJson, showText, tell } from './terminal.ts';

interface Options {
  readonly config?: string;
  readonly json?: boolean;
  readonly out: string;
}

export function definePull(program: Command): void {
  withJson(
    withConfig(program.command('pull').description('fetch a model, scan it, and write it out if policy lets it')),
  )
    .argument('<model>', 'SOURCE:REPOSITORY[@REVISION], such as hub:org/model@main or registry:org/model@sha256:...')
    .requiredOption('-o, --out <folder>', 'where its files go')
    .action(
      action(async (name: string, { config, json, out }: Options) => {
        const pulled = await pullModel(loadConfig(config), name, out, (path, done, all) => {
          if (process.stderr.isTTY === true) tell(`${done}/${all || '?'} ${showText(path)}`);
        });
        if (json === true) printJson(pulled);
        else if (pulled.ok) print(`${showText(pulled.model)}: ${pulled.files.length} files in ${out}.`);
        else {
          print(`${paint('red', 'Refused')} ${showText(pulled.refused ?? '')}`);
          for (const { rule, severity, message } of pulled.findings)
            print(`  ${severity} ${rule} ${showText(message)}`);
          tell(`\`ancile model show ${showText(pulled.model)}\` says more.`);
        }
        return pulled.ok ? 0 : 1;
      }),
    );
}
