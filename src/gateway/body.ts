// Reads a request's body within a bound on size; the bound on time is the server's requestTimeout.
import type { IncomingMessage } from 'node:http';
import { AncileError } from '../base/index.ts';

/** How long, and how much of, a refused body is still read, so that the client gets to see the answer. */
const DRAIN_MS = 2000;
const DRAIN_BYTES = 256 * 1024 * 1024;

function tooLarge(maxBytes: number): AncileError {
  return new AncileError('body_too_large', `the request body is larger than ${maxBytes} bytes`, {
    hint: 'Send less, or raise limits.bodyBytes in the configuration.',
  });
}

/** Reads on without keeping anything, for a while, then lets the connection go. */
function drain(request: IncomingMessage): void {
  let left = DRAIN_BYTES;
  const timer = setTimeout(() => request.destroy(), DRAIN_MS);
  request.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) request.destroy();
  });
  request.once('close', () => clearTimeout(timer));
  request.resume();
}

/**
 * The body's bytes.
 * @throws AncileError `body_too_large`, or `request_invalid` for a compressed body
 */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
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
    const chunks: Buffer[] = [];
    let size = 0;
    let ended = false;
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      if (size > maxBytes) {
        ended = true;
        request.off('data', onData);
        chunks.length = 0;
        drain(request);
        reject(tooLarge(maxBytes));
        return;
      }
      chunks.push(chunk);
    };
    // Every request closes in the end; only one that closes early has broken off.
    const onBreak = (): void => {
      if (!ended) reject(new AncileError('request_invalid', 'the client broke off its request'));
      ended = true;
    };
    request.on('data', onData);
    request.once('end', () => {
      ended = true;
      resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
    });
    request.once('error', onBreak);
    request.once('close', onBreak);
  });
}
