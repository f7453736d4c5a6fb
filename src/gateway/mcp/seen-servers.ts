// The inventory of tool servers: each as it was last seen, with its tools by digest.
import { canonicalJson, type Clock } from '../../base/index.ts';
import { parseJson } from '../../codec/index.ts';
import { ToolServerSeen } from '../../contract/index.ts';
import type { Store } from '../../store/index.ts';

const TOOLS_MOST = 2000;

export interface SeenServers {
  /** @throws AncileError `store_fault` */
  note(seen: Omit<ToolServerSeen, 'first' | 'last'>): Promise<void>;
  get(server: string): ToolServerSeen | undefined;
  list(): ToolServerSeen[];
}

/** How old `last` may be while nothing else changes, milliseconds. */
const FRESH_MS = 3_600_000;

/** @throws AncileError `store_fault` */
export async function openSeenServers(store: Store, clock: Clock): Promise<SeenServers> {
  const servers = new Map<string, ToolServerSeen>();
  for (const { info } of await store.db.selectFrom('tool_servers').select('info').execute()) {
    const seen = ToolServerSeen.parse(parseJson(info, { what: 'a tool server' }));
    servers.set(seen.server, seen);
  }
  return {
    async note({ server, name, version, protocol, tools }) {
      const known = servers.get(server);
      const now = new Date(clock()).toISOString();
      const seen: ToolServerSeen = {
        server,
        name: name.slice(0, 200),
        version: version.slice(0, 100),
        protocol,
        first: known?.first ?? now,
        last: now,
        tools: tools.slice(0, TOOLS_MOST),
      };
      servers.set(server, seen);
      if (
        known !== undefined &&
        Date.parse(now) - Date.parse(known.last) < FRESH_MS &&
        canonicalJson({ ...seen, last: '' }) === canonicalJson({ ...known, last: '' })
      ) {
        return;
      }
      const info = JSON.stringify(seen);
      await store.db
        .insertInto('tool_servers')
        .values({ server, info })
        .onConflict((conflict) => conflict.column('server').doUpdateSet({ info }))
        .execute();
    },
    get: (server) => servers.get(server),
    list: () => [...servers.values()].sort((a, b) => (a.server < b.server ? -1 : 1)),
  };
}
