// The passphrase of a private key: from a file, from the environment, or asked for at the terminal without showing it.
import { resolve } from 'node:path';
import { AncileError } from '../base/index.ts';
import { readSecret } from '../config/index.ts';

export interface PassphraseOptions {
  readonly passphraseFile?: string;
  readonly passphraseEnv?: string;
}

const ENTER = '\r';
const CTRL_C = '\u0003';
const BACKSPACE = '\u007f';

/** Asks at the terminal; what is typed is not shown. */
function ask(question: string): Promise<string> {
  const { stdin, stderr } = process;
  stderr.write(question);
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  return new Promise((answer, refuse) => {
    let typed = '';
    const end = (): void => {
      stdin.setRawMode(false);
      stdin.pause();
      stdin.removeListener('data', hear);
      stderr.write('\n');
    };
    const hear = (text: string): void => {
      for (const char of text) {
        if (char === CTRL_C) {
          end();
          refuse(new AncileError('usage', 'no passphrase was given'));
          return;
        }
        if (char === ENTER || char === '\n') {
          end();
          answer(typed);
          return;
        }
        typed = char === BACKSPACE ? typed.slice(0, -1) : typed + char;
      }
    };
    stdin.on('data', hear);
    stdin.resume();
  });
}

/**
 * What to ask for a passphrase with.
 * @throws AncileError (when asked) `config_invalid` where the place it was said to be in has none, `usage` where nobody can be asked
 */
export function passphraseFrom(
  key: string,
  { passphraseFile, passphraseEnv }: PassphraseOptions,
): () => Promise<string> {
  return async () => {
    if (passphraseFile !== undefined) return readSecret({ file: resolve(passphraseFile) }, '--passphrase-file', '.');
    if (passphraseEnv !== undefined) return readSecret({ env: passphraseEnv }, '--passphrase-env', '.');
    if (process.stdin.isTTY && process.stderr.isTTY) return ask(`Passphrase of ${key}: `);
    throw new AncileError('usage', `the key ${key} is sealed, and there is nobody to ask for its passphrase`, {
      at: key,
      hint: 'Name where it is: --passphrase-env NAME or --passphrase-file FILE.',
    });
  };
}
