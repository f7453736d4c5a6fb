// The tool servers of a configuration, ready to be connected to. Addresses, commands and credentials come from here alone.
import { hash } from 'node:crypto';
import { join, resolve } from 'node:path';
import { canonicalJson, systemClock } from '../base/index.ts';
import type { LoadedConfig } from '../config/index.ts';
import type { ToolServerConfig } from '../contract/index.ts';
import {
  type McpSettings,
  type ToolServer,
  createTokenAuthority,
  openHttpLink,
  openStdioLink,
} from '../gateway/index.ts';
import { type Outlet, createOutlet } from '../net/index.ts';
import { dataDirPath } from './data-dir.ts';
import { type ToolServerRules, checkMcp, readAudience, readServerRules, readServerValues } from './mcp-config.ts';

/** Sessions have a stream each besides their calls. */
const CONNECTIONS = 512;

export interface McpOptions {
  /** Told of what no caller waits for. */
  readonly onFault: (fault: unknown) => void;
  /** Told of what a server writes beside the protocol. */
  readonly onNoise: (server: string, text: string) => void;
}

/** All that is known of a server before anything is opened. */
interface Plan extends ToolServerRules {
  readonly settings: ToolServerConfig;
  readonly values: Readonly<Record<string, string>>;
}

function open(loaded: LoadedConfig, plans: ReadonlyMap<string, Plan>, id: string, options: McpOptions): McpSettings {
  const { config, dir } = loaded;
  const { mcp, limits } = config;
  const outlets: Outlet[] = [];
  const openOutlet = (baseUrl: string, connections: number, silence: number): Outlet => {
    const connectTimeout = limits.upstreamConnectTimeout;
    const outlet = createOutlet({
      baseUrl,
      connections,
      connectTimeout,
      headersTimeout: silence,
      idleTimeout: silence,
    });
    outlets.push(outlet);
    return outlet;
  };

  function toServer(name: string, { settings, rules, labels, values }: Plan): ToolServer {
    const common = { name, settings, rules, labels };
    const { url, command, args, memoryMb, resultBytes: maxBytes } = settings;
    if (url !== undefined) {
      // A call is bounded by its own time, and a stream on which nothing is said is no fault.
      const outlet = openOutlet(url, CONNECTIONS, 0);
      const path = new URL(url).pathname.endsWith('/') ? '/' : '';
      return { ...common, open: (events) => openHttpLink({ outlet, path, headers: values, maxBytes }, events) };
    }
    const home = join(dataDirPath(loaded), 'mcp', name);
    const cwd = settings.cwd === undefined ? home : resolve(dir, settings.cwd);
    const child = { command: command!, args, env: values, cwd, home, memoryMb, maxBytes };
    const onNoise = (text: string): void => options.onNoise(name, text);
    return { ...common, open: (events) => openStdioLink({ ...child, onNoise }, events) };
  }

  const servers = new Map([...plans].map(([name, plan]) => [name, toServer(name, plan)]));
  let tokens: McpSettings['tokens'];
  if (mcp.authorization !== undefined) {
    const { issuer, jwks, tenant } = mcp.authorization;
    const { origin, pathname, search } = new URL(jwks);
    tokens = createTokenAuthority({
      issuer,
      audience: readAudience(loaded),
      tenant,
      outlet: openOutlet(origin, 2, 10_000),
      path: pathname + search,
      clock: systemClock,
      onFault: options.onFault,
    });
  }
  const close = (): Promise<void> => Promise.all(outlets.map((outlet) => outlet.close())).then(() => undefined);
  return { id, config: mcp, servers, tokens, close };
}

/**
 * Makes what reads all that configurations say of tool servers; nothing is started or asked by it. Two configurations that
 * say the same share what was opened, so that sessions outlive a reload that does not concern them.
 */
export function createMcpOpener(options: McpOptions): (loaded: LoadedConfig) => McpSettings {
  const shared = new Map<string, { readonly settings: McpSettings; users: number }>();

  /** @throws AncileError `config_invalid` */
  return (loaded) => {
    checkMcp(loaded);
    const { config, dir } = loaded;
    const plans = new Map(
      Object.entries(config.mcp.servers).map(([name, settings]) => [
        name,
        { settings, ...readServerRules(name, settings, dir), values: readServerValues(name, settings, dir) },
      ]),
    );
    // Of secrets and labels as well: what lies behind their names may have changed.
    const said = [...plans].map(([name, { values, labels }]) => ({ name, values, labels }));
    const id = hash(
      'sha256',
      canonicalJson({ mcp: config.mcp, said, connect: config.limits.upstreamConnectTimeout, dir }),
    );
    let entry = shared.get(id);
    if (entry === undefined) shared.set(id, (entry = { settings: open(loaded, plans, id, options), users: 0 }));
    const here = entry;
    here.users++;
    let closed = false;
    return {
      ...here.settings,
      async close() {
        if (closed) return;
        closed = true;
        if (--here.users > 0) return;
        shared.delete(id);
        await here.settings.close();
      },
    };
  };
}
