// What the record of a request says of where it came from: the network by a keyed label, and the trace that it belongs to.
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { AddressOf } from './client-address.ts';

/** Which marks a configuration wants. */
export interface MarkSettings {
  readonly networks: boolean;
  readonly traces: boolean;
  /** Whose address a request comes from. */
  readonly addressOf: AddressOf;
}

export interface Marks {
  readonly network?: string;
  readonly trace?: string;
}

/** W3C Trace Context: version 00, ids that are not all zeros; only what its caller samples. */
const TRACE_PARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f][13579bdf]$/;

/** The network that an address lies in: of IPv4 the first 24 bits, of IPv6 the first 48. */
export function networkOf(address: string): string | undefined {
  const plain = address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
  if (isIP(plain) === 4) return plain.split('.').slice(0, 3).join('.');
  if (isIP(plain) !== 6) return undefined;
  const [head = '', tail] = plain.split('%', 1)[0]!.split('::');
  const groups = head === '' ? [] : head.split(':');
  const rest = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - groups.length - rest.length;
  const all = [...groups, ...new Array<string>(Math.max(0, zeros)).fill('0'), ...rest];
  return all
    .slice(0, 3)
    .map((group) => parseInt(group, 16).toString(16))
    .join(':');
}

/** @param keyedLabel - names a text without disclosing it */
export function marksOf(
  request: IncomingMessage,
  settings: MarkSettings | undefined,
  keyedLabel: (text: string) => string,
): Marks {
  if (settings === undefined) return {};
  const address = settings.networks ? settings.addressOf(request) : undefined;
  const network = address === undefined ? undefined : networkOf(address);
  const parent = settings.traces ? request.headers['traceparent'] : undefined;
  return {
    ...(network === undefined ? {} : { network: keyedLabel(`network\0${network}`) }),
    ...(typeof parent === 'string' && TRACE_PARENT.test(parent) ? { trace: parent } : {}),
  };
}
