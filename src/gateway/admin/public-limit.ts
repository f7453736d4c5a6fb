// How often those who have not signed in may ask: a bound on guessing links. Guessing passwords has bounds of its own,
// with the people.
import { isIPv6 } from 'node:net';
import { AncileError, type Clock } from '../../base/index.ts';

const WINDOW_MS = 60_000;
const PER_ADDRESS = 30;
/**
 * Addresses kept in a window. Those beyond go uncounted: a count that they shared would let whoever has many addresses
 * keep everyone else from signing in.
 */
const MAX_ADDRESSES = 10_000;

/**
 * Counts a request from an address.
 * @throws AncileError `locked_out` where there were too many within a minute
 */
export type PublicLimit = (from: string) => void;

/** The network of an IPv6 address (its first 64 bits are one customer's), an IPv4 address as it is. */
function networkOf(address: string): string {
  if (!isIPv6(address) || address.startsWith('::ffff:')) return address;
  const [head = ''] = address.split('::', 1);
  return head.split(':').slice(0, 4).join(':');
}

export function createPublicLimit(clock: Clock): PublicLimit {
  let start = clock();
  const counts = new Map<string, number>();
  return (from) => {
    const now = clock();
    if (now - start >= WINDOW_MS || now < start) {
      start = now;
      counts.clear();
    }
    const network = networkOf(from);
    const count = (counts.get(network) ?? 0) + 1;
    if (count > PER_ADDRESS) {
      throw new AncileError('locked_out', 'too many requests without a session', { hint: 'Wait a minute.' });
    }
    if (count > 1 || counts.size < MAX_ADDRESSES) counts.set(network, count);
  };
}
