// A record as rules see it: itself, what it is about in words that all kinds share, and the opening of its exchange.
import type { Involved, LedgerRecord } from '../contract/index.ts';
import type { StoredRecord } from '../ledger/index.ts';

/** Whom and what a record is about. Rules name these without a dot, whatever the kind of the record. */
export interface About {
  /** Id of a key or of another identity; of what people do, their name. */
  principal?: string | undefined;
  principalKind?: string | undefined;
  principalName?: string | undefined;
  actor?: string | undefined;
  session?: string | undefined;
  tenant?: string | undefined;
  route?: string | undefined;
  model?: string | undefined;
  upstream?: string | undefined;
  surface?: string | undefined;
  server?: string | undefined;
  tool?: string | undefined;
  /** Keyed label of the network that a request came from. */
  network?: string | undefined;
  exchange?: string | undefined;
  node?: string | undefined;
}

/** The names of `About`, for the reading of rules. */
export const ABOUT_FIELDS: ReadonlySet<string> = new Set([
  'principal',
  'principalKind',
  'principalName',
  'actor',
  'session',
  'tenant',
  'route',
  'model',
  'upstream',
  'surface',
  'server',
  'tool',
  'network',
  'exchange',
  'node',
]);

export type Opened = Extract<LedgerRecord, { kind: 'exchange.opened' }>;

export interface MonitorEvent {
  readonly record: StoredRecord;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly about: About;
  /** Of a record that belongs to an exchange, where the opening of that is still known. */
  readonly opened: Opened | undefined;
}

function aboutOpened({ exchange, call, network, node }: Opened): About {
  const { principal, session, route, model, upstream, surface, id } = exchange;
  const isTool = surface === 'mcp';
  return {
    principal: principal.id,
    principalKind: principal.kind,
    principalName: principal.name,
    session,
    tenant: principal.tenant,
    route,
    model,
    upstream,
    surface,
    server: call?.server ?? (isTool ? route : undefined),
    tool: call?.tool ?? (isTool ? model : undefined),
    network,
    exchange: id,
    node,
  };
}

/** What a record is about. @param opened - the opening of the exchange that it belongs to, where it is known */
export function toAbout(record: LedgerRecord, opened: Opened | undefined): About {
  const { node } = record;
  switch (record.kind) {
    case 'exchange.opened':
      return aboutOpened(record);
    case 'exchange.closed':
    case 'approval':
    case 'grant':
    case 'feedback': {
      const { exchange } = record;
      if (opened !== undefined) {
        const about = aboutOpened(opened);
        about.node = node;
        if (record.kind !== 'exchange.closed') about.actor = record.actor;
        return about;
      }
      const actor = record.kind === 'exchange.closed' ? undefined : record.actor;
      return { principal: record.principal, exchange, node, actor };
    }
    case 'access.refused':
      return { principal: record.principal, node };
    case 'admin.change':
    case 'session':
      return { principal: record.actor, actor: record.actor, node };
    case 'artifact.pull':
    case 'artifact.push':
      return { principal: record.principal, model: record.model, node };
    case 'model.state':
    case 'model.evidence':
      return { principal: record.actor, actor: record.actor, model: record.model, node };
    case 'admission.review':
      return { principal: record.principal, node };
    case 'registry.event':
      return { model: record.model, node };
    case 'tool.definition':
      return { server: record.server, tool: record.name, node };
    case 'detection':
      return { ...record.involved, node };
    case 'incident':
    case 'containment':
      return { actor: record.actor, node };
    case 'node.state':
      return { node };
    // What they carry is seen by itself, in its own stream.
    case 'forwarded':
    case 'node.stream':
      return { node: record.origin.node };
    case 'imported':
      return { node };
  }
}

const INVOLVED = ['principal', 'session', 'tenant', 'route', 'model', 'server', 'tool'] as const;

/** What of it an incident can be about. */
export function toInvolved(about: About): Involved {
  const { principal, session, tenant, route, model, server, tool } = about;
  return { principal, session, tenant, route, model, server, tool };
}

/** Takes away what a further record does not share: what is left is true of every record of a group. */
export function narrowInvolved(involved: Involved, about: About): void {
  for (const name of INVOLVED) {
    // Set and not deleted: it is done for every record, and an object that loses members is slow.
    if (involved[name] !== undefined && involved[name] !== about[name]) involved[name] = undefined;
  }
}
