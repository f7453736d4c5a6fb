// Policies: Cedar rules that turn findings into decisions. Loaded and validated whole, asked synchronously.
export { testPolicySet, type CaseResult, type PolicyTestReport } from './cases.ts';
export { checkPolicySet, type ClassSummary, type PolicyCheckReport, type PolicySummary } from './check.ts';
export type { PolicySetSource } from './compile.ts';
export { exportPolicySet } from './export.ts';
export { checkPolicyFiles, createPoliciesOfFiles, listPolicies, viewPolicySet } from './files.ts';
export { type Addition, joinPolicies } from './join.ts';
export { loadPolicySet, readPolicySet } from './load.ts';
export { PolicyManifest } from './manifest.ts';
export type { PolicySource } from './parse.ts';
export { createPolicies, type PoliciesSource } from './policies.ts';
export type { PolicyProblem } from './problem.ts';
export { createReloadablePolicies, type ReloadablePolicies, type ReloadResult } from './reload.ts';
export { type RecordRuling, ruleRecords } from './record-ruling.ts';
export { diffShadow, replayPolicies } from './replay.ts';
export type {
  ArtifactQuestion,
  ArtifactSubject,
  ExchangeQuestion,
  FindingQuestion,
  FindingSketch,
  Policies,
  Ruling,
  Subject,
} from './ruling.ts';
export { SHIPPED_POLICY_SETS, shippedPolicySet, type ShippedPolicySet } from './shipped.ts';
export { canEnforce } from './what-if.ts';
