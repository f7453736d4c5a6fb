// What containment may aim at in a request of an agent's.
import type { Affected } from '../../access/index.ts';
import type { Principal } from '../../contract/index.ts';
import { JOINT } from './catalogue.ts';
import type { RpcRequest } from './json-rpc.ts';

export interface Asker {
  readonly principal: Principal;
  /** Keyed label of his session. */
  readonly session: string;
  /** The server that the request is for, where it names one. */
  readonly server: string | undefined;
  /** Whether names begin with their server's. */
  readonly joined: boolean;
}

/** What containment may aim at, always with the session. */
export type McpAffected = Affected & Pick<Asker, 'session'>;

export function affectedBy(
  { method, params }: Pick<RpcRequest, 'method' | 'params'>,
  { principal, session, server, joined }: Asker,
): McpAffected {
  const named = params['name'];
  const isTool = method === 'tools/call' && server !== undefined && typeof named === 'string';
  return {
    principal: principal.id,
    tenant: principal.tenant,
    session,
    ...(server === undefined ? {} : { server, route: server, upstream: server }),
    ...(isTool ? { tool: joined ? named.slice(server.length + JOINT.length) : named } : {}),
  };
}
