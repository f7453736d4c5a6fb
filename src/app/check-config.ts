// Whether a configuration would start: all that a start reads of it but its secrets, and nothing is opened.
import type { LoadedConfig } from '../config/index.ts';
import { checkExposure } from '../gateway/index.ts';
import { checkAdmission } from './admission.ts';
import { createDetectors } from './detectors.ts';
import { unknownDisabledRules } from './detector-views.ts';
import { plainSinks } from './export.ts';
import { checkMcp } from './mcp-config.ts';
import { bookMonitorRules } from './monitor-rules.ts';
import { openPlaybooks } from './playbooks.ts';
import { openPolicies } from './policies.ts';
import { checkSecond } from './second/open-second.ts';
import { readTls } from './tls.ts';

export interface CheckedConfig {
  /** Ids of the detectors that would run. */
  readonly detectors: readonly string[];
  readonly policyVersion: string;
  /** What would start and is yet hardly meant, as sentences. */
  readonly warnings: readonly string[];
}

/** What of a configuration works and is yet hardly meant, as sentences. */
export function warningsOf(loaded: LoadedConfig): string[] {
  const warnings = unknownDisabledRules(loaded).map(
    (id) => `detect.disabled: no rule is called ${id.slice(0, 100)}, so nothing is switched off by it`,
  );
  const { second, detectors } = loaded.config.detect;
  if (second !== undefined && second.band[0] > 0 && !detectors.includes('attack')) {
    warnings.push('detect.second: without the detector attack no text has a score in its band, so nobody is asked');
  }
  return [...warnings, ...plainSinks(loaded)];
}

/** @throws AncileError `config_invalid`, `policy_invalid`, `rules_invalid`: what a start would throw */
export function checkConfig(loaded: LoadedConfig): CheckedConfig {
  checkExposure(loaded.config.server);
  readTls(loaded);
  checkAdmission(loaded);
  checkSecond(loaded);
  checkMcp(loaded);
  bookMonitorRules(loaded);
  openPlaybooks(loaded);
  const policies = openPolicies(loaded);
  const detectors = createDetectors(loaded);
  return { detectors: detectors.map(({ id }) => id), policyVersion: policies.version, warnings: warningsOf(loaded) };
}
