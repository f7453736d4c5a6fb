// ancile backup: a data folder in one file. Works while the server runs, through its socket, and without it.
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { asAdmin } from '../app/index.ts';
import { loadConfig } from '../config/index.ts';
import { action, withConfig, withJson } from './command.ts';
import { paint, print, printJson, showText, tell } from './terminal.ts';

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

export function defineBackup(program: Command): void {
  interface Options {
    readonly config?: string;
    readonly json?: boolean;
    readonly out: string;
    readonly passphraseFile?: string;
    readonly plain?: boolean;
  }
  withJson(
    withConfig(program.command('backup').description('write the data folder to one file, while the server runs')),
  )
    .requiredOption('--out <file>', 'the file to be made')
    .option('--passphrase-file <file>', 'seal it under the passphrase in this file')
    .option('--plain', 'do not seal it: it holds the keys of the data folder as they are')
    .action(
      action(async ({ config, json, out, passphraseFile, plain }: Options) => {
        const secret = passphraseFile === undefined ? {} : { passphraseFile: resolve(passphraseFile) };
        const asked = { file: resolve(out), ...secret, ...(plain === undefined ? {} : { plain }) };
        const made = await asAdmin(loadConfig(config), (admin) => admin.createBackup(asked));
        if (json === true) {
          printJson(made);
          return 0;
        }
        print(`${paint('green', 'Written')} ${showText(made.file)}  ${megabytes(made.bytes)}, ${made.records} records`);
        print(`  sha256 ${made.sha256}`);
        tell('Next: keep it on another machine, and try it: ancile restore FILE --into DIR');
        return 0;
      }),
    );
}
