// The detectors that the configuration asks for, made from the shipped rules and the user's own.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { AncileError, systemCode } from '../base/index.ts';
import type { LoadedConfig } from '../config/index.ts';
import type { DetectorId } from '../contract/index.ts';
import {
  type AttackRule,
  Classifier,
  type Detector,
  type SecretRules,
  type Thresholds,
  activeContentDetector,
  answerShapeDetector,
  createAttackDetector,
  createSecretDetector,
  createSecretTailDetector,
  groundingDetector,
  leakDetector,
  linkDetector,
  namesDetector,
  parseModel,
  parseRules,
  parseSecretFiles,
  piiDetector,
  schemaDetector,
} from '../detect/index.ts';
import { SHIPPED_ATTACK_RULES, readSecretRules, readShippedModel, readShippedRules } from './content.ts';

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

let shippedSecrets: SecretRules | undefined;

/** The shipped secret rules, read once: there are hundreds, and they do not change while the program runs. */
export function shippedSecretRules(): SecretRules {
  return (shippedSecrets ??= parseSecretFiles(readSecretRules()));
}

let shippedModel: Classifier | undefined;

/** The classifier with the shipped model, read once: some megabytes that do not change while the program runs. */
export function shippedClassifier(): Classifier {
  return (shippedModel ??= new Classifier(parseModel(readShippedModel())));
}

/** The prompt-attack rules in force: the shipped and the user's own, less those switched off. */
function enabledAttackRules({ config, dir }: LoadedConfig): AttackRule[] {
  const rules = [
    ...SHIPPED_ATTACK_RULES.map(readShippedRules).flatMap(({ text, file }) => parseRules(text, file)),
    ...config.detect.rules.flatMap((name, index) =>
      parseRules(readUserRules(resolve(dir, name), `detect.rules[${index}]`), name),
    ),
  ];
  return rules.filter((rule) => !config.detect.disabled.includes(rule.id));
}

/** The attack detector in two parts that together find what it finds. */
export interface AttackParts {
  readonly rules: Detector;
  /** The trained model alone, under these thresholds. */
  readonly learned: (thresholds: Thresholds) => Detector;
}

/**
 * The attack detector of the configuration, taken apart: what thresholds move, and what they do not.
 * @throws AncileError `config_invalid` where the trained model is not asked; else as `createDetectors`
 */
export function createAttackParts(loaded: LoadedConfig): AttackParts {
  const { detect } = loaded.config;
  const at = !detect.detectors.includes('attack') ? 'detect.detectors' : !detect.learned ? 'detect.learned' : undefined;
  if (at !== undefined) {
    throw new AncileError('config_invalid', 'the trained model is switched off: there is no threshold to set', {
      at,
      hint: 'The detector `attack` must be among `detect.detectors`, and `detect.learned` on.',
    });
  }
  const disabled = new Set(detect.disabled);
  const classifier = shippedClassifier();
  return {
    rules: withoutRules(createAttackDetector(enabledAttackRules(loaded)), disabled),
    learned: (thresholds) => withoutRules(createAttackDetector([], classifier, thresholds), disabled),
  };
}

/** @throws AncileError `rules_invalid` naming file, rule and place; `model_invalid` */
export function createDetectors(loaded: LoadedConfig): Detector[] {
  const { config } = loaded;
  const disabled = new Set(config.detect.disabled);
  const make: Record<DetectorId, () => Detector[]> = {
    attack: () => [
      createAttackDetector(
        enabledAttackRules(loaded),
        config.detect.learned ? shippedClassifier() : undefined,
        config.detect.thresholds,
      ),
    ],
    pii: () => [piiDetector],
    names: () => [namesDetector],
    secrets: () => {
      const rules = shippedSecretRules();
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
  return detectors.map((detector) => withoutRules(detector, disabled));
}

/** The detector less some of its findings: rules that are code and not data are switched off so. */
function withoutRules(detector: Detector, disabled: ReadonlySet<string>): Detector {
  if (disabled.size === 0) return detector;
  const less: Detector = {
    id: detector.id,
    version: `${detector.version} -${[...disabled].sort().join()}`,
    classes: detector.classes,
    ...(detector.outputClasses === undefined ? {} : { outputClasses: detector.outputClasses }),
    reach: detector.reach,
    lookbehind: detector.lookbehind,
    usesContext: detector.usesContext,
    appliesTo: (channel, direction) => detector.appliesTo(channel, direction),
    inspect: (view, context) => detector.inspect(view, context).filter((finding) => !disabled.has(finding.rule)),
  };
  // What is held back and kept for a finding that is then left out is held and kept for nothing, but never wrong.
  if (detector.openFrom !== undefined) less.openFrom = (view, context) => detector.openFrom!(view, context);
  if (detector.neededFrom !== undefined) less.neededFrom = (view, from) => detector.neededFrom!(view, from);
  if (detector.explain !== undefined) {
    less.explain = (view, context) => detector.explain!(view, context).filter(({ rule }) => !disabled.has(rule));
  }
  if (detector.inspectEnding !== undefined) {
    less.inspectEnding = (ending) => detector.inspectEnding!(ending).filter((finding) => !disabled.has(finding.rule));
  }
  return less;
}
