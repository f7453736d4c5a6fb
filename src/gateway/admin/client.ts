// The other end of the owner's socket.
import { type Stats, lstatSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { AncileError, systemCode } from '../../base/index.ts';
import { type ConnectedApi, connectApi } from '../../net/index.ts';
import { adminSocketPath } from './socket-path.ts';

/**
 * Whoever made the socket must be the folder's owner, or root: where the folder's path is too long the socket lies in the
 * system's folder for such, and anybody could listen there in the server's place.
 */
function checkOwner(socketPath: string, dataDir: string): void {
  if (process.platform === 'win32') return;
  const folder = statSync(dataDir, { throwIfNoEntry: false });
  const socket = lookAt(socketPath, folder?.uid);
  if (socket === undefined || folder === undefined || socket.uid === folder.uid || socket.uid === 0) return;
  throw new AncileError('data_dir_unusable', 'the socket of this data folder belongs to somebody else', {
    at: socketPath,
    hint: 'Remove it, or use a data folder with a shorter path: its socket then lies in it.',
  });
}

function lookAt(socketPath: string, owner: number | undefined): Stats | undefined {
  try {
    return lstatSync(socketPath, { throwIfNoEntry: false });
  } catch (thrown) {
    throw new AncileError(
      'data_dir_unusable',
      `this user may not use the data folder (${systemCode(thrown) ?? 'fault'})`,
      {
        at: dirname(socketPath),
        hint: `It is its owner's. Run this as that user: sudo -u '#${owner ?? 0}' ancile ...`,
        cause: thrown,
      },
    );
  }
}

/** Whoever listens says something within this, milliseconds, however much he has to do. */
const ANSWER_MS = 15_000;

/**
 * The interface of the server that owns a data folder, or undefined where none listens.
 * @throws AncileError `data_dir_unusable` where somebody else listens in its place, or this user may not ask;
 *   `data_dir_owned` where the server does not answer
 */
export async function createAdminClient(dataDir: string, patience = ANSWER_MS): Promise<ConnectedApi | undefined> {
  const socketPath = adminSocketPath(dataDir);
  checkOwner(socketPath, dataDir);
  const asking = connectApi({ socketPath, timeout: patience });
  try {
    await asking.listKeys({});
    return connectApi({ socketPath });
  } catch (thrown) {
    // Nobody listens: the folder is free, or its owner is on the way up or down (opening it will tell).
    const code = thrown instanceof Error ? systemCode(thrown.cause) : undefined;
    if (code === 'ENOENT' || code === 'ECONNREFUSED') return undefined;
    if (thrown instanceof AncileError && thrown.code === 'upstream_timeout') {
      throw new AncileError('data_dir_owned', `the server that has ${dataDir} does not answer`, {
        at: socketPath,
        hint: 'It hangs, and goes on with what it can. End its process (kill -9), then run this again: it counts from the next start on.',
        cause: thrown,
      });
    }
    throw thrown;
  } finally {
    await asking.close();
  }
}
