// Where the owner of a data folder listens for its administrator.
import { createHash } from 'node:crypto';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

/** Longest path that a Unix socket can be bound to everywhere (macOS has 104 bytes, Linux 108, with the final zero). */
const MAX_PATH = 100;

/** In the data folder itself; where that path is too long, a name made from it in the system's folder for such. */
export function adminSocketPath(dataDir: string): string {
  const digest = (): string => createHash('sha256').update(dataDir).digest('hex').slice(0, 24);
  if (process.platform === 'win32') return `\\\\.\\pipe\\ancile-${digest()}`;
  const path = join(dataDir, 'ancile.sock');
  return Buffer.byteLength(path) <= MAX_PATH ? path : join(tmpdir(), `ancile-${userInfo().uid}-${digest()}.sock`);
}
