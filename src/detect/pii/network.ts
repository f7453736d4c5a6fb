// Addresses of machines, which point at people: IPv4, IPv6, MAC.
import { contextBefore, endOf, isDigit, type PiiKind, type PiiMatch } from './kind.ts';

const IPV4 = /(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}(?![A-Za-z0-9_]|\.\d)/y;
// Loopback, private, link-local, shared (RFC 6598), documentation, multicast and reserved.
const NOT_PUBLIC =
  /^(?:0|10|127|22[4-9]|23\d|24\d|25[0-5])\.|^192\.168\.|^172\.(?:1[6-9]|2\d|3[01])\.|^169\.254\.|^100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|^192\.0\.[02]\.|^198\.51\.100\.|^203\.0\.113\.|^198\.1[89]\./;
const VERSION =
  /(?:version|ver\.?|release|build|section|chapter|firmware|schema|§)\s{0,3}(?:is |of |[:=#] ?)?$|==\s?$|\bv\.? ?$/;

export const ipv4: PiiKind = {
  rule: 'pii.ip',
  severity: 'low',
  anchors: ['digit'],
  digits: 4,
  shapes: [IPV4],
  match(text, at) {
    let dot = at + 1;
    while (dot < at + 3 && isDigit(text.folded.charCodeAt(dot))) dot++;
    if (text.folded.charCodeAt(dot) !== 46) return undefined;
    const end = endOf(IPV4, text.folded, at);
    if (end < 0 || text.folded[at - 1] === '.' || text.folded[at - 1] === '_' || text.folded[at - 1] === '-')
      return undefined;
    const address = text.folded.slice(at, end);
    if (VERSION.test(contextBefore(text, at))) return undefined;
    return NOT_PUBLIC.test(address)
      ? { start: at, end, score: 0.5, severity: 'info' }
      : { start: at, end, score: /^(?:\d\.){3}\d$/.test(address) ? 0.4 : 0.85 };
  },
};

const IPV6 = /[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,8}(?![0-9a-z:])/y;
const MAC = /[0-9a-f]{2}(?::[0-9a-f]{2}){5}(?![0-9a-z:])/y;

function isIpv6(address: string): boolean {
  const halves = address.split('::');
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  if (groups.some((group) => group === '')) return false;
  return halves.length === 1 ? groups.length === 8 : groups.length >= 3 && groups.length <= 7;
}

function judge(text: string, start: number): PiiMatch | undefined {
  const mac = endOf(MAC, text, start);
  if (mac >= 0) return { start, end: mac, score: 0.8 };
  const end = endOf(IPV6, text, start);
  if (end < 0) return undefined;
  const address = text.slice(start, end);
  if (!isIpv6(address)) return undefined;
  // Link-local, unique-local, multicast and documentation addresses say little about anyone.
  return /^(?:fe[89ab]|f[cdf]|2001:0?db8)/.test(address)
    ? { start, end, score: 0.5, severity: 'info' }
    : { start, end, score: 0.9 };
}

const isHex = (code: number): boolean => (code >= 48 && code <= 57) || (code >= 97 && code <= 102);

/** Where an address starts whose first colon is at `at`; -1 where none can. */
export function startOfAddress(lower: string, at: number): number {
  let start = at;
  while (start > 0 && at - start < 5 && isHex(lower.charCodeAt(start - 1))) start--;
  return start === at || at - start > 4 || /[0-9a-z:_]/.test(lower[start - 1] ?? ' ') ? -1 : start;
}

/** IPv6 and MAC addresses: tried from the first group before a colon. */
export const colonAddress: PiiKind = {
  rule: 'pii.ip',
  severity: 'low',
  anchors: ['colon'],
  shapes: [IPV6, MAC],
  match(text, at) {
    const next = text.lower.charCodeAt(at + 1);
    if (next !== 58 && !isHex(next)) return undefined;
    const start = startOfAddress(text.lower, at);
    return start < 0 ? undefined : judge(text.lower, start);
  },
};
