// `ancile mcp wrap`: one tool server between an agent and its program, over stdio, on a data folder of its own.
import { createHash } from 'node:crypto';
import type { Readable, Writable } from 'node:stream';
import { AncileError, canonicalJson, systemClock } from '../base/index.ts';
import { type LoadedConfig, VERSION } from '../config/index.ts';
import type { Principal, ToolServerConfig } from '../contract/index.ts';
import {
  createInflight,
  createLoad,
  cutFrozen,
  createRefusals,
  startAdminSocket,
  startWrap,
} from '../gateway/index.ts';
import { createPipeline } from '../guard/index.ts';
import { openFolder } from './admin.ts';
import { Closers } from './closers.ts';
import { createDetectors } from './detectors.ts';
import { openFlow, openFlowDesk, toFlowGate, toHints } from './flow.ts';
import type { Logger } from './log.ts';
import { createMcpOpener } from './mcp.ts';
import { openWebhook } from './webhook.ts';
import { openPolicies } from './policies.ts';

export interface WrapRequest {
  /** What the server is called in pins, records and rules; settings under `mcp.servers` of that name hold. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Environment variables that the program is given, by name. */
  readonly env: readonly string[];
  readonly pin?: ToolServerConfig['pin'] | undefined;
  readonly input: Readable;
  readonly output: Writable;
}

/** Whoever runs the command: the agent, as its user. */
const AGENT: Principal = { id: 'wrap', kind: 'agent', name: 'wrap', tenant: 'default' };

/** The configuration with this one tool server. @throws AncileError `usage` */
function withServer(loaded: LoadedConfig, { name, command, args, cwd, env, pin }: WrapRequest): LoadedConfig {
  const { config } = loaded;
  const known = Object.hasOwn(config.mcp.servers, name) ? config.mcp.servers[name] : undefined;
  if (known?.url !== undefined) {
    throw new AncileError('usage', `mcp.servers.${name} is a server with an address`, {
      at: 'name',
      hint: 'Give the wrapped one another --name.',
    });
  }
  const given = Object.fromEntries(env.map((each) => [each, { env: each }]));
  const server: ToolServerConfig = {
    headers: {},
    memoryMb: 1024,
    trusted: false,
    tools: {},
    pin: 'approve',
    sampling: 'deny',
    elicitation: 'deny',
    roots: 'deny',
    timeout: 60_000,
    resultBytes: 1_000_000,
    ...known,
    command,
    args: [...args],
    env: { ...known?.env, ...given },
    cwd: known?.cwd ?? cwd,
    ...(pin === undefined ? {} : { pin }),
  };
  return { ...loaded, config: { ...config, mcp: { ...config.mcp, servers: { [name]: server } } } };
}

/**
 * Serves an agent until it ends its side. While it runs, the command line reaches the data folder through it, as it reaches
 * a server.
 * @throws AncileError `data_dir_owned` where another process has the data folder; `config_invalid` and the like
 */
export async function wrapToolServer(given: LoadedConfig, request: WrapRequest, log: Logger): Promise<void> {
  const loaded = withServer(given, request);
  const closers = new Closers();
  const onFault = (err: unknown): void => log.error({ err }, 'tool server');
  try {
    const { config } = loaded;
    const policies = openPolicies(loaded);
    const pipeline = createPipeline({ detectors: createDetectors(loaded), policies: () => policies });
    const settings = createMcpOpener({ onFault, onNoise: (_, text) => log.info({ text }, 'tool server') })(loaded);
    closers.add(() => settings.close());
    const webhook = openWebhook(loaded, onFault);
    closers.add(async () => webhook?.teller.close());
    const { data, append, approvals, grants, pins, seenServers, evidence, operations } = await openFolder(
      loaded,
      closers,
      webhook,
    );
    const refusals = createRefusals(append, systemClock);
    closers.add(() => refusals.close());
    const socket = await startAdminSocket(data.path, operations, onFault);
    closers.add(() => socket.close());
    const configDigest = createHash('sha256').update(canonicalJson(config)).digest('hex');
    await append({
      kind: 'node.state',
      state: 'started',
      version: VERSION,
      configDigest,
      policyVersion: policies.version,
    });
    const inflight = createInflight();
    data.restraints.onPut((restraint) => cutFrozen(inflight, restraint));
    const calls = {
      limits: config.limits,
      clock: systemClock,
      budgets: data.budgets,
      restraints: data.restraints,
      pipeline,
      policies,
      approvers: { book: approvals, wait: config.approvals.wait },
      append,
      keyedDigest: (content: string | Uint8Array) => data.keys.keyedDigest(content),
      keyedLabel: (text: string) => data.keys.keyedLabel(text),
      refusals,
      inflight,
      load: createLoad(),
      onFault,
      ...(config.capture.enabled ? { capture: evidence.put.bind(evidence) } : {}),
    };
    const desk = await openFlowDesk(data.store, grants, onFault);
    const flow = toFlowGate(
      desk,
      openFlow(
        loaded,
        policies,
        settings,
        toHints(() => pins, settings),
      ),
    );
    await startWrap({
      parts: { calls: () => calls, settings: () => settings, pins, seen: seenServers, version: VERSION, flow },
      server: settings.servers.get(request.name)!,
      caller: { principal: AGENT, tools: ['*'], budgets: [], isActive: () => true },
      input: request.input,
      output: request.output,
      maxBytes: config.limits.bodyBytes,
    });
    await append({ kind: 'node.state', state: 'stopped', version: VERSION });
  } finally {
    await closers.close(log);
  }
}
