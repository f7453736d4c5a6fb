// The only door out.
export { type ApiTarget, type ConnectedApi, connectApi } from './api-client.ts';
export {
  type AnswerHeaders,
  type AnswerSink,
  type Flight,
  type Outlet,
  type OutletCall,
  type OutletOptions,
  type OutletRequest,
  createOutlet,
} from './outlet.ts';
