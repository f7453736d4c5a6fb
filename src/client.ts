// The admin interface for programs: every operation of docs/admin-api.md as a typed function.
export { AncileError, type ErrorCode } from './base/index.ts';
export {
  API,
  API_BASE,
  type ApiAnswer,
  type ApiClient,
  type ApiInput,
  type ApiName,
  type SendApi,
  createApiClient,
} from './contract/index.ts';
export { type ApiTarget, type ConnectedApi, connectApi } from './net/index.ts';
