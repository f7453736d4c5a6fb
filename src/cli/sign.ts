// ancile sign: a model's signature by OpenSSF Model Signing, from a key or a certificate.
import type { Command } from 'commander';
import { action, withJson } from './command.ts';
import {
  type ModelOptions,
  type SigningOptions,
  loadSigner,
  toGigabytes,
  withModel,
  withProgress,
  withSigningKey,
  writeWhole,
} from './model-options.ts';
import { paint, print, printJson, showText, tell } from './terminal.ts';

export function defineSign(program: Command): void {
  interface Options extends ModelOptions, SigningOptions {
    readonly json?: boolean;
    readonly signature?: string;
  }
  const command = program.command('sign').description('sign a model (OpenSSF Model Signing v1.0)');
  withJson(withModel(withSigningKey(command)))
    .argument('<model>', 'a folder, or one file')
    .option('--signature <file>', 'where to write it (default: model.sig in the folder, FILE.sig beside a file)')
    .action(
      action(async (model: string, options: Options) => {
        const room = await import('../attest/index.ts');
        const signature = options.signature ?? room.signaturePath(model);
        const signer = await loadSigner(room, options);
        const {
          bundle,
          keySha256,
          model: signed,
        } = await withProgress((watch) =>
          room.signModel(model, signer, { ...options, ...watch, ignoreFiles: [signature] }),
        );
        writeWhole(signature, bundle);
        const files = new Set(signed.resources.map(({ path }) => path)).size;
        if (options.json === true) {
          const { digest, bytes, cached } = signed;
          printJson({ model, signature, digest, keySha256, files, bytes, cached });
          return 0;
        }
        print(`${paint('green', 'Signed')} ${showText(model)}  ${files} files, ${toGigabytes(signed.bytes)}`);
        print(`  digest     sha256:${signed.digest}`);
        print(`  signature  ${showText(signature)}`);
        tell('Next: give the public half of the key (openssl pkey -in KEY -pubout) to whoever verifies: ancile verify');
        return 0;
      }),
    );
}
