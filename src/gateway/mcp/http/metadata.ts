// What clients are told of how to get in: OAuth protected-resource metadata (RFC 9728).
import type { Config } from '../../../contract/index.ts';

export const METADATA_PATH = '/.well-known/oauth-protected-resource';

/** The address of what a path is, as clients know it: tokens are meant for exactly this (RFC 8707). */
export function resourceOf({ resource }: Config['mcp'], address: string): string {
  return (resource ?? address).replace(/\/+$/, '');
}

/** The document for a resource path such as `/mcp/files`; undefined where no authorization server is configured. */
export function metadataOf(mcp: Config['mcp'], address: string, path: string): object | undefined {
  if (mcp.authorization === undefined) return undefined;
  return {
    resource: resourceOf(mcp, address) + path,
    authorization_servers: [mcp.authorization.issuer],
    bearer_methods_supported: ['header'],
    scopes_supported: Object.keys(mcp.servers).map((name) => `mcp:${name}`),
    resource_name: 'Ancile, tool servers',
  };
}

/** What a request without a good key or token is told. */
export function challenge(mcp: Config['mcp'], address: string, path: string): string {
  if (mcp.authorization === undefined) return 'Bearer';
  return `Bearer resource_metadata="${resourceOf(mcp, address)}${METADATA_PATH}${path}"`;
}
