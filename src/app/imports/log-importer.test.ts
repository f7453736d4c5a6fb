// Imported calls: each once, known by the index alone, over restarts and from two sides at once.
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { LedgerFolder } from '../../../test/ledger-fixture.ts';
import type { LoggedCall } from '../../contract/index.ts';
import { openKeys } from '../../keys/index.ts';
import { type Ledger, indexRecords } from '../../ledger/index.ts';
import { openStore } from '../../store/index.ts';
import { createLogImporter } from './log-importer.ts';

const call = (event: string): LoggedCall => ({
  service: 'bedrock',
  account: '1',
  event,
  happened: '2026-11-01T10:00:00Z',
  model: 'm',
  operation: 'InvokeModel',
  file: 'a',
  line: 1,
  texts: [],
  unread: ['absent'],
});

it('asks the index what is on record, and reads no record for it', async () => {
  const folder = new LedgerFolder();
  onTestFinished(() => folder.dispose());
  const store = await openStore({ path: join(folder.dataDir, 'store.db') });
  const keys = openKeys(folder.dataDir);
  const calls = Array.from({ length: 400 }, (_, i) => call(`e${i}`));
  const inspect = () => Promise.reject(new Error('nothing to judge'));

  async function run<T>(act: (importLogs: ReturnType<typeof createLogImporter>, ledger: Ledger) => Promise<T>) {
    const ledger = await folder.open();
    const index = indexRecords(store, ledger);
    // Nothing of the ledger but its end: an importer that reads it does not compile, nor run.
    const append: Ledger['append'] = (body) => ledger.append(body);
    try {
      return await act(createLogImporter({ data: { ledger: { append }, store, keys }, index, inspect }), ledger);
    } finally {
      await index.stop();
      await ledger.close();
    }
  }

  await run(async (importLogs, ledger) => {
    const [one, two] = await Promise.all([
      importLogs(calls.slice(0, 300), 'ann'),
      importLogs([...calls.slice(100), call('e399')], 'bob'),
    ]);
    expect(one).toEqual({ added: 300, known: 0, findings: 0 });
    expect(two).toEqual({ added: 100, known: 201, findings: 0 });
    expect(ledger.size).toBe(400);
  });
  await run(async (importLogs, ledger) => {
    expect(await importLogs([...calls.slice(0, 250), call('new')], 'ann')).toMatchObject({ added: 1, known: 250 });
    // The same id at another time, or of another account, is another call.
    const others = [
      { ...call('e1'), happened: '2026-11-01T10:00:01Z' },
      { ...call('e1'), account: '2' },
    ];
    expect(await importLogs(others, 'ann')).toMatchObject({ added: 2 });
    expect(ledger.size).toBe(403);
  });
  await store.close();
});
