// Certificates and keys of what listens, read and held against each other before anything does.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createSecureContext } from 'node:tls';
import { AncileError, systemCode } from '../base/index.ts';
import type { LoadedConfig } from '../config/index.ts';

/** @throws AncileError `config_invalid` */
function readPem(dir: string, file: string, at: string): Buffer {
  try {
    return readFileSync(resolve(dir, file));
  } catch (thrown) {
    throw new AncileError('config_invalid', `${at}: ${file} cannot be read (${systemCode(thrown)})`, {
      at,
      hint: 'It must be a PEM file that this user may read; paths are relative to the configuration file.',
      cause: thrown,
    });
  }
}

interface TlsNames {
  readonly cert: string;
  readonly key: string;
}

/**
 * @param at - the field that names them: `server.tls`
 * @throws AncileError `config_invalid` where a file cannot be read, or the two are no PEM or no pair
 */
function readPair(dir: string, { cert, key }: TlsNames, at: string): { cert: Buffer; key: Buffer } {
  const files = { cert: readPem(dir, cert, `${at}.cert`), key: readPem(dir, key, `${at}.key`) };
  try {
    createSecureContext(files);
  } catch (thrown) {
    throw new AncileError('config_invalid', `${at}: certificate and key are not a pair of PEM files`, {
      at,
      hint: 'cert is the certificate chain, key the private key of its first certificate, both PEM.',
      cause: thrown,
    });
  }
  return files;
}

/** Of the gateway. @throws AncileError `config_invalid` */
export function readTls({ config, dir }: LoadedConfig): { cert: Buffer; key: Buffer } | undefined {
  const { tls } = config.server;
  return tls === undefined ? undefined : readPair(dir, tls, 'server.tls');
}

/** Of the admission webhook, with the authorities of its clients. @throws AncileError `config_invalid` */
export function readAdmissionTls({
  config,
  dir,
}: LoadedConfig): { cert: Buffer; key: Buffer; ca?: Buffer } | undefined {
  const { tls, clientCa } = config.admission ?? {};
  if (tls === undefined) return undefined;
  const pair = readPair(dir, tls, 'admission.tls');
  if (clientCa === undefined) return pair;
  const at = 'admission.clientCa';
  const ca = readPem(dir, clientCa, at);
  try {
    createSecureContext({ ca });
  } catch (cause) {
    throw new AncileError('config_invalid', `${at}: ${clientCa} holds no certificates`, { at, cause });
  }
  if (ca.includes('-----BEGIN CERTIFICATE-----')) return { ...pair, ca };
  throw new AncileError('config_invalid', `${at}: ${clientCa} holds no certificates in PEM`, { at });
}
