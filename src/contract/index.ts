// zod schemas of all that crosses a boundary: the single source of types, validation and reference.
export {
  ACTIONS,
  Action,
  Decision,
  OnFault,
  PolicyRef,
  StageName,
  StageReport,
  isDenial,
  isEnforcing,
  stricter,
} from './decision.ts';
export {
  ApprovalPredicate,
  AttestationKind,
  ModelProblem,
  ModelSigner,
  ModelVerification,
  PREDICATES,
  RobustnessPredicate,
  ScanPredicate,
  TestPredicate,
  TrainingPredicate,
  VerifyStep,
} from './attestation.ts';
export {
  Admission,
  ANYBODY_ACCEPTED,
  AdmissionCheck,
  AdmissionObject,
  AdmissionReference,
  AdmissionReview,
  AdmissionVerdict,
} from './admission.ts';
export {
  ModelAsset,
  ModelEvidence,
  ModelFile,
  ModelFinding,
  ModelSignature,
  ModelState,
  SignatureState,
  Transfer,
} from './artifact.ts';
export { NodeName, NodeStreamEvent, NodeView } from './carried.ts';
export { BomChange, BomFacts } from './bom.ts';
export { Explanation, Reason, SegmentExplanation } from './explanation.ts';
export { Capability, Direction, Exchange, Principal, Surface, Uninspected, Usage } from './exchange.ts';
export {
  ArgumentOrigin,
  FieldTrust,
  FlowConcern,
  FlowLabels,
  FlowMode,
  ParameterKind,
  ResultLabels,
  ToolEffect,
  ToolRuling,
} from './flow.ts';
export {
  DeadLetter,
  EventActivity,
  EventFamily,
  EventFinding,
  ExportEvent,
  SinkConfig,
  SinkName,
  SinkView,
  type SinkConfigOf,
  type SinkKind,
} from './export.ts';
export { GrantTerms, HeldCall, ToolGrant, mayVary } from './grant.ts';
export { Finding, FindingClass, Severity, TextFinding, isAtLeast } from './finding.ts';
export { ATTACK_CLASSES, Example, ExampleLabel, Feedback, FeedbackVerdict, isAttackFinding } from './feedback.ts';
export { Budget, BudgetPeriod, KeyInfo, KeyRequest } from './key.ts';
export { Config, DETECTOR_IDS, type DetectorId, PLAINTEXT_ACCEPTED, type PlaybookStart } from './config.ts';
export {
  DefinitionKind,
  type Mcp,
  PinState,
  PinnedDefinition,
  ToolPin,
  type ToolServerConfig,
  ToolServerSeen,
} from './mcp.ts';
export { DrillReport } from './drill.ts';
export { LegalClock, LegalQuestion } from './legal.ts';
export { Approval, ApprovalState, HeldText, Verdict } from './approval.ts';
export {
  Playbook,
  type PlaybookCommand,
  PlaybookRun,
  type PlaybookStep,
  PlaybookStepRun,
  PlaybookSummary,
} from './playbook.ts';
export {
  BlastRadius,
  Containment,
  ContainmentAction,
  ContainmentState,
  ContainmentTarget,
  Detection,
  Incident,
  IncidentEvent,
  IncidentState,
  Involved,
} from './incident.ts';
export { LogService, LoggedCall, LogUnread, type ImportedRecord } from './imported.ts';
export { ImportBadLine, ImportName, ImportSource, ImportView } from './imports.ts';
export { hasFailed, importKey, importOrigin, importedAsExchange } from './imported-exchange.ts';
export type { Forward, Nodes } from './nodes.ts';
export { DriftReport, MonitorConfig, MonitorRuleView, MonitorState, MonitorTrial, Telemetry } from './monitor.ts';
export { Password, Permission, ROLE_PERMISSIONS, Role, Session, User, UserName, UserRequest } from './person.ts';
export { ArtifactPull, ArtifactPush } from './model-record.ts';
export {
  Attempt,
  LedgerRecord,
  Outcome,
  RECORD_KINDS,
  type Carried,
  carriedOf,
  StoredRecord,
  type ExchangeClosed,
  type ExchangeOpened,
  type RecordBody,
} from './record.ts';
export { Artifacts, ArtifactSourceConfig, type OciSource, type SourceConfigOf } from './registry.ts';
export { Second, SecondCounts, SecondOpinion, type SecondKind } from './second.ts';
export { Route, Target, Upstream } from './upstream.ts';
export type { SecretRef } from './values.ts';
export * from './api/index.ts';
export {
  AiAsset,
  InventoryItem,
  FileReport,
  ScanCapability,
  ScanFinding,
  ScanReport,
  ScanSummary,
  ScanVerdict,
  Unseen,
} from './scan.ts';
export { AiInventory } from './inventory.ts';
export {
  AttackEnd,
  AttackResult,
  GateOutcome,
  GateRequirement,
  LabCertificates,
  LabConstraints,
  LabGate,
  LabNorm,
  LabWarning,
  RejectionReason,
  Scorecard,
  TextScorecard,
} from './lab.ts';
export { Channel, Origin, Segment } from './segment.ts';
