// A small body of a request, whole.
import type { IncomingMessage } from 'node:http';
import { AncileError } from '../base/index.ts';

/** @throws AncileError `body_too_large` */
export async function readSmallBody(request: IncomingMessage, most: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > most) throw new AncileError('body_too_large', `the body is larger than ${most} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
