// The door to the admin interface's contract: its operations, what they take and answer with, and its client.
export {
  createApiClient,
  toApiError,
  toApiRequest,
  type ApiRequest,
  type ApiResponse,
  type SendApi,
} from './client.ts';
export { FailureBody, type Endpoint } from './endpoint.ts';
export { BudgetUse } from './keys.ts';
export { ModelSummary, ModelView, PullFigures, PullRecord, PulledFiles, RegistryView } from './models.ts';
export { DetectionRow } from './monitor.ts';
export { Invite } from './people.ts';
export {
  DetectorView,
  PolicyCheck,
  PolicyFile,
  PolicyLine,
  PolicyProblem,
  PolicyReplay,
  PolicySetView,
  RuleView,
} from './policies.ts';
export { AdminStatus, LedgerReport, UpstreamHealth } from './system.ts';
export { ToolServerView } from './tools.ts';
export { ExchangeFilter, ExchangeRow, Overview, RecordProof, RecordQuery } from './traffic.ts';
export { API, API_BASE, type ApiAnswer, type ApiClient, type ApiInput, type ApiName } from './table.ts';
