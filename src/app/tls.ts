// Certificate and key of the gateway, read and held against each other before anything listens.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createSecureContext } from 'node:tls';
import { AncileError, systemCode } from '../base/index.ts';
import type { LoadedConfig } from '../config/index.ts';

/** @throws AncileError `config_invalid` where a file cannot be read, or the two are no PEM or no pair */
export function readTls({ config, dir }: LoadedConfig): { cert: Buffer; key: Buffer } | undefined {
  const { tls } = config.server;
  if (tls === undefined) return undefined;
  const read = (name: 'cert' | 'key'): Buffer => {
    try {
      return readFileSync(resolve(dir, tls[name]));
    } catch (thrown) {
      throw new AncileError(
        'config_invalid',
        `server.tls.${name}: ${tls[name]} cannot be read (${systemCode(thrown)})`,
        {
          at: `server.tls.${name}`,
          hint: 'It must be a PEM file that this user may read; paths are relative to the configuration file.',
          cause: thrown,
        },
      );
    }
  };
  const files = { cert: read('cert'), key: read('key') };
  try {
    createSecureContext(files);
  } catch (thrown) {
    throw new AncileError('config_invalid', 'server.tls: certificate and key are not a pair of PEM files', {
      at: 'server.tls',
      hint: 'cert is the certificate chain, key the private key of its first certificate, both PEM.',
      cause: thrown,
    });
  }
  return files;
}
