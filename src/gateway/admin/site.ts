// Which site a request to the admin interface was meant for and came from: against DNS rebinding and forged requests.
import { type IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { AncileError } from '../../base/index.ts';

/** Where browsers reach us, as the configuration says. */
export interface Site {
  /** Whether we speak TLS ourselves. */
  readonly tls: boolean;
  /** `server.host`. */
  readonly host: string;
  /** `console.publicUrl`: behind a reverse proxy, or by a name. */
  readonly publicUrl: string | undefined;
}

/** The name in a host header, lower case, without port and brackets; undefined where it is none. */
function hostName(header: string): string | undefined {
  const match = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]{1,253})(?::\d{1,5})?$/i.exec(header);
  return match?.[1]?.toLowerCase().replace(/^\[|\]$/g, '');
}

/** Whether the session's cookie is only for TLS. */
export function isSecure({ tls, publicUrl }: Site): boolean {
  return tls || publicUrl?.startsWith('https:') === true;
}

/**
 * Whether the request names us. Someone else's name that leads here (DNS rebinding) is the one thing that lets a page
 * of another site read our answers as its own; an address in numbers cannot be one.
 */
function isOurs(header: string | undefined, site: Site): boolean {
  const name = header === undefined ? undefined : hostName(header);
  if (name === undefined) return false;
  if (isIP(name) !== 0 || name === 'localhost' || name === site.host.toLowerCase()) return true;
  return site.publicUrl !== undefined && name === new URL(site.publicUrl).hostname.toLowerCase();
}

/** Whether an `Origin` header names the site that the request went to, or the one that a proxy stands for. */
function isOwnOrigin(origin: string, host: string, site: Site): boolean {
  if (site.publicUrl !== undefined && origin === new URL(site.publicUrl).origin) return true;
  return origin.toLowerCase() === `${site.tls ? 'https' : 'http'}://${host.toLowerCase()}`;
}

export interface Asked {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
}

/**
 * Refuses what was not meant for us, or was begun by another site. Browsers say by `Origin` and `Sec-Fetch-Site` where
 * a request comes from, and let no page forge them; what says neither is no browser, and carries its own credentials.
 * @throws AncileError `forbidden`
 */
export function checkSite({ method, headers }: Asked, site: Site): void {
  if (!isOurs(headers.host, site)) {
    throw new AncileError('forbidden', 'the request is for a host that this server does not go by', {
      at: 'host',
      hint: 'Name the address that browsers use as console.publicUrl in the configuration.',
    });
  }
  const foreign = (): AncileError =>
    new AncileError('forbidden', 'the request was begun by another site', {
      at: headers.origin === undefined ? 'sec-fetch-site' : 'origin',
      hint: 'Use the console of this server; behind a proxy, set console.publicUrl.',
    });
  if (headers.origin !== undefined && !isOwnOrigin(headers.origin, headers.host!, site)) throw foreign();
  const from = headers['sec-fetch-site'];
  // Typed into the address line (`none`), something may be looked at, and nothing changed.
  if (from === undefined || from === 'same-origin' || (from === 'none' && method === 'GET')) return;
  throw foreign();
}
