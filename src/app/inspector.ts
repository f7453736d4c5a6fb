// What `ancile inspect` judges with: the pipeline of a configuration, and of its upstreams those that a second stage asks.
import { createRestraints, createRouteTable, selectRoute } from '../access/index.ts';
import { systemClock } from '../base/index.ts';
import type { LoadedConfig } from '../config/index.ts';
import type { Channel, Explanation } from '../contract/index.ts';
import { createRoster } from '../gateway/index.ts';
import { type SecondStage, createPipeline, explainText } from '../guard/index.ts';
import { createDetectors } from './detectors.ts';
import { type TextVerdict, createFullInspect } from './inspect.ts';
import { openPolicies } from './policies.ts';
import { openSecond } from './second/open-second.ts';
import { openUpstreams } from './upstreams.ts';

export interface Inspector {
  inspect(text: string, channel: Channel): Promise<TextVerdict>;
  explain(text: string, channel: Channel): Explanation[];
  /** The second stage; undefined where none is configured, and nothing leaves this process then. */
  readonly second: SecondStage | undefined;
  close(): Promise<void>;
}

/** The configuration with those upstreams alone that a judge can be asked by: no other secret is read. */
function asksOnly(loaded: LoadedConfig): LoadedConfig {
  const { config } = loaded;
  const { second } = config.detect;
  const route = second?.kind === 'judge' ? selectRoute(config.models, second.model)?.route : undefined;
  const targets = route === undefined ? [] : [route, ...(route.spread ?? []), ...(route.fallbacks ?? [])];
  const names = new Set(targets.map(({ upstream }) => upstream));
  const upstreams = Object.fromEntries(Object.entries(config.upstreams).filter(([name]) => names.has(name)));
  return { ...loaded, config: { ...config, upstreams } };
}

/**
 * Opens an inspector. Without `detect.second` it is offline.
 * @throws AncileError `config_invalid`, `policy_invalid`, `rules_invalid`, `model_invalid`
 */
export async function openInspector(loaded: LoadedConfig): Promise<Inspector> {
  const { config } = loaded;
  const policies = openPolicies(loaded);
  const detectors = createDetectors(loaded);
  const upstreams = await openUpstreams(asksOnly(loaded));
  const roster = createRoster(upstreams.doors.values(), { breaker: config.breaker, clock: systemClock });
  const { retries, limits } = config;
  const asking = {
    routes: createRouteTable(config.models),
    upstreams: roster,
    retries,
    limits,
    clock: systemClock,
    restraints: createRestraints(),
  };
  let second: SecondStage | undefined;
  try {
    second = await openSecond(loaded, { asking });
  } catch (thrown) {
    await upstreams.close();
    throw thrown;
  }
  return {
    inspect: createFullInspect(createPipeline({ detectors, policies: () => policies, second })),
    explain: (text, channel) => explainText(detectors, text, channel),
    second,
    close: () => Promise.all([upstreams.close(), second?.close()]).then(() => undefined),
  };
}
