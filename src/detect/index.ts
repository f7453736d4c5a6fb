// The door of the room: views of texts, and the detectors that judge them.
export { AhoCorasick } from './aho-corasick.ts';
export { createAttackDetector } from './attack.ts';
export { injectionScore } from './attack-score.ts';
export { type DetectContext, type Detector } from './detector.ts';
export { activeContentDetector } from './active-content.ts';
export { leakDetector } from './leak.ts';
export { linkDetector } from './link.ts';
export { compileResponseSchema, schemaDetector, type SchemaStatus } from './schema.ts';
export { maskEvidence, type MaskOptions } from './evidence.ts';
export { parseRules, type AttackRule } from './rule.ts';
export { createView, type Layer, type TextView } from './view.ts';
export { piiDetector } from './pii/detector.ts';
export { createSecretDetector, createSecretTailDetector } from './secrets/detector.ts';
export { parseSecretRules, type SecretRule, type SecretRules } from './secrets/rule.ts';
export { knownHosts } from './known-hosts.ts';
export { warmUp } from './warm-up.ts';
