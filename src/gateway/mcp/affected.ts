// What containment may aim at in a request of an agent's.
import type { Affected, Restraints } from '../../access/index.ts';
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

/** As a route and as where something goes a tool server is called what it is called. A request that named none is found by it as well. */
export const atServer = (server: string) => ({ server, route: server, upstream: server });

/** Whether nothing may pass between an agent and a server. */
export function isFrozenAt(
  restraints: Restraints,
  { id, tenant }: Principal,
  session: string,
  server: string,
): boolean {
  return restraints.find('freeze', { principal: id, tenant, session, ...atServer(server) }) !== undefined;
}

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
    ...(server === undefined ? {} : atServer(server)),
    ...(isTool ? { tool: joined ? named.slice(server.length + JOINT.length) : named } : {}),
  };
}
