// Reads a request's body within bounds on its size and on all that is kept in memory; the bound on time is the server's
// requestTimeout.
import type { IncomingMessage } from 'node:http';
import { AncileError, Gathered } from '../base/index.ts';
import type { Slot } from './load.ts';

/** How long, and how much of, a refused body is still read, so that the client gets to see the answer. */
const DRAIN_MS = 2000;
const DRAIN_BYTES = 256 * 1024 * 1024;
/** An unread rest as small as this is cheaper to read away than a new connection is to make. */
const SMALL_BYTES = 64 * 1024;

function tooLarge(maxBytes: number): AncileError {
  return new AncileError('body_too_large', `the request body is larger than ${maxBytes} bytes`, {
    hint: 'Send less, or raise limits.bodyBytes in the configuration.',
  });
}

/** Too many large bodies at once. */
export function memoryTaken(): AncileError {
  return new AncileError('overloaded', 'the gateway keeps as much in memory as it may', {
    hint: 'Try again in a moment.',
  });
}

/** Whether what a request has not been read of is so little that its connection can serve the next one. */
export function mayKeepConnection(request: IncomingMessage): boolean {
  if (request.complete) return true;
  const length = request.headers['content-length'];
  return request.headers['transfer-encoding'] === undefined && Number(length ?? 0) <= SMALL_BYTES;
}

/** Reads on without keeping anything, for a while, then lets the connection go. */
export function drain(request: IncomingMessage): void {
  let left = DRAIN_BYTES;
  const timer = setTimeout(() => request.destroy(), DRAIN_MS);
  request.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) request.destroy();
  });
  request.once('close', () => clearTimeout(timer));
  request.resume();
}

export interface BodyOptions {
  readonly maxBytes: number;
  /** The exchange's place, which keeps the bytes counted. */
  readonly slot: Slot;
  /** Given a function that ends the reading with an error. */
  readonly onCut: (cut: (error: AncileError) => void) => void;
}

/**
 * The body's bytes.
 * @throws AncileError `body_too_large`, `overloaded` where memory is taken up, `request_invalid` for a compressed body or
 *   one that breaks off, and whatever it was cut with
 */
export function readBody(request: IncomingMessage, { maxBytes, slot, onCut }: BodyOptions): Promise<Buffer> {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    drain(request);
    return Promise.reject(
      new AncileError('request_invalid', `content-encoding "${encoding.slice(0, 40)}" is not taken`, {
        at: 'content-encoding',
        hint: 'Send the body uncompressed.',
      }),
    );
  }
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) {
    drain(request);
    return Promise.reject(tooLarge(maxBytes));
  }
  return new Promise((resolve, reject) => {
    const chunks = new Gathered();
    let ended = false;
    const refuse = (error: AncileError): void => {
      if (ended) return;
      ended = true;
      request.off('data', onData);
      chunks.clear();
      drain(request);
      reject(error);
    };
    const onData = (chunk: Buffer): void => {
      if (chunks.size + chunk.length > maxBytes) refuse(tooLarge(maxBytes));
      else if (!slot.take(chunk.length)) refuse(memoryTaken());
      else chunks.add(chunk);
    };
    // Every request closes in the end; only one that closes early has broken off.
    const onBreak = (): void => {
      if (!ended) reject(new AncileError('request_invalid', 'the client broke off its request'));
      ended = true;
    };
    onCut(refuse);
    request.on('data', onData);
    request.once('end', () => {
      if (ended) return;
      ended = true;
      const { buffer, byteOffset, byteLength } = chunks.take();
      resolve(Buffer.from(buffer, byteOffset, byteLength));
    });
    request.once('error', onBreak);
    request.once('close', onBreak);
  });
}
