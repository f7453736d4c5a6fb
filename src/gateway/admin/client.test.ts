// Whom the command line takes for the server of a data folder.
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createAdminClient } from './client.ts';
import { adminSocketPath } from './socket-path.ts';

it('asks no socket that another user made in the place of the server', async (context) => {
  if (process.getuid?.() !== 0) context.skip('only root can make a file that is another user’s');
  const dir = mkdtempSync(join(tmpdir(), 'ancile-client-'));
  let asked = 0;
  const server = createServer((socket) => {
    asked++;
    socket.destroy();
  });
  const path = adminSocketPath(dir);
  try {
    expect(await createAdminClient(dir)).toBeUndefined();
    await new Promise<void>((resolve) => server.listen(path, resolve));
    chownSync(path, 12_345, 12_345);
    await expect(createAdminClient(dir)).rejects.toMatchObject({ code: 'data_dir_unusable', at: path });
    expect(asked).toBe(0);
  } finally {
    await new Promise((resolve) => server.close(resolve));
    rmSync(dir, { recursive: true });
  }
});

it('does not wait for a server that hangs, and says that it does', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'ancile-client-'));
  const server = createServer(() => undefined);
  try {
    await new Promise<void>((resolve) => server.listen(adminSocketPath(dir), resolve));
    await expect(createAdminClient(dir, 300)).rejects.toMatchObject({
      code: 'data_dir_owned',
      message: expect.stringContaining('does not answer') as string,
      hint: expect.stringContaining('kill -9') as string,
    });
  } finally {
    server.close();
    rmSync(dir, { recursive: true });
  }
});
