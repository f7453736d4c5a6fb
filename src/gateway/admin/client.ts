// The other end of the owner's socket.
import { lstatSync, statSync } from 'node:fs';
import { AncileError, systemCode } from '../../base/index.ts';
import { type ConnectedApi, connectApi } from '../../net/index.ts';
import { adminSocketPath } from './socket-path.ts';

/**
 * Whoever made the socket must be the folder's owner, or root: where the folder's path is too long the socket lies in the
 * system's folder for such, and anybody could listen there in the server's place.
 */
function checkOwner(socketPath: string, dataDir: string): void {
  if (process.platform === 'win32') return;
  const socket = lstatSync(socketPath, { throwIfNoEntry: false });
  const folder = statSync(dataDir, { throwIfNoEntry: false });
  if (socket === undefined || folder === undefined || socket.uid === folder.uid || socket.uid === 0) return;
  throw new AncileError('data_dir_unusable', 'the socket of this data folder belongs to somebody else', {
    at: socketPath,
    hint: 'Remove it, or use a data folder with a shorter path: its socket then lies in it.',
  });
}

/**
 * The interface of the server that owns a data folder, or undefined where none listens.
 * @throws AncileError `data_dir_unusable` where somebody else listens in its place
 */
export async function createAdminClient(dataDir: string): Promise<ConnectedApi | undefined> {
  const socketPath = adminSocketPath(dataDir);
  checkOwner(socketPath, dataDir);
  const client = connectApi({ socketPath });
  try {
    await client.listKeys({});
    return client;
  } catch (thrown) {
    await client.close();
    // Nobody listens: the folder is free, or its owner is on the way up or down (opening it will tell).
    const code = thrown instanceof Error ? systemCode(thrown.cause) : undefined;
    if (code === 'ENOENT' || code === 'ECONNREFUSED') return undefined;
    throw thrown;
  }
}
