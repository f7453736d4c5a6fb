// What the configuration says of tool servers, read and checked: rules, labels, and (at a start) the values of secrets.
import { AncileError } from '../base/index.ts';
import { type LoadedConfig, readSecret } from '../config/index.ts';
import type { FlowLabels, SecretRef, ToolServerConfig } from '../contract/index.ts';
import { type ToolRule, configuredSchema, createOriginCheck } from '../gateway/index.ts';
import { readLabelFile } from './labels.ts';

function invalid(at: string, message: string, cause?: unknown): AncileError {
  return new AncileError('config_invalid', `${at}: ${message}`, { at, cause });
}

function readRules(tools: ToolServerConfig['tools'], at: string): ToolRule[] {
  return Object.entries(tools).map(([pattern, { arguments: schema, deny, principals }]) => {
    const rule = { pattern, deny, principals };
    if (schema === undefined) return { ...rule, schema: undefined };
    try {
      return { ...rule, schema: configuredSchema(schema) };
    } catch (thrown) {
      const why = thrown instanceof Error ? `: ${thrown.message}` : '';
      throw invalid(`${at}.tools.${pattern}.arguments`, `it is no JSON Schema that can be checked${why}`, thrown);
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

/** What is said of one server, but for its secrets. */
export interface ToolServerRules {
  readonly rules: readonly ToolRule[];
  readonly labels: FlowLabels | undefined;
}

/** @throws AncileError `config_invalid` */
export function readServerRules(name: string, { tools, labels }: ToolServerConfig, dir: string): ToolServerRules {
  const at = `mcp.servers.${name}`;
  return {
    rules: readRules(tools, at),
    labels: labels === undefined ? undefined : readLabelFile(labels, `${at}.labels`, dir),
  };
}

/** What a server is given that may be secret: headers, or an environment. @throws AncileError `config_invalid` */
export function readServerValues(
  name: string,
  { url, headers, env }: ToolServerConfig,
  dir: string,
): Readonly<Record<string, string>> {
  const isRemote = url !== undefined;
  return readValues(isRemote ? headers : env, `mcp.servers.${name}.${isRemote ? 'headers' : 'env'}`, dir, isRemote);
}

/** What tokens may be meant for at a path: the gateway itself, all its servers, or the one there. @throws AncileError */
export function readAudience({ config }: LoadedConfig): (path: string) => readonly string[] {
  const { resource, authorization } = config.mcp;
  if (authorization?.audience !== undefined) {
    const { audience } = authorization;
    return () => audience;
  }
  if (resource === undefined) {
    throw invalid('mcp.authorization.audience', 'expected what tokens for here are meant for, or mcp.resource');
  }
  const base = resource.replace(/\/+$/, '');
  return (path) => [base, `${base}/mcp`, `${base}${path}`];
}

/** Whether all of it but secrets would do for a start. @throws AncileError `config_invalid` */
export function checkMcp(loaded: LoadedConfig): void {
  const { mcp, server } = loaded.config;
  const servers = Object.entries(mcp.servers);
  for (const [name, settings] of servers) readServerRules(name, settings, loaded.dir);
  if (servers.length > 0) createOriginCheck(mcp, server);
  if (mcp.authorization !== undefined) readAudience(loaded);
}
