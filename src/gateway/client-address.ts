// Whose address a request comes from: that of its connection, or behind a proxy that the configuration trusts the one that the
// proxy wrote down.
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

/** A request's own connection, and what is written on it. */
export type Addressed = Pick<IncomingMessage, 'headers'> & {
  readonly socket: { readonly remoteAddress?: string | undefined };
};
export type AddressOf = (request: Addressed) => string | undefined;

/** Entries that are looked at: a proxy adds one, and who writes more wants work done. */
const MOST_ENTRIES = 32;

/** An address as it stands in a list, without its port; undefined where it is none. */
function plainAddress(entry: string): string | undefined {
  const text = entry.trim();
  const bare = /^\[([^\]]*)\](?::\d+)?$/.exec(text)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(text)?.[1] ?? text;
  return isIP(bare) === 0 ? undefined : bare;
}

const unmapped = (address: string): string =>
  address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;

/**
 * @param trusted - addresses and networks of proxies that append to `x-forwarded-for`. The rightmost address that is none of them
 *   counts: what stands left of it anybody could have written.
 */
export function createAddressOf(trusted: readonly string[]): AddressOf {
  if (trusted.length === 0) return ({ socket }) => socket.remoteAddress;
  const proxies = new BlockList();
  for (const each of trusted) {
    const [address = '', bits] = each.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) proxies.addAddress(address, family);
    else proxies.addSubnet(address, Number(bits), family);
  }
  const isProxy = (address: string): boolean => {
    const plain = unmapped(address);
    return proxies.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4');
  };
  return ({ socket, headers }) => {
    const peer = socket.remoteAddress;
    if (peer === undefined || !isProxy(peer)) return peer;
    const given = headers['x-forwarded-for'];
    const entries = (Array.isArray(given) ? given.join(',') : (given ?? '')).split(',').slice(-MOST_ENTRIES).reverse();
    let address = peer;
    for (const entry of entries) {
      const next = plainAddress(entry);
      // What is no address was not written by a proxy of ours: the last that is known counts.
      if (next === undefined) break;
      address = next;
      if (!isProxy(next)) break;
    }
    return address;
  };
}
