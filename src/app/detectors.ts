// The detectors that the configuration asks for, made from the shipped rules and the user's own.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { AncileError, systemCode } from '../base/index.ts';
import type { LoadedConfig } from '../config/index.ts';
import type { DetectorId } from '../contract/index.ts';
import {
  type AttackRule,
  type Detector,
  activeContentDetector,
  answerShapeDetector,
  createAttackDetector,
  createSecretDetector,
  createSecretTailDetector,
  groundingDetector,
  leakDetector,
  linkDetector,
  parseRules,
  parseSecretRules,
  piiDetector,
  schemaDetector,
} from '../detect/index.ts';
import { SHIPPED_ATTACK_RULES, readShippedRules } from './content.ts';

function readUserRules(path: string, at: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    throw new AncileError('rules_invalid', `${at}: ${path} cannot be read (${systemCode(thrown) ?? 'unknown'})`, {
      at,
      hint: 'Paths are relative to the configuration file.',
      cause: thrown,
    });
  }
}

/** @throws AncileError `rules_invalid` naming file, rule and place */
export function createDetectors({ config, dir }: LoadedConfig): Detector[] {
  const disabled = new Set(config.detect.disabled);
  const enabled = <T extends { readonly id: string }>(rules: readonly T[]): T[] =>
    rules.filter((rule) => !disabled.has(rule.id));
  const attackRules = (): AttackRule[] => [
    ...SHIPPED_ATTACK_RULES.map(readShippedRules).flatMap(({ text, file }) => parseRules(text, file)),
    ...config.detect.rules.flatMap((name, index) =>
      parseRules(readUserRules(resolve(dir, name), `detect.rules[${index}]`), name),
    ),
  ];
  const secrets = readShippedRules('secrets.yaml');
  const make: Record<DetectorId, () => Detector[]> = {
    attack: () => [createAttackDetector(enabled(attackRules()))],
    pii: () => [piiDetector],
    secrets: () => {
      const rules = parseSecretRules(secrets.text, secrets.file);
      return [createSecretDetector(rules), createSecretTailDetector(rules)];
    },
    leak: () => [leakDetector],
    link: () => [linkDetector],
    active_content: () => [activeContentDetector],
    schema: () => [schemaDetector],
    grounding: () => [groundingDetector],
    answer_shape: () => [answerShapeDetector],
  };
  const detectors = config.detect.detectors.flatMap((id) => make[id]());
  if (disabled.size === 0) return detectors;
  return detectors.map((detector) => withoutRules(detector, disabled));
}

/** The detector less some of its findings: rules that are code and not data are switched off so. */
function withoutRules(detector: Detector, disabled: ReadonlySet<string>): Detector {
  const less: Detector = {
    id: detector.id,
    version: `${detector.version} -${[...disabled].sort().join()}`,
    classes: detector.classes,
    reach: detector.reach,
    lookbehind: detector.lookbehind,
    usesContext: detector.usesContext,
    appliesTo: (channel, direction) => detector.appliesTo(channel, direction),
    inspect: (view, context) => detector.inspect(view, context).filter((finding) => !disabled.has(finding.rule)),
  };
  // What is held back and kept for a finding that is then left out is held and kept for nothing, but never wrong.
  if (detector.openFrom !== undefined) less.openFrom = (view, context) => detector.openFrom!(view, context);
  if (detector.neededFrom !== undefined) less.neededFrom = (view, from) => detector.neededFrom!(view, from);
  if (detector.inspectEnding !== undefined) {
    less.inspectEnding = (ending) => detector.inspectEnding!(ending).filter((finding) => !disabled.has(finding.rule));
  }
  return less;
}
