// The only door out.
export {
  type AnswerHeaders,
  type AnswerSink,
  type Flight,
  type Outlet,
  type OutletOptions,
  type OutletRequest,
  createOutlet,
} from './outlet.ts';
