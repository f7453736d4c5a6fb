// The tool servers of a configuration, ready to be connected to. Addresses, commands and credentials come from here alone.
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { AncileError, canonicalJson, systemClock, systemCode } from '../base/index.ts';
import { type LoadedConfig, readSecret } from '../config/index.ts';
import { FlowLabels, type SecretRef, type ToolServerConfig } from '../contract/index.ts';
import {
  type McpSettings,
  type ToolRule,
  type ToolServer,
  createOriginCheck,
  createTokenAuthority,
  openHttpLink,
  openStdioLink,
} from '../gateway/index.ts';
import { type Outlet, createOutlet } from '../net/index.ts';
import { dataDirPath } from './data-dir.ts';

/** Sessions have a stream each besides their calls. */
const CONNECTIONS = 512;
const LABELS_BYTES = 1_000_000;

function invalid(at: string, message: string, cause?: unknown): AncileError {
  return new AncileError('config_invalid', `${at}: ${message}`, { at, cause });
}

/** @throws AncileError `config_invalid` */
function readLabels(file: string, at: string, dir: string): FlowLabels {
  const path = resolve(dir, file);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (thrown) {
    throw invalid(at, `${path} cannot be read (${systemCode(thrown) ?? 'unknown'})`, thrown);
  }
  if (text.length > LABELS_BYTES) throw invalid(at, `${path} is larger than ${LABELS_BYTES} bytes`);
  let value: unknown;
  try {
    value = parseYaml(text, { maxAliasCount: 0 });
  } catch (thrown) {
    throw invalid(at, `${path} is neither JSON nor YAML`, thrown);
  }
  const parsed = FlowLabels.safeParse(value);
  if (parsed.success) return parsed.data;
  const { path: place, message } = parsed.error.issues[0]!;
  throw invalid(at, `${path}: ${place.map(String).join('.')}: ${message}`);
}

function readRules(tools: ToolServerConfig['tools'], at: string): ToolRule[] {
  return Object.entries(tools).map(([pattern, { arguments: schema, deny, principals }]) => {
    const rule = { pattern, deny, principals };
    if (schema === undefined) return { ...rule, schema: undefined };
    try {
      return { ...rule, schema: z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]) };
    } catch (thrown) {
      throw invalid(`${at}.tools.${pattern}.arguments`, 'it is no JSON Schema that can be checked', thrown);
    }
  });
}

type Value = string | SecretRef;

function readValues(
  values: Readonly<Record<string, Value>>,
  at: string,
  dir: string,
  isHeader: boolean,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      const place = `${at}.${name}`;
      const text = typeof value === 'string' ? value : readSecret(value, place, dir);
      // Told without the value, which may be a secret.
      if (isHeader && !/^[\x20-\x7e]*$/.test(text)) throw invalid(place, 'it cannot be the value of a header');
      return [name, text];
    }),
  );
}

export interface McpOptions {
  /** Told of what no caller waits for, and of what a server writes beside the protocol. */
  readonly onFault: (fault: unknown, server?: string) => void;
  readonly onNoise: (server: string, text: string) => void;
}

/**
 * Reads all that the configuration says of tool servers; nothing is started or asked yet.
 * @throws AncileError `config_invalid`
 */
export function openMcp(loaded: LoadedConfig, { onFault, onNoise }: McpOptions): McpSettings {
  const { config, dir } = loaded;
  const { mcp } = config;
  const outlets: Outlet[] = [];

  function toServer(name: string, settings: ToolServerConfig): ToolServer {
    const at = `mcp.servers.${name}`;
    const rules = readRules(settings.tools, at);
    const labels = settings.labels === undefined ? undefined : readLabels(settings.labels, `${at}.labels`, dir);
    const common = { name, settings, rules, labels };
    const maxBytes = settings.resultBytes;
    const { url, command } = settings;
    if (url !== undefined) {
      const headers = readValues(settings.headers, `${at}.headers`, dir, true);
      const outlet = createOutlet({
        baseUrl: url,
        connections: CONNECTIONS,
        connectTimeout: config.limits.upstreamConnectTimeout,
        // A call is bounded by its own time, and a stream on which nothing is said is no fault.
        headersTimeout: 0,
        idleTimeout: 0,
      });
      outlets.push(outlet);
      const path = url.endsWith('/') || new URL(url).pathname === '/' ? '/' : '';
      return { ...common, open: (events) => openHttpLink({ outlet, path, headers, maxBytes }, events) };
    }
    const { args, memoryMb } = settings;
    const env = readValues(settings.env, `${at}.env`, dir, false);
    const home = join(dataDirPath(loaded), 'mcp', name);
    const cwd = settings.cwd === undefined ? home : resolve(dir, settings.cwd);
    const child = { command: command!, args, env, cwd, home, memoryMb, maxBytes };
    const noise = (text: string): void => onNoise(name, text);
    return { ...common, open: (events) => openStdioLink({ ...child, onNoise: noise }, events) };
  }

  const servers = new Map(Object.entries(mcp.servers).map(([name, settings]) => [name, toServer(name, settings)]));
  if (servers.size > 0) createOriginCheck(mcp, config.server);
  let tokens: McpSettings['tokens'];
  if (mcp.authorization !== undefined) {
    const { issuer, jwks, tenant } = mcp.authorization;
    const { resource } = mcp;
    const audience =
      mcp.authorization.audience ?? (resource === undefined ? [] : audienceOf(resource, [...servers.keys()]));
    if (audience.length === 0) {
      throw invalid('mcp.authorization.audience', 'expected what tokens for here are meant for, or mcp.resource');
    }
    const { origin, pathname, search } = new URL(jwks);
    const outlet = createOutlet({
      baseUrl: origin,
      connections: 2,
      connectTimeout: config.limits.upstreamConnectTimeout,
      headersTimeout: 10_000,
      idleTimeout: 10_000,
    });
    outlets.push(outlet);
    const clock = systemClock;
    tokens = createTokenAuthority({ issuer, audience, tenant, outlet, path: pathname + search, clock, onFault });
  }
  return {
    id: hash('sha256', canonicalJson(mcp)),
    config: mcp,
    servers,
    tokens,
    close: () => Promise.all(outlets.map((outlet) => outlet.close())).then(() => undefined),
  };
}

/** What tokens may be meant for: the gateway's address, or one of those below it. */
function audienceOf(resource: string, servers: readonly string[]): string[] {
  const base = resource.replace(/\/+$/, '');
  return [base, `${base}/mcp`, ...servers.map((name) => `${base}/mcp/${name}`)];
}
