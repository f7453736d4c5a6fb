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
export { Capability, Direction, Exchange, Principal, Surface, Uninspected, Usage } from './exchange.ts';
export { Finding, FindingClass, Severity, TextFinding } from './finding.ts';
export { Budget, BudgetPeriod, KeyInfo, KeyRequest } from './key.ts';
export {
  Config,
  DETECTOR_IDS,
  type DetectorId,
  PLAINTEXT_ACCEPTED,
  type Route,
  type SecretRef,
  type Upstream,
} from './config.ts';
export { LedgerRecord, Outcome, type ExchangeClosed, type ExchangeOpened, type RecordBody } from './record.ts';
export { Channel, Origin, Segment } from './segment.ts';
