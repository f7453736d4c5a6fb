// A line to one tool server, whatever carries it: messages out, messages in, and the word that it is gone.
import type { AncileError } from '../../../base/index.ts';
import type { RpcMessage } from '../json-rpc.ts';

export interface LinkEvents {
  message(message: RpcMessage): void;
  /** It is over, and nothing more comes; once. */
  closed(error: AncileError): void;
}

export interface Link {
  /**
   * Sends one message.
   * @param fail - told where this one could not be sent, or its answer cannot come
   * @returns lets go of what still comes for it
   */
  send(message: object, fail: (error: AncileError) => void): () => void;
  /** The revision that was agreed on. */
  begin(revision: string): void;
  /** Ends it. The events hear nothing more. */
  close(): Promise<void>;
}

export type OpenLink = (events: LinkEvents) => Link;
