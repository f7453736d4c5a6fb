// Whom to believe, made of the files that name them.
import { parseJson } from '../codec/index.ts';
import { readPublicKey } from './key.ts';
import { readCertificates } from './sign.ts';
import type { Trust } from './signer.ts';

export interface TrustFiles {
  /** Public keys, PEM. */
  readonly keys: readonly string[];
  /** Certificates of authorities, PEM. */
  readonly authorities: readonly string[];
  readonly identity?: string | undefined;
  readonly keyless?: { readonly trustedRoot: string; readonly identity: string; readonly issuer: string } | undefined;
}

/** What kind of file is read: the field of `TrustFiles`, with its place where there are several. */
export type TrustField = `keys.${number}` | `authorities.${number}` | 'keyless.trustedRoot';

/**
 * @param from - reads a file and gives it to its parser, whose complaints are AncileErrors `usage` and `request_invalid`
 */
export function readTrust(
  { keys, authorities, identity, keyless }: TrustFiles,
  from: <T>(at: TrustField, file: string, parse: (bytes: Buffer) => T) => T,
): Trust {
  return {
    keys: keys.map((file, i) => from(`keys.${i}`, file, (pem) => readPublicKey(pem.toString('utf8'), file))),
    certificates: authorities.flatMap((file, i) =>
      from(`authorities.${i}`, file, (pem) => readCertificates(pem.toString('utf8'), file)),
    ),
    ...(identity === undefined ? {} : { identity }),
    ...(keyless === undefined
      ? {}
      : {
          keyless: {
            ...keyless,
            trustedRoot: from('keyless.trustedRoot', keyless.trustedRoot, (bytes) =>
              parseJson(bytes, { what: keyless.trustedRoot, code: 'usage' }),
            ),
          },
        }),
  };
}
