// The owner's door of a running server: the same interface over a Unix socket that only he may open (0600).
import { chmodSync, rmSync } from 'node:fs';
import type { Operations } from './operation.ts';
import { addOperations, createApp } from './routes.ts';
import { adminSocketPath } from './socket-path.ts';

/** Who may open the socket owns the data folder, whoever he is. */
const OWNER = { kind: 'local', name: 'cli (socket)' } as const;

/** Listens for the owner of a data folder that this process has. */
export async function startAdminSocket(
  dataDir: string,
  operations: Operations,
  onFault: (fault: unknown) => void,
): Promise<{ close(): Promise<void> }> {
  const app = createApp(onFault);
  const caller = { actor: OWNER, from: 'local', keepToken: () => undefined };
  addOperations(app, { operations, identify: () => caller, onFault, onForbidden: () => undefined });
  const path = adminSocketPath(dataDir);
  // Whoever owns the folder owns the name: what lies there is left from a process that died.
  if (process.platform !== 'win32') rmSync(path, { force: true });
  const before = process.umask(0o177);
  try {
    await app.listen({ path });
  } finally {
    process.umask(before);
  }
  if (process.platform !== 'win32') chmodSync(path, 0o600);
  return { close: () => app.close() };
}
