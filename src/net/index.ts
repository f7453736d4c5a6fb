// The only door out.
export { type DatagramTarget, type Datagrams, openDatagrams } from './datagram-outlet.ts';
export { type JetStreamOutlet, type JetStreamTarget, openJetStream } from './jetstream-outlet.ts';
export { type StreamTarget, sendStream } from './stream-outlet.ts';
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
