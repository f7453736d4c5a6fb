// The other end of the owner's socket.
import { systemCode } from '../../base/index.ts';
import { type ConnectedApi, connectApi } from '../../net/index.ts';
import { adminSocketPath } from './socket-path.ts';

/** The interface of the server that owns a data folder, or undefined where none listens. */
export async function createAdminClient(dataDir: string): Promise<ConnectedApi | undefined> {
  const client = connectApi({ socketPath: adminSocketPath(dataDir) });
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
