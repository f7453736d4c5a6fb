// Whom an address of the gateway's answers: against web pages that have a name of their own resolve to this machine.
import { AncileError } from '../../../base/index.ts';
import type { Config } from '../../../contract/index.ts';
import { isLoopback } from '../../exposure.ts';

export interface OriginCheck {
  /** @throws AncileError `forbidden` */
  (headers: { readonly host?: string | undefined; readonly origin?: string | undefined }): void;
}

/** The name in a Host header, without its port. */
function nameOf(host: string): string {
  return host.toLowerCase().replace(/:\d{1,5}$/, '');
}

/** @throws AncileError `config_invalid` where nobody could say which names are ours */
export function createOriginCheck(mcp: Config['mcp'], server: Pick<Config['server'], 'host'>): OriginCheck {
  const names = new Set(mcp.hosts.map(nameOf));
  if (mcp.resource !== undefined) names.add(nameOf(new URL(mcp.resource).host));
  if (isLoopback(server.host)) for (const name of ['localhost', '127.0.0.1', '[::1]']) names.add(name);
  else if (names.size === 0) {
    throw new AncileError('config_invalid', 'mcp.resource: expected the address by which clients reach the gateway', {
      at: 'mcp.resource',
      hint: 'Beyond loopback the Host header of each request is held against it.',
    });
  } else names.add(nameOf(server.host));
  const origins = new Set(mcp.origins.map((origin) => origin.toLowerCase().replace(/\/$/, '')));
  return ({ host, origin }) => {
    if (host === undefined || !names.has(nameOf(host))) {
      throw new AncileError('forbidden', 'the Host header names another server', {
        hint: 'Names under which the gateway is reached are set by mcp.resource and mcp.hosts.',
      });
    }
    if (origin === undefined) return;
    const from = origin.toLowerCase();
    const own = URL.canParse(from) ? nameOf(new URL(from).host) : undefined;
    const isOwn = own !== undefined && new URL(from).host === host.toLowerCase();
    if (isOwn || origins.has(from)) return;
    throw new AncileError('forbidden', 'pages of this origin may not connect', {
      hint: 'Origins that may are set by mcp.origins.',
    });
  };
}
