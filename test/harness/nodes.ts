// A node by itself: a ledger with keys of its own, and what forwards it to a centre.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Forwarder, startForwarder } from '../../src/export/index.ts';
import { type Keys, openKeys } from '../../src/keys/index.ts';
import type { Ledger } from '../../src/ledger/index.ts';
import { LedgerFolder } from '../ledger-fixture.ts';
import { tempFolder } from './cleanup.ts';
import type { TestServer } from './server.ts';

export interface TestNode {
  readonly folder: LedgerFolder;
  readonly ledger: Ledger;
  readonly keys: Keys;
  /** The public half, to be enrolled. */
  readonly keyFile: string;
}

/** A ledger that is a node by itself. */
export async function openNode(): Promise<TestNode> {
  const folder = new LedgerFolder();
  const keys = openKeys(folder.dataDir);
  const ledger = await folder.open({ segmentSize: 16 });
  const keyFile = join(tempFolder(), 'key.pem');
  writeFileSync(keyFile, keys.publicKeyPem);
  return { folder, ledger, keys, keyFile };
}

/** Forwards it; messages of what went wrong go to `faults`. */
export function forwardTo(
  centre: TestServer,
  { ledger, keys }: Pick<TestNode, 'ledger' | 'keys'>,
  faults: string[] = [],
): Forwarder {
  const settings = { url: centre.address, from: 'start' as const, retryMost: 50, heartbeat: 100 };
  return startForwarder({ settings, ledger, keys, onFault: ({ message }) => void faults.push(message) });
}
