// Bytes over a TCP or TLS connection of their own, and the one answer that such a receiver gives: that it read to the end.
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { AncileError, type ErrorCode, systemCode } from '../base/index.ts';

export interface StreamTarget {
  /** From the configuration alone. */
  readonly host: string;
  readonly port: number;
  /** Certificates are verified against the host's name; absent for plain TCP. */
  readonly tls?: {
    /** PEM of the authority, where the system does not know it. */
    readonly ca?: string | undefined;
    /** PEM of our own certificate and its key. */
    readonly cert?: string | undefined;
    readonly key?: string | undefined;
  };
  /** Milliseconds for the whole. */
  readonly timeout: number;
}

const CODES: Readonly<Record<string, ErrorCode>> = { ECONNRESET: 'upstream_reset', EPIPE: 'upstream_reset' };

function toFault(thrown: unknown): AncileError {
  const code = systemCode(thrown) ?? 'unknown fault';
  return new AncileError(CODES[code] ?? 'upstream_unreachable', `the receiver cannot be reached (${code})`, {
    cause: thrown,
  });
}

const broken = (when: string): AncileError =>
  new AncileError('upstream_reset', `the receiver closed the connection ${when}`);

/**
 * Sends the bytes and closes its side; resolves when the receiver closed the other one after that. A receiver that goes
 * with bytes unread resets the connection, and one that ends before we did has not read all: both are faults. So what is
 * resolved was read by the receiving program, though not necessarily kept.
 * @throws AncileError `upstream_unreachable`, `upstream_timeout`, `upstream_reset`
 */
export function sendStream(
  { host, port, tls, timeout }: StreamTarget,
  bytes: Buffer,
  signal?: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let ended = false;
    let settled = false;
    const settle = (fault?: AncileError): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      socket.destroy();
      if (fault === undefined) resolve();
      else reject(fault);
    };
    const onAbort = (): void => settle(new AncileError('shutting_down', 'sending was given up'));
    const begin = (): void => {
      socket.write(bytes, () => {
        if (settled) return;
        ended = true;
        socket.end();
      });
    };
    const options = { host, port, allowHalfOpen: true };
    const socket: Socket =
      tls === undefined
        ? connectTcp(options, begin)
        : connectTls(
            {
              ...options,
              minVersion: 'TLSv1.2',
              // An address has no name that a server could be asked for by (RFC 6066).
              ...(/^[\d.]+$|:/.test(host) ? {} : { servername: host }),
              ...(tls.ca === undefined ? {} : { ca: tls.ca }),
              ...(tls.cert === undefined ? {} : { cert: tls.cert }),
              ...(tls.key === undefined ? {} : { key: tls.key }),
            },
            begin,
          );
    // Behind the socket: where that cannot be made (a certificate that is none), nothing is left to end.
    const timer = setTimeout(
      () => settle(new AncileError('upstream_timeout', 'the receiver did not read all in time')),
      timeout,
    );
    timer.unref();
    if (signal?.aborted === true) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
    socket.setNoDelay(true);
    // Whatever a receiver says is not part of the protocol; it is read away so that its end is seen.
    socket.resume();
    socket.on('error', (error) => settle(toFault(error)));
    socket.on('end', () => settle(ended ? undefined : broken('before all was sent')));
    socket.on('close', () => settle(broken('without a word')));
  });
}
