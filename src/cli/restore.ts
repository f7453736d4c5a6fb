// ancile restore: a new data folder from a backup, verified before it is there.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { restoreBackup } from '../app/index.ts';
import { AncileError } from '../base/index.ts';
import { action, withJson } from './command.ts';
import { paint, print, printJson, showText, tell } from './terminal.ts';

function readKey(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new AncileError('usage', `--public-key: ${file} cannot be read`, { at: file, cause });
  }
}

export function defineRestore(program: Command): void {
  interface Options {
    readonly json?: boolean;
    readonly into: string;
    readonly passphraseFile?: string;
    readonly anchor?: string;
    readonly publicKey?: string;
  }
  withJson(program.command('restore').description('make a data folder from a backup, verified'))
    .argument('<file>', 'a file that `ancile backup` wrote')
    .requiredOption('--into <dir>', 'the data folder to be made: new, or empty')
    .option('--passphrase-file <file>', 'the passphrase that it is sealed under')
    .option('--anchor <file>', 'checkpoints held elsewhere, to hold the ledger against')
    .option('--public-key <file>', 'SPKI PEM of the signing key, from somewhere you trust (default: the backup’s own)')
    .action(
      action(async (file: string, { json, into, passphraseFile, anchor, publicKey }: Options) => {
        const restored = await restoreBackup({
          file: resolve(file),
          into: resolve(into),
          ...(passphraseFile === undefined ? {} : { passphraseFile: resolve(passphraseFile) }),
          ...(anchor === undefined ? {} : { anchorFile: resolve(anchor) }),
          ...(publicKey === undefined ? {} : { publicKey: readKey(publicKey) }),
        });
        if (json === true) {
          printJson(restored);
          return 0;
        }
        print(
          `${paint('green', 'Restored')} ${showText(restored.into)}  ${restored.records} records, as of ${restored.created}`,
        );
        for (const sentence of restored.statement) print(`  - ${showText(sentence)}`);
        tell('Next: name this folder as dataDir, look at what the sentences above ask for, and start: ancile serve');
        return 0;
      }),
    );
}
