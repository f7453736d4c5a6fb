// Tool servers for people: which there are, what they offer, and a word on each definition.
import type { Config, ToolServerView } from '../../contract/index.ts';
import type { PinBook, SeenServers } from '../mcp/index.ts';
import type { Operations } from './operation.ts';

export interface ToolParts {
  readonly pins: PinBook;
  readonly seenServers: SeenServers;
  /** Of the configuration in force. */
  readonly toolServers: () => Config['mcp']['servers'];
  /** Sessions with each server; none where no server runs. */
  readonly toolSessions: () => ReadonlyMap<string, number>;
}

export function toolOperations({
  pins,
  seenServers,
  toolServers,
  toolSessions,
}: ToolParts): Pick<Operations, 'getToolServers' | 'getToolPins' | 'decideToolPin'> {
  return {
    async getToolServers() {
      const configured = toolServers();
      const sessions = toolSessions();
      const known = [...Object.keys(configured), ...seenServers.list().map(({ server }) => server)];
      const names = new Set([...known, ...pins.list().map(({ server }) => server)]);
      const servers = [...names].sort().map((server): ToolServerView => {
        const counts: ToolServerView['pins'] = { pending: 0, changed: 0, approved: 0, denied: 0 };
        for (const { state } of pins.list({ server })) counts[state]++;
        const settings = Object.hasOwn(configured, server) ? configured[server] : undefined;
        const seen = seenServers.get(server);
        return {
          server,
          configured: settings !== undefined,
          ...(settings === undefined ? {} : { kind: settings.url === undefined ? 'local' : 'remote' }),
          sessions: sessions.get(server) ?? 0,
          ...(seen === undefined ? {} : { seen }),
          pins: counts,
        };
      });
      return { servers };
    },
    getToolPins: async ({ server, kind, state }) => ({ pins: pins.list({ server, kind, state }) }),
    decideToolPin: (decision, { actor }) => pins.decide(decision, actor.name),
  };
}
