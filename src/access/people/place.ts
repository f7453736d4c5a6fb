// Where a client is, as far as sign-in goes: its network address, or the network of it where one client has many.
import { isIPv6 } from 'node:net';

/** An IPv4 address as it is; of an IPv6 address the first 64 bits, which are one customer's. */
export function placeOf(from: string): string {
  const address = from.split('%', 1)[0]!;
  if (!isIPv6(address)) return from;
  const mapped = /^::ffff:([\d.]+)$/i.exec(address);
  if (mapped !== null) return mapped[1]!;
  const [head = '', tail] = address.toLowerCase().split('::', 2);
  const groups = (text: string | undefined): string[] => (text === undefined || text === '' ? [] : text.split(':'));
  const missing = tail === undefined ? 0 : Math.max(8 - groups(head).length - groups(tail).length, 0);
  const all = [...groups(head), ...Array<string>(missing).fill('0'), ...groups(tail)];
  return all
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}
