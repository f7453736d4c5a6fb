// Certificates of a test's own authority, made by openssl.
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempFolder } from './cleanup.ts';

export const hasOpenssl = (): boolean => spawnSync('openssl', ['version']).status === 0;

export interface Pair {
  /** PEM files. */
  readonly cert: string;
  readonly key: string;
}

export interface Authority {
  /** PEM file of its certificate. */
  readonly cert: string;
  /** A certificate of its own for a name; for a server, also of 127.0.0.1. */
  issue(name: string): Pair;
}

export function createAuthority(subject: string): Authority {
  const dir = tempFolder();
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { cwd: dir, stdio: 'pipe' });
  const newKey = (key: string): string[] => [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-keyout',
    key,
  ];
  openssl('req', '-x509', ...newKey('ca.key'), '-out', 'ca.pem', '-days', '2', '-subj', `/CN=${subject}`);
  let serial = 0;
  return {
    cert: join(dir, 'ca.pem'),
    issue(name) {
      const base = `${serial++}`;
      openssl('req', ...newKey(`${base}.key`), '-out', `${base}.csr`, '-subj', `/CN=${name}`);
      writeFileSync(join(dir, `${base}.ext`), `subjectAltName=DNS:${name},DNS:localhost,IP:127.0.0.1\n`);
      const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', `${base}.ext`];
      openssl('x509', '-req', '-in', `${base}.csr`, '-out', `${base}.pem`, ...by);
      return { cert: join(dir, `${base}.pem`), key: join(dir, `${base}.key`) };
    },
  };
}

/** Their contents, as Node's TLS takes them. */
export const readPair = ({ cert, key }: Pair): { cert: Buffer; key: Buffer } => ({
  cert: readFileSync(cert),
  key: readFileSync(key),
});
