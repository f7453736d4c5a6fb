// Administration of a data folder: by its running server, or by opening the folder when nobody has it.
import { existsSync } from 'node:fs';
import { AncileError } from '../base/index.ts';
import type { LoadedConfig } from '../config/index.ts';
import { type AdminService, createAdminClient, createAdminService } from '../gateway/index.ts';
import { indexRecords } from '../ledger/index.ts';
import { VERSION } from './content.ts';
import { dataDirPath, openDataDir } from './data-dir.ts';

/**
 * Does one thing as administrator.
 * @param begins - whether a data folder that does not exist yet is made
 * @throws AncileError of the service, or `data_dir_owned` where the owner does not answer
 */
export async function asAdmin<T>(
  loaded: LoadedConfig,
  act: (service: AdminService) => Promise<T>,
  begins = false,
): Promise<T> {
  const client = await createAdminClient(dataDirPath(loaded));
  if (client !== undefined) {
    try {
      return await act(client);
    } finally {
      await client.close();
    }
  }
  // Only making a key begins a data folder: in a wrong folder everything else should say so.
  if (!begins && !existsSync(dataDirPath(loaded))) {
    throw new AncileError('not_found', `there is no data folder at ${dataDirPath(loaded)} and no server runs on it`, {
      at: 'dataDir',
      hint: 'Run this beside the configuration (or name it with --config), or start the server first.',
    });
  }
  const data = await openDataDir(loaded, () => undefined);
  const index = indexRecords(data.store, data.ledger);
  try {
    return await act(
      createAdminService({
        actor: 'cli (offline)',
        keyRing: data.keyRing,
        ledger: data.ledger,
        store: data.store,
        caughtUp: () => index.caughtUp(),
        status: () => ({ version: VERSION, records: data.ledger.size, inflight: 0 }),
      }),
    );
  } finally {
    await index.stop();
    await data.close();
  }
}
