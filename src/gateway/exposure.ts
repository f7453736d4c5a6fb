// Plain text leaves the machine only when someone said so in words.
import { AncileError } from '../base/index.ts';
import { type Config, PLAINTEXT_ACCEPTED } from '../contract/index.ts';

const LOOPBACK = /^(127(\.\d{1,3}){3}|::1|localhost)$/;

/** Whether an address is of this machine alone. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/** The same of an address' host, in which IPv6 stands in brackets. */
export const isLoopbackUrl = ({ hostname }: Pick<URL, 'hostname'>): boolean =>
  isLoopback(hostname.replace(/^\[(.*)\]$/, '$1'));

/** @throws AncileError `config_invalid` where it would listen beyond loopback without TLS, and nobody accepted that */
export function checkExposure({ host, tls, plaintext }: Config['server']): void {
  if (tls !== undefined || isLoopback(host) || plaintext === PLAINTEXT_ACCEPTED) return;
  throw new AncileError('config_invalid', `server.host: ${host} is beyond loopback and there is no TLS`, {
    at: 'server.host',
    hint: `Set server.tls, listen on 127.0.0.1, or write server.plaintext: "${PLAINTEXT_ACCEPTED}".`,
  });
}
