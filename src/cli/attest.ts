// ancile attest: something said of a model, signed, about its digest: a scan, a test, its training, an approval.
import { createHash } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import type * as AttestRoom from '../attest/index.ts';
import { AncileError } from '../base/index.ts';
import { parseJson } from '../codec/index.ts';
import { AttestationKind } from '../contract/index.ts';
import { action, withJson } from './command.ts';
import {
  type ModelOptions,
  type SigningOptions,
  loadSigner,
  readFile,
  withModel,
  withProgress,
  withSigningKey,
  writeWhole,
} from './model-options.ts';
import { paint, print, printJson, showText, tell } from './terminal.ts';

interface Options extends ModelOptions, SigningOptions {
  readonly json?: boolean;
  readonly predicateType?: AttestationKind;
  readonly predicate?: string;
  readonly scan?: string;
  readonly output: string;
}

/** @throws AncileError `usage` for options that do not go together */
function checkUsage({ predicateType, predicate, scan }: Options): AttestationKind {
  if ((predicate === undefined) === (scan === undefined)) {
    const hint = '--predicate FILE holds what is attested; --scan FILE is a report of ancile scan --json.';
    throw new AncileError('usage', 'give either --predicate or --scan', { hint });
  }
  const kind = predicateType ?? (scan === undefined ? undefined : 'scan');
  if (kind === undefined) throw new AncileError('usage', '--predicate needs --predicate-type');
  if (scan !== undefined && kind !== 'scan') throw new AncileError('usage', `--scan attests a scan, not a ${kind}`);
  return kind;
}

/** What is attested of a model already, and lies at its root, is no part of it. */
function statementsIn({ isStatementFile }: typeof AttestRoom, model: string): string[] {
  if (statSync(model, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  return readdirSync(model).flatMap((name) => (isStatementFile(name) ? [join(model, name)] : []));
}

export function defineAttest(program: Command): void {
  const command = program
    .command('attest')
    .description('attest something of a model: a scan, a test, training, approval');
  withJson(withModel(withSigningKey(command)))
    .argument('<model>', 'a folder, or one file')
    .addOption(new Option('--predicate-type <kind>', 'what is attested').choices(AttestationKind.options))
    .option('--predicate <file>', 'what is attested, JSON of its kind')
    .option('--scan <report>', 'attest a scan by its report: ancile scan MODEL --json')
    .requiredOption('-o, --output <file>', 'the attestation to be made')
    .action(
      action(async (model: string, options: Options) => {
        const kind = checkUsage(options);
        const room = await import('../attest/index.ts');
        const signer = await loadSigner(room, options);
        const reading = { ...options, ignoreFiles: [options.output, ...statementsIn(room, model)] };
        const { digested, byFiles } = await withProgress(async (watch) => {
          const first = await room.digestModel(model, { ...reading, ...watch });
          // A report names whole files, whatever the pieces that are signed.
          const split = options.scan !== undefined && options.shardSize !== undefined;
          const whole = split ? await room.digestModel(model, { ...reading, ...watch, shardSize: undefined }) : first;
          return { digested: first, byFiles: whole };
        });
        const predicate =
          options.scan === undefined
            ? parseJson(readFile(options.predicate!, '--predicate'), { what: options.predicate! })
            : room.toScanPredicate(readFile(options.scan, '--scan'), byFiles, Date.now());
        const { bundle, keySha256 } = room.attest(digested, kind, predicate, signer);
        writeWhole(options.output, bundle);
        if (options.json === true) {
          const sha256 = createHash('sha256').update(bundle).digest('hex');
          printJson({ model, kind, digest: digested.digest, output: options.output, keySha256, sha256 });
          return 0;
        }
        print(`${paint('green', 'Attested')} ${kind} of ${showText(model)} in ${showText(options.output)}`);
        print(`  digest  sha256:${digested.digest}`);
        tell(`Next: whoever verifies requires it: ancile verify MODEL --require ${kind} --attestation FILE`);
        return 0;
      }),
    );
}
