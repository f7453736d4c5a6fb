// The answer to one POST: a message, several, or (from the first thing that is to be said before them) a stream.
import type { ServerResponse } from 'node:http';
import { encodeSse } from '../../../codec/index.ts';
import { type RpcId, type RpcOutcome, toAnswer } from '../json-rpc.ts';

/** What a client may leave unread. */
const UNREAD_MOST = 16 * 1024 * 1024;
/** After so long without a word a stream is opened, and kept alive. */
const SILENCE_MS = 15_000;

export const STREAM_HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
} as const;

/** Writes an event; a client that reads nothing is let go. */
export function writeEvent(response: ServerResponse, message: object): boolean {
  if (response.destroyed || response.writableEnded) return false;
  if (response.writableLength > UNREAD_MOST) {
    response.destroy();
    return false;
  }
  response.write(encodeSse({ event: 'message', data: JSON.stringify(message) }));
  return true;
}

export class Reply {
  readonly #response: ServerResponse;
  readonly #isBatch: boolean;
  readonly #answers: object[] = [];
  readonly #alive: NodeJS.Timeout;
  #left: number;

  constructor(response: ServerResponse, ids: number, isBatch: boolean) {
    this.#response = response;
    this.#left = ids;
    this.#isBatch = isBatch;
    this.#alive = setInterval(() => {
      this.#open();
      if (!response.destroyed) response.write(': still at work\n\n');
    }, SILENCE_MS).unref();
    response.once('close', () => clearInterval(this.#alive));
  }

  /** Says something before the answers. @returns whether it could be said */
  send(message: object): boolean {
    this.#open();
    return writeEvent(this.#response, message);
  }

  /** One of the answers; undefined: the request was cancelled, and none comes. */
  answer(id: RpcId, outcome: RpcOutcome | undefined): void {
    this.#left--;
    if (outcome !== undefined) {
      const message = toAnswer(id, outcome);
      if (this.#response.headersSent) writeEvent(this.#response, message);
      else this.#answers.push(message);
    }
    if (this.#left === 0) this.#end();
  }

  #open(): void {
    const response = this.#response;
    if (response.headersSent || response.destroyed) return;
    response.writeHead(200, STREAM_HEADERS);
    for (const message of this.#answers.splice(0)) writeEvent(response, message);
  }

  #end(): void {
    clearInterval(this.#alive);
    const response = this.#response;
    if (response.destroyed) return;
    if (response.headersSent) {
      response.end();
      return;
    }
    const [first] = this.#answers;
    if (first === undefined) {
      // Nothing is left to be said: the agent cancelled all of it.
      response.writeHead(202, { 'content-length': 0 });
      response.end();
      return;
    }
    const text = JSON.stringify(this.#isBatch ? this.#answers : first);
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
    response.end(text);
  }
}
