// ancile verify: whether a model is what its signer signed, and what is required of it is attested.
import { type Command, InvalidArgumentError } from 'commander';
import type * as AttestRoom from '../attest/index.ts';
import { AncileError } from '../base/index.ts';
import { AttestationKind, type ModelSigner, type ModelVerification, ScanVerdict } from '../contract/index.ts';
import { action, withJson } from './command.ts';
import { type ModelOptions, each, readFile, toGigabytes, withModel, withProgress } from './model-options.ts';
import { paint, print, printJson, showText, tell } from './terminal.ts';

const SHOWN = 50;

interface Options extends ModelOptions {
  readonly json?: boolean;
  readonly key?: string[];
  readonly trust?: string[];
  readonly trustedRoot?: string;
  readonly identity?: string;
  readonly issuer?: string;
  readonly signature?: string;
  readonly ignoreUnsignedFiles?: boolean;
  readonly require?: AttestationKind[];
  readonly attestation?: string[];
  readonly attester?: string[];
  readonly allowVerdict?: ScanVerdict[];
}

/** Several of a choice, divided by commas; may be repeated. */
function several<T extends string>(choices: readonly T[]): (text: string, before?: T[]) => T[] {
  return (text, before = []) => [
    ...before,
    ...text.split(',').map((word) => {
      const found = choices.find((choice) => choice === word);
      if (found !== undefined) return found;
      throw new InvalidArgumentError(`expected some of ${choices.join(', ')}`);
    }),
  ];
}

function readKeys(
  room: typeof AttestRoom,
  files: readonly string[],
  option: string,
): NonNullable<AttestRoom.Trust['keys']> {
  return files.map((file) => {
    const pem = readFile(file, option);
    tellPrivate(pem, file);
    return room.readPublicKey(pem.toString('utf8'), file);
  });
}

function tellPrivate(pem: Buffer, file: string): void {
  if (pem.includes('PRIVATE KEY')) tell(`${showText(file)} is a private key: to verify, its public half is enough.`);
}

function toTrust(room: typeof AttestRoom, options: Options): AttestRoom.Trust {
  const { key = [], trust = [], trustedRoot, identity, issuer } = options;
  if (key.length === 0 && trust.length === 0 && trustedRoot === undefined) {
    throw new AncileError('usage', 'whom shall be trusted?', {
      hint: 'Give the signer’s public key (--key), an authority (--trust), or a Sigstore root (--trusted-root).',
    });
  }
  if (trustedRoot !== undefined && (identity === undefined || issuer === undefined)) {
    throw new AncileError('usage', 'a keyless signature is somebody’s: name him', {
      hint: '--identity is his address or URI, --issuer who vouched for it.',
    });
  }
  const keyless =
    trustedRoot === undefined || identity === undefined || issuer === undefined
      ? undefined
      : { trustedRoot, identity, issuer };
  return room.readTrust({ keys: key, authorities: trust, identity, keyless }, (field, file, parse) => {
    const option = field.startsWith('keys') ? '--key' : field.startsWith('authorities') ? '--trust' : '--trusted-root';
    const bytes = readFile(file, option);
    if (option === '--key') tellPrivate(bytes, file);
    return parse(bytes);
  });
}

function describe({ method, keySha256, subject, identities = [], issuer, time }: ModelSigner): string {
  const who = {
    key: `key ${keySha256.slice(0, 16)}`,
    certificate: `${subject ?? ''}, issued by ${issuer ?? ''}`,
    keyless: `${identities.join(', ')} (${issuer ?? ''})`,
  }[method];
  return showText(time === undefined ? who : `${who}, ${time}`);
}

function printVerification({
  signer,
  problems,
  files,
  uncovered,
  attestations,
  notes,
  ...result
}: ModelVerification): void {
  const heading = result.verified ? paint('green', 'Verified') : paint('red', 'NOT verified');
  print(`${heading} ${showText(result.model)}  ${files.intact} files as signed, ${toGigabytes(files.bytes)}`);
  if (signer !== undefined) print(`  signed by  ${describe(signer)}`);
  if (result.digest !== undefined) print(`  digest     sha256:${result.digest}`);
  for (const { path, kind, accepted, signer: by } of attestations) {
    if (accepted) print(`  ${kind}  ${showText(path)}${by === undefined ? '' : `, by ${describe(by)}`}`);
  }
  for (const { kind, path, message } of problems.slice(0, SHOWN)) {
    print(`  ${paint('red', kind)}  ${path === undefined ? '' : `${showText(path)}: `}${showText(message)}`);
  }
  if (problems.length > SHOWN) print(`  ... and ${problems.length - SHOWN} more (--json has them)`);
  for (const note of notes.slice(0, SHOWN)) print(`  - ${showText(note)}`);
  if (uncovered.length > 0) {
    const rest = uncovered.length > 5 ? `, and ${uncovered.length - 5} more` : '';
    print(`  - not covered by the signature: ${showText(uncovered.slice(0, 5).join(', '))}${rest}`);
  }
}

export function defineVerify(program: Command): void {
  const command = program.command('verify').description('verify a model’s signature, and what is attested of it');
  withJson(withModel(command))
    .argument('<model>', 'a folder, or one file')
    .option('--key <file>', 'public key of a signer in PEM; repeatable', each)
    .option('--trust <file>', 'certificates of authorities in PEM; repeatable', each)
    .option('--trusted-root <file>', 'trusted_root.json of Sigstore, for keyless signatures')
    .option('--identity <name>', 'whom a certificate must name, exactly: address, URI or host')
    .option('--issuer <url>', 'who must have vouched for a keyless signer, exactly')
    .option('--signature <file>', 'the signature (default: model.sig in the folder, FILE.sig beside a file)')
    .option('--ignore-unsigned-files', 'pass over files that the signature does not name')
    .option(
      '--require <kinds>',
      'what must be attested: scan, test, training, approval',
      several(AttestationKind.options),
    )
    .option('--attestation <file>', 'an attestation of the model; repeatable', each)
    .option('--attester <file>', 'public key of who attests, where it is not a signer; repeatable', each)
    .option('--allow-verdict <verdicts>', 'verdicts of a scan that pass (default: clean)', several(ScanVerdict.options))
    .action(
      action(async (model: string, options: Options) => {
        const room = await import('../attest/index.ts');
        const trust = toTrust(room, options);
        const { require: kinds = [], attestation = [], attester, allowVerdict } = options;
        const result = await withProgress((watch) =>
          room.verifyModel(model, {
            ...options,
            ...watch,
            trust,
            require: {
              kinds,
              files: attestation,
              trust: attester === undefined ? trust : { keys: readKeys(room, attester, '--attester') },
              verdicts: allowVerdict,
            },
          }),
        );
        if (options.json === true) printJson(result);
        else printVerification(result);
        return result.verified ? 0 : 1;
      }),
    );
}
