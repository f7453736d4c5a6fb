// The composition root's door.
export { asAdmin } from './admin.ts';
export {
  type CalibrationReport,
  type Counted,
  type GroupReport,
  THRESHOLD_GROUPS,
  type ThresholdGroup,
  calibrate,
} from './calibrate.ts';
export { type CheckedConfig, checkConfig } from './check-config.ts';
export { dataDirPath } from './data-dir.ts';
export { type Act, playDemo, writeStage } from './demo/index.ts';
export { runDrill } from './drill/index.ts';
export { createDetectors } from './detectors.ts';
export { createGuard, type Guard, type GuardOptions, openGuard } from './guard.ts';
export type { TextVerdict } from './inspect.ts';
export type { RecordedExchange } from './recorded-exchange.ts';
export type { RecordOptions, RecordingGuard, RecordsState } from './recording-guard.ts';
export { type Inspector, openInspector } from './inspector.ts';
export { flowVocabulary, readLabels } from './flow.ts';
export { createLog } from './log.ts';
export { readLogFiles } from './imports/index.ts';
export { wrapToolServer } from './mcp-wrap.ts';
export { bookMonitorRules, readRuleSource, ruleFilesAt, shippedFixtures } from './monitor-rules.ts';
export { readRecordLines, withLedgerOf } from './past-records.ts';
export { toConsoleAddress, toInviteLink } from './people.ts';
export { type PulledModel, pullModel } from './pull.ts';
export { readPlaybookFile, shippedPlaybooks } from './playbooks.ts';
export { openPolicies, policySetFolder } from './policies.ts';
export { type RunningServer, startServer } from './server.ts';
export { restoreBackup } from './restore.ts';
