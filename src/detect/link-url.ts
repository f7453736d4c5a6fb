// What an address gives away: its host, whether it carries data, whether it hides where it leads.
import { entropyOf } from './secrets/shape.ts';

export interface UrlTraits {
  /** Lower case, without port, user and trailing dot. */
  readonly host: string;
  /** Carries something: long or random-looking values, whole sentences, a placeholder to be filled in. */
  readonly carries: boolean;
  /** Looks like another host than it is: user before @, punycode. */
  readonly disguised: boolean;
  /** The host is a number. */
  readonly address: boolean;
  /** In words, for the evidence. */
  readonly why: string;
}

const TEMPLATE =
  /\{[^}]{0,60}\}|%7b|\$\{|<[a-z_ ]{1,40}|\[[a-z_ ]{2,40}|\b(?:data|secret|summary|conversation|history|password|api_?key|content|message|info|payload)\b[_a-z]{0,12}(?:here)?$/i;
const IMAGE = /\.(?:png|jpe?g|gif|svg|webp|ico|css|js|pdf|html?)$/i;

/** Whether one value (of a query, a path segment, a label) holds more than a name would. */
function isPayload(value: string): boolean {
  const plain = value.replace(IMAGE, '');
  if ((plain.match(/%20|\+|%0a/gi)?.length ?? 0) >= 3) return true;
  if (plain.length >= 80) return true;
  if (plain.length < 20) return false;
  // Words joined by dashes are a title; long rows of mixed characters are an encoding.
  const longest = Math.max(...plain.split(/[-_.,~+]|%[0-9a-f]{2}/i).map((part) => part.length));
  return longest >= 20 && /\d/.test(plain) && /[a-z]/i.test(plain) && entropyOf(plain) >= 3.3;
}

function carries(rest: string, labels: readonly string[]): string | undefined {
  if (labels.some((label) => label.length >= 28 || (label.length >= 16 && /^[0-9a-f]+$/.test(label)))) {
    return 'data in the host name';
  }
  const cut = rest.search(/[?#]/);
  const path = cut < 0 ? rest : rest.slice(0, cut);
  const query = cut < 0 ? '' : rest.slice(cut + 1);
  if (query.length >= 100) return 'long query';
  for (const pair of query.split(/[&;#?]/)) {
    const value = pair.slice(pair.indexOf('=') + 1);
    if (isPayload(value)) return 'data in the query';
    if (pair.includes('=') && TEMPLATE.test(value)) return 'a value to be filled in';
  }
  if (/\{[^}]{0,60}\}|%7b/i.test(path)) return 'a value to be filled in';
  return path.split('/').some(isPayload) ? 'data in the path' : undefined;
}

/**
 * Judges an address from behind its scheme and slashes on, at most `URL_MOST` characters of it.
 * @param isWhole false where the address goes on beyond what is given.
 * @returns undefined where no host can be made out.
 */
export function judgeUrl(address: string, isWhole: boolean): UrlTraits | undefined {
  const cut = address.search(/[/\\?#]/);
  const authority = (cut < 0 ? address : address.slice(0, cut)).toLowerCase();
  const at = authority.lastIndexOf('@');
  const named = authority.slice(at + 1).replace(/:\d{0,5}$/, '');
  const host = named.replace(/\.$/, '');
  if (!/^(?:\[[0-9a-f:.]{2,45}\]|[^\s@:[\]]{1,253})$/.test(host)) return undefined;
  if (!host.includes('.') && !host.includes(':') && !/^\d/.test(host))
    return host === 'localhost' || isWhole ? undefined : longAddress(host);
  const isNumber = /^\[|^\d{1,3}(?:\.\d{1,3}){3}$|^0x[0-9a-f.x]{1,40}$|^\d{8,10}$/.test(host);
  const disguised = at > 0 || /(?:^|\.)xn--/.test(host);
  const why = isWhole
    ? carries(cut < 0 ? '' : address.slice(cut), isNumber ? [] : host.split('.').slice(0, -1))
    : 'very long';
  return {
    host,
    carries: why !== undefined,
    disguised,
    address: isNumber,
    why: disguised ? 'disguised host' : (why ?? (isNumber ? 'host is a number' : 'unknown host')),
  };
}

function longAddress(host: string): UrlTraits {
  return { host, carries: true, disguised: false, address: false, why: 'very long' };
}
