// All of a running server that follows its configuration: made whole from one configuration, and exchanged whole for the
// next. Exchanges under way end with the generation that they arrived in.
import { hash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type ApprovalBook, type Restraints, createRestraints, createRouteTable } from '../access/index.ts';
import { systemClock } from '../base/index.ts';
import { type LoadedConfig, readSecret } from '../config/index.ts';
import type { Channel, DetectorView, Direction, Explanation, SecondCounts, UpstreamHealth } from '../contract/index.ts';
import { warmUp } from '../detect/index.ts';
import {
  type ArtifactSource,
  type LlmParts,
  type McpSettings,
  type PinBook,
  createAddressOf,
  createRoster,
  createTighten,
} from '../gateway/index.ts';
import {
  type FlowDesk,
  type FlowSettings,
  type MisuseMemory,
  type SecondStage,
  createPipeline,
  explainText,
} from '../guard/index.ts';
import type { SinkSettings } from '../export/index.ts';
import type { BookedRule } from '../monitor/index.ts';
import type { ReadPlaybook } from '../respond/index.ts';
import type { ReloadablePolicies } from '../policy/index.ts';
import { checkAdmission, readAdmissionToken } from './admission.ts';
import { openArtifactSources } from './artifact-sources.ts';
import { createDetectors } from './detectors.ts';
import { viewDetectors } from './detector-views.ts';
import { type TextVerdict, createFullInspect } from './inspect.ts';
import { readSinks } from './export.ts';
import { openFlow, toHints } from './flow.ts';
import { type ReadImport, readImports } from './imports/index.ts';
import { bookMonitorRules } from './monitor-rules.ts';
import { readNodes } from './nodes.ts';
import { checkStarts, openPlaybooks } from './playbooks.ts';
import { type PolicySets, openPolicies, openPolicySets } from './policies.ts';
import { openSecond } from './second/open-second.ts';
import { openUpstreams } from './upstreams.ts';
import { type Webhook, openWebhook } from './webhook.ts';

/** What outlives every configuration: the data folder's parts, and what counts what is under way. */
export type LastingParts = Pick<
  LlmParts,
  | 'keys'
  | 'budgets'
  | 'restraints'
  | 'append'
  | 'keyedDigest'
  | 'keyedLabel'
  | 'refusals'
  | 'inflight'
  | 'load'
  | 'onFault'
> & {
  /** Used where a configuration says so. */
  readonly misuse: MisuseMemory;
  /** Used where a configuration says so. */
  readonly desk: FlowDesk;
  readonly approvals: ApprovalBook;
  /** Keeps raw text; used where a configuration says so. */
  readonly capture: NonNullable<LlmParts['capture']>;
};

export interface Generation {
  readonly loaded: LoadedConfig;
  readonly policies: ReloadablePolicies;
  readonly policySets: PolicySets;
  readonly webhook: Webhook | undefined;
  /** Over the records of the ledger. */
  readonly monitorRules: readonly BookedRule[];
  /** Where models come from. */
  readonly sources: ReadonlyMap<string, ArtifactSource>;
  /** Tool servers. */
  readonly mcp: McpSettings;
  /** Where records are told of. */
  readonly sinks: readonly SinkSettings[];
  /** Logs that are read as they come. */
  readonly imports: readonly ReadImport[];
  /** Undefined where flow control is off. */
  readonly flow: FlowSettings | undefined;
  readonly playbooks: readonly ReadPlaybook[];
  detectors(): DetectorView[];
  inspect(text: string, channel: Channel): Promise<TextVerdict>;
  explain(text: string, channel: Channel, direction?: Direction): Explanation[];
  health(): UpstreamHealth[];
  /** What the second stage was asked; undefined where there is none. */
  second(): SecondCounts | undefined;
  /** What exchanges are handled with. */
  join(lasting: LastingParts): LlmParts;
  /** Closes what was opened for it once no exchange needs it any more. */
  retire(): Promise<void>;
  /** Closes it at once. */
  close(): Promise<void>;
}

export interface GenerationOptions {
  /** Of this process alone, so that nobody can aim for a collision of cached verdicts. */
  readonly salt: string;
  /** Told of what no caller waits for: a message to the webhook that could not be delivered. */
  readonly onFault: (fault: unknown) => void;
  /** Opens the tool servers: those that stay the same are shared from one generation to the next. */
  readonly openMcp: (loaded: LoadedConfig) => McpSettings;
  /** Definitions of tools that were approved; none while nothing is open yet. */
  readonly pins: () => PinBook | undefined;
  /** What is contained; nothing while no data folder is open yet. */
  readonly restraints: () => Restraints | undefined;
}

/**
 * Makes a generation; where something is wrong, nothing of it is left.
 * @throws AncileError `config_invalid`, `policy_invalid`, `rules_invalid`, `model_invalid`
 */
export async function openGeneration(
  loaded: LoadedConfig,
  { salt, onFault, openMcp, pins, restraints }: GenerationOptions,
): Promise<Generation> {
  const { config, dir } = loaded;
  const policies = openPolicies(loaded);
  // Each step takes tens of milliseconds: traffic that is under way gets its turn between them.
  await nextTurn();
  const detectors = createDetectors(loaded);
  await nextTurn();
  const monitorRules = bookMonitorRules(loaded);
  await nextTurn();
  const canaries = config.detect.canaries.map((ref, i) => readSecret(ref, `detect.canaries[${i}]`, dir));
  // Patterns compile on first use: better now than in the first exchange.
  warmUp(detectors);
  await nextTurn();
  const cacheDigest = (text: string): string => hash('sha256', salt + text, 'base64');
  checkAdmission(loaded);
  readAdmissionToken(loaded);
  const sinks = readSinks(loaded);
  const imports = readImports(loaded);
  readNodes(loaded);
  const sources = openArtifactSources(loaded);
  const mcp = openMcp(loaded);
  const flow = openFlow(loaded, policies, mcp, toHints(pins, mcp));
  const playbooks = openPlaybooks(loaded);
  checkStarts(loaded, new Set(monitorRules.filter(({ state }) => state !== 'off').map(({ rule }) => rule.id)));
  const upstreams = await openUpstreams(loaded);
  const roster = createRoster(upstreams.doors.values(), { breaker: config.breaker, clock: systemClock });
  const routes = createRouteTable(config.models);
  const none = createRestraints();
  const asking = {
    routes,
    upstreams: roster,
    retries: config.retries,
    limits: config.limits,
    clock: systemClock,
    get restraints() {
      return restraints() ?? none;
    },
  };
  let webhook: Webhook | undefined;
  let second: SecondStage | undefined;
  try {
    second = await openSecond(loaded, { asking, cacheDigest });
    webhook = openWebhook(loaded, onFault);
  } catch (thrown) {
    await Promise.all([upstreams.close(), second?.close()]);
    throw thrown;
  }
  const pipeline = createPipeline({ detectors, policies: () => policies.current(), cacheDigest, second });
  const policySets = openPolicySets(loaded);
  const { enabled, ...bounds } = config.detect.misuse;
  let views: DetectorView[] | undefined;
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> =>
    (closing ??= Promise.all([
      upstreams.close(),
      webhook?.teller.close(),
      second?.close(),
      mcp.close(),
      ...[...sources.values()].map(({ remote }) => remote.close()),
    ]).then(() => undefined));
  return {
    loaded,
    policies,
    policySets,
    webhook,
    monitorRules,
    sources,
    mcp,
    sinks,
    imports,
    flow,
    playbooks,
    detectors: () => (views ??= viewDetectors(loaded)),
    inspect: createFullInspect(pipeline),
    explain: (text, channel, direction) => explainText(detectors, text, channel, direction),
    health: () => roster.health(),
    second: () => second?.counts(),
    join: ({ capture, approvals, misuse, desk, ...parts }) => ({
      tighten: createTighten({
        restraints: parts.restraints,
        policies: () => policies.current(),
        setNamed: (name) => policySets.named(name, onFault),
        pipelineOf: (joined) => createPipeline({ detectors, policies: () => joined, cacheDigest, second }),
        flow: flow && { desk, settings: flow },
      }),
      ...asking,
      ...parts,
      pipeline,
      policies,
      canaries,
      marks: {
        networks: config.monitor.networks,
        traces: config.telemetry.otlp?.traces === true,
        addressOf: createAddressOf(config.server.trustedProxies),
      },
      ...(flow === undefined ? {} : { flow: { desk, settings: flow } }),
      approvers: { book: approvals, wait: config.approvals.wait },
      ...(enabled && { misuse: { memory: misuse, settings: { ...bounds, disabled: config.detect.disabled } } }),
      ...(config.judge === undefined ? {} : { judge: config.judge }),
      ...(config.capture.enabled ? { capture } : {}),
    }),
    // What approvers have not been told yet, they are told: the next generation does not know of it.
    retire: () =>
      Promise.all([
        roster.retire(),
        webhook?.teller.idle(),
        ...[...sources.values()].map(({ remote }) => remote.retire()),
      ]).then(close),
    close,
  };
}
