// The story of a store: made, migrated, owned by one process at a time even through kill -9, refused when newer.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { MIGRATIONS, type Migration, openStore } from './index.ts';

let dir: string;
let path: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ancile-store-'));
  path = join(dir, 'data', 'store.db');
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(dir, { recursive: true });
});

/** Another process that opens the store, says what came of it, and stays. */
async function otherProcess(): Promise<{ child: ChildProcess; said: string }> {
  const program = `
    import { openStore } from ${JSON.stringify(resolve(import.meta.dirname, 'index.ts'))};
    openStore({ path: ${JSON.stringify(path)} }).then(
      () => { console.log('opened'); setInterval(() => {}, 1000); },
      (error) => console.log(error.code, error.at, error.hint),
    );`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
    cwd: resolve(import.meta.dirname, '../..'),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const [said] = (await once(child.stdout!, 'data')) as [Buffer];
  return { child, said: said.toString().trim() };
}

it('makes the folder, the file and the tables, and keeps rows', async () => {
  const store = await openStore({ path });
  await store.db.insertInto('meta').values({ name: 'a', value: '1' }).execute();
  await store.close();
  await store.close();
  const again = await openStore({ path });
  expect(await again.db.selectFrom('meta').selectAll().execute()).toEqual([{ name: 'a', value: '1' }]);
  for (const table of ['keys', 'counters', 'records', 'exchanges', 'figures'] as const) {
    expect(await again.db.selectFrom(table).selectAll().execute()).toEqual([]);
  }
  for (const file of readdirSync(join(dir, 'data'))) expect(statSync(join(dir, 'data', file)).mode & 0o077).toBe(0);
  expect(statSync(join(dir, 'data')).mode & 0o777).toBe(0o700);
  await again.close();
});

it('refuses a second opener in the same process', async () => {
  const store = await openStore({ path });
  await expect(openStore({ path })).rejects.toMatchObject({ code: 'data_dir_owned', at: join(dir, 'data') });
  await store.db.insertInto('meta').values({ name: 'still', value: 'mine' }).execute();
  await store.close();
  await (await openStore({ path })).close();
});

it('is owned across processes, and free again after kill -9', async () => {
  const first = await otherProcess();
  expect(first.said).toBe('opened');
  await expect(openStore({ path })).rejects.toMatchObject({ code: 'data_dir_owned' });
  const second = await otherProcess();
  expect(second.said).toMatch(/^data_dir_owned .*\/data Stop the process/);
  first.child.kill('SIGKILL');
  await once(first.child, 'exit');
  const store = await openStore({ path });
  // And the other way round: this process now keeps others out.
  expect((await otherProcess()).said).toMatch(/^data_dir_owned/);
  await store.close();
});

it('applies each migration once, in order, whole or not at all', async () => {
  const [released] = MIGRATIONS;
  const second: Migration = {
    id: 2,
    name: 'a column',
    up: async (db) => void (await db.schema.alterTable('meta').addColumn('note', 'text').execute()),
  };
  const broken: Migration = {
    id: 3,
    name: 'half a step',
    async up(db) {
      await db.schema.alterTable('meta').addColumn('lost', 'text').execute();
      throw new Error('in the middle');
    },
  };
  await (await openStore({ path, migrations: [released!] })).close();
  await expect(openStore({ path, migrations: [released!, second, broken] })).rejects.toMatchObject({
    code: 'store_fault',
  });
  const store = await openStore({ path, migrations: [released!, second] });
  const columns = (await store.db.introspection.getTables()).find((table) => table.name === 'meta')!.columns;
  expect(columns.map((column) => column.name)).toEqual(['name', 'value', 'note']);
  expect(await store.db.selectFrom('migrations').select('id').execute()).toEqual([{ id: 1 }, { id: 2 }]);
  await store.close();

  await expect(openStore({ path, migrations: [released!] })).rejects.toMatchObject({
    code: 'data_dir_unusable',
    hint: expect.stringContaining('newer ancile'),
  });
});

it('numbers its migrations from 1 without a gap', () => {
  expect(MIGRATIONS.map((step) => step.id)).toEqual(MIGRATIONS.map((_, i) => i + 1));
});

it('says which folder cannot be used', async () => {
  writeFileSync(join(dir, 'file'), '');
  const under = join(dir, 'file', 'store.db');
  await expect(openStore({ path: under })).rejects.toMatchObject({ code: 'data_dir_unusable', at: join(dir, 'file') });
  writeFileSync(join(dir, 'other.db'), 'x'.repeat(8192));
  await expect(openStore({ path: join(dir, 'other.db') })).rejects.toMatchObject({ code: 'data_dir_unusable' });
});

it('is copied as it was at one moment, while it is written to, and stays owned', async () => {
  const store = await openStore({ path });
  const write = (name: string): Promise<unknown> =>
    store.db
      .insertInto('meta')
      .values({ name, value: 'x'.repeat(20_000) })
      .execute();
  for (let i = 0; i < 50; i++) await write(`before ${i}`);
  const copy = join(dir, 'copy.db');
  const snapshot = await store.snapshot();
  const pieces: Buffer[] = [];
  // More is written than the log takes before it is brought into the file by itself.
  for (let at = 0; at < snapshot.bytes; at += 65_536) {
    const buffer = Buffer.alloc(65_536);
    pieces.push(buffer.subarray(0, await snapshot.read(buffer, at)));
    for (let i = 0; i < 20; i++) await write(`during ${at} ${i}`);
  }
  await snapshot.release();
  writeFileSync(copy, Buffer.concat(pieces));
  const other = await otherProcess();
  expect(other.said).toMatch(/^data_dir_owned/);
  await write('after');
  await store.close();

  const copied = await openStore({ path: copy });
  const names = await copied.db.selectFrom('meta').select('name').execute();
  expect(names).toHaveLength(50);
  expect(names.every(({ name }) => name.startsWith('before'))).toBe(true);
  await copied.close();
  const again = await openStore({ path });
  expect(await again.db.selectFrom('meta').select('name').where('name', '=', 'after').execute()).toHaveLength(1);
  await again.close();
});
