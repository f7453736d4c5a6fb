// Datagrams to one receiver. Nothing ever tells whether one arrived; only that nobody listens there is sometimes learned.
import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { AncileError, systemCode } from '../base/index.ts';

export interface DatagramTarget {
  /** From the configuration alone. */
  readonly host: string;
  readonly port: number;
}

export interface Datagrams {
  /** Hands one to the system. @throws AncileError `upstream_unreachable` */
  send(bytes: Buffer): Promise<void>;
  close(): Promise<void>;
}

const toFault = (thrown: unknown): AncileError =>
  new AncileError('upstream_unreachable', `the datagram was not sent (${systemCode(thrown) ?? 'unknown fault'})`, {
    cause: thrown,
  });

/** @throws AncileError `upstream_unreachable` where the name does not resolve */
export async function openDatagrams({ host, port }: DatagramTarget): Promise<Datagrams> {
  let address = { address: host, family: isIP(host) };
  try {
    if (address.family === 0) address = await lookup(host);
  } catch (thrown) {
    throw toFault(thrown);
  }
  const socket = createSocket(address.family === 6 ? 'udp6' : 'udp4');
  let last: unknown;
  // What the network says of an earlier datagram (port unreachable) is told by the next.
  socket.on('error', (error) => (last = error));
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.connect(port, address.address, resolve);
    });
  } catch (thrown) {
    socket.close();
    throw toFault(thrown);
  }
  return {
    send(bytes) {
      if (last !== undefined) {
        const fault = toFault(last);
        last = undefined;
        return Promise.reject(fault);
      }
      return new Promise((resolve, reject) => {
        socket.send(bytes, (error) => (error === null ? resolve() : reject(toFault(error))));
      });
    },
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}
