// Keeps a client that waits for a decision from giving up: headers after some seconds, and then a byte now and then, of what is
// fetched already. Never so many that anything could be made of them, and never the last ones.
import { open } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import type { Arriving } from './gather.ts';

/** Half of what huggingface_hub waits between two reads, milliseconds. */
export const STEP_MS = 5000;
/** Ranges shorter than this are answered when there is something to answer. */
const LEAST_BYTES = 64 * 1024;
const KEPT_BYTES = 64;

export interface Trickle {
  /** Ends it. How many bytes were sent. */
  stop(): Promise<number>;
}

export interface TrickleOptions {
  readonly response: ServerResponse;
  readonly start: number;
  readonly length: number;
  readonly arriving: () => Arriving | undefined;
  readonly writeHead: () => void;
  readonly stepMs?: number;
}

async function readByte({ path, bytes }: Arriving, at: number): Promise<Buffer | undefined> {
  if (at >= bytes) return undefined;
  const byte = Buffer.alloc(1);
  try {
    const handle = await open(path, 'r');
    try {
      const { bytesRead } = await handle.read(byte, 0, 1, at);
      return bytesRead === 1 ? byte : undefined;
    } finally {
      await handle.close();
    }
  } catch {
    // It has just moved on.
    return undefined;
  }
}

export function startTrickle(options: TrickleOptions): Trickle {
  const { response, start, length, arriving, writeHead, stepMs = STEP_MS } = options;
  let sent = 0;
  let stopped = false;
  let step: Promise<void> = Promise.resolve();
  const timer = length < LEAST_BYTES ? undefined : setInterval(() => (step = step.then(next)), stepMs);

  async function next(): Promise<void> {
    if (stopped || response.destroyed) return;
    if (!response.headersSent) {
      writeHead();
      response.flushHeaders();
      return;
    }
    const now = arriving();
    if (now === undefined || sent >= length - KEPT_BYTES) return;
    const byte = await readByte(now, start + sent);
    if (byte === undefined || stopped || response.destroyed) return;
    response.write(byte);
    sent++;
  }

  return {
    async stop() {
      stopped = true;
      clearInterval(timer);
      await step;
      return sent;
    },
  };
}
