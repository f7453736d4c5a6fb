// Bytes of a file into a response, from two buffers in turn: a read stream takes a new one for each piece, and in a process with
// a large heap the memory for them costs more than reading and sending.
import type { FileHandle } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';

const BUFFER_BYTES = 1 << 19;

/** Counts what was handed to the system, also where it breaks off. */
export interface Sent {
  bytes: number;
}

/**
 * Sends and ends the response.
 * @throws Error where the client is gone, or the file ends too soon
 */
export async function sendBytes(
  handle: FileHandle,
  response: ServerResponse,
  start: number,
  end: number,
  sent: Sent,
): Promise<void> {
  let leave!: () => void;
  // A response that is destroyed does not call back for what waits.
  const gone = new Promise<never>((_resolve, reject) => {
    leave = (): void => reject(new Error('the client went away'));
    if (response.destroyed) leave();
    response.once('close', leave);
  });
  gone.catch(() => undefined);
  const write = (piece: Buffer): Promise<void> =>
    new Promise((resolve, reject) => {
      response.write(piece, (failed) => {
        if (failed) return reject(failed);
        sent.bytes += piece.length;
        resolve();
      });
    });
  const size = Math.min(BUFFER_BYTES, end - start);
  const buffers = [Buffer.allocUnsafeSlow(size), Buffer.allocUnsafeSlow(size)];
  const free: Promise<unknown>[] = [Promise.resolve(), Promise.resolve()];
  try {
    for (let at = start, turn = 0; at < end; turn = 1 - turn) {
      await Promise.race([free[turn], gone]);
      const { bytesRead } = await handle.read(buffers[turn]!, 0, Math.min(size, end - at), at);
      if (bytesRead === 0) throw new Error('the file ends too soon');
      free[turn] = write(buffers[turn]!.subarray(0, bytesRead));
      free[turn]!.catch(() => undefined);
      at += bytesRead;
    }
    await Promise.race([Promise.all(free), gone]);
    response.end();
  } finally {
    response.off('close', leave);
  }
}
