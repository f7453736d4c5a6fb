// A data folder goes into a file while it is written to, and comes back as it was; what is not a sound backup does not.
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { adminChange, closed, opened } from '../../test/ledger-fixture.ts';
import { readTar, tarEnd, tarHeader, tarPadding } from '../codec/index.ts';
import { parseConfig, type LoadedConfig } from '../config/index.ts';
import { openKeys } from '../keys/index.ts';
import { Evidence, indexRecords, openLedger, searchExchanges } from '../ledger/index.ts';
import { openStore } from '../store/index.ts';
import { createBackup } from './backup.ts';
import { type DataDir, openDataDir } from './data-dir.ts';
import { restoreBackup } from './restore.ts';

let dir: string;
let data: DataDir;
let file: string;
let into: string;
const opens: DataDir[] = [];

const loadedOf = (dataDir: string): LoadedConfig => ({
  config: parseConfig(
    `{ dataDir: ${dataDir}, ledger: { anchorFile: anchors.jsonl, checkpointInterval: 20ms } }`,
    'a.yaml',
  ),
  file: undefined,
  dir,
});
async function openFolder(name: string): Promise<DataDir> {
  const folder = await openDataDir(loadedOf(name), () => undefined);
  opens.push(folder);
  return folder;
}
async function closeFolder(folder: DataDir): Promise<void> {
  opens.splice(opens.indexOf(folder), 1);
  await folder.close();
}
const exchange = async (id: string): Promise<void> => {
  await data.ledger.append(
    opened(id, { reserved: { inputTokens: 1, outputTokens: 1, costMicros: 0, estimated: true } }),
  );
  await data.ledger.append(closed(id));
};

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'ancile-backup-'));
  file = join(dir, 'backup');
  into = join(dir, 'restored');
  writeFileSync(join(dir, 'passphrase'), 'several words of mine\n');
  data = await openFolder('data');
  for (let i = 0; i < 20; i++) await exchange(`ex_${i}`);
});
afterEach(async () => {
  for (const folder of [...opens]) await closeFolder(folder);
  rmSync(dir, { recursive: true });
});

const passphraseFile = (): string => join(dir, 'passphrase');
const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name)).isFile())
    .sort();
const leftovers = (): string[] => readdirSync(dir).filter((name) => /partial|restoring|restored/.test(name));

describe('a backup', () => {
  it('is a copy of one moment, made while records, keys and evidence are written', async () => {
    const index = indexRecords(data.store, data.ledger, { interval: 1 });
    const evidence = new Evidence({ dataDir: data.path, captureKey: data.keys.captureKey });
    await evidence.put('ex_1', 'input', '"hello"');
    const { key } = await data.keyRing.create({ name: 'before' });
    const sizeBefore = data.ledger.size;
    let over = false;
    const traffic = (async () => {
      for (let i = 100; !over; i++) {
        await exchange(`ex_${i}`);
        await evidence.put(`ex_${i}`, 'input', '"x"');
        if (i % 20 === 0) await data.keyRing.create({ name: `during ${i}` });
      }
    })();
    const made = await createBackup(data, { file, passphraseFile: passphraseFile() });
    over = true;
    await traffic;
    expect(data.ledger.size).toBeGreaterThan(made.records);
    expect(made.records).toBeGreaterThanOrEqual(sizeBefore);
    expect(made.sha256).toBe(createHash('sha256').update(readFileSync(file)).digest('hex'));
    expect(made.bytes).toBe(statSync(file).size);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file).includes('exchange.opened')).toBe(false);

    const restored = await restoreBackup({ file, into, passphraseFile: passphraseFile() });
    expect(restored).toMatchObject({ into, records: made.records, lostRecords: null });
    for (const name of filesIn(into)) expect(statSync(join(into, name)).mode & 0o077, name).toBe(0);
    const copy = await openFolder('restored');
    expect(copy.node).toBe(data.node);
    expect(copy.keyRing.authenticate(key)).toMatchObject({ ok: true });
    expect(copy.ledger.size).toBe(made.records);
    for (const seq of [0, 7, made.records - 1]) expect(await copy.ledger.get(seq)).toEqual(await data.ledger.get(seq));
    const charged = copy.budgets.used('key_1', 'total').charged.requests;
    expect(charged).toBeGreaterThanOrEqual(20);
    const copyIndex = indexRecords(copy.store, copy.ledger);
    await copyIndex.caughtUp();
    const { exchanges } = await searchExchanges(copy.store, { limit: 1000 });
    expect(charged).toBe(exchanges.length);
    const copyEvidence = new Evidence({ dataDir: copy.path, captureKey: copy.keys.captureKey });
    expect(await copyEvidence.get('ex_1')).toMatchObject([{ json: '"hello"' }]);
    await copyIndex.stop();
    await index.stop();
    await evidence.close();
  });

  it('leaves out no file that the folder has', async () => {
    const evidence = new Evidence({ dataDir: data.path, captureKey: data.keys.captureKey });
    await evidence.put('ex_1', 'input', '"hello"');
    await evidence.close();
    await createBackup(data, { file, plain: true });
    await restoreBackup({ file, into });
    await closeFolder(data);
    expect(filesIn(into)).toEqual(filesIn(data.path));
  });

  it('is sealed, or said to be plain; its place is new, and not in the folder', async () => {
    await expect(createBackup(data, { file })).rejects.toMatchObject({ code: 'usage' });
    const both = { file, plain: true, passphraseFile: passphraseFile() };
    await expect(createBackup(data, both)).rejects.toMatchObject({ code: 'usage' });
    for (const place of [join(data.path, 'b'), join(data.path, 'keys', 'b'), 'relative', join(dir, 'none', 'b')]) {
      await expect(createBackup(data, { file: place, plain: true }), place).rejects.toMatchObject({ code: 'usage' });
    }
    writeFileSync(file, 'mine');
    await expect(createBackup(data, { file, plain: true })).rejects.toMatchObject({ code: 'conflict' });
    expect(readFileSync(file, 'utf8')).toBe('mine');
    writeFileSync(passphraseFile(), 'short');
    const short = { file: join(dir, 'other'), passphraseFile: passphraseFile() };
    await expect(createBackup(data, short)).rejects.toMatchObject({ code: 'usage' });
    expect(leftovers()).toEqual([]);
    // What failed has let go of everything: the next one is made, and the folder closes.
    await createBackup(data, { file: join(dir, 'other'), plain: true });
  });
});

describe('a restored folder', () => {
  it('has no session, and no approval or one-time link that could be used a second time', async () => {
    const approval = (id: string, state: string) => ({
      id,
      digest: id,
      exchange: 'ex_1',
      state,
      requested: 1,
      expires: 9e12,
      info: JSON.stringify({ id, state }),
      texts: 'sealed',
    });
    await data.store.db.insertInto('sessions').values({ digest: 'd', user: 'u', begun: 1, seen: 1 }).execute();
    const states = ['pending', 'approved', 'denied', 'used'];
    await data.store.db
      .insertInto('approvals')
      .values(states.map((state) => approval(state, state)))
      .execute();
    const [invited, came] = ['invited', 'came'].map((id) => ({
      ...{ id, name: id, folded: id, roles: '["admin"]', created: '2026-01-01T00:00:00.000Z', disabled: 0 },
      ...(id === 'came' ? { password: 'h' } : { invite: 'd', invite_expires: '2999-01-01T00:00:00.000Z' }),
      totp_step: 0,
    }));
    await data.store.db.insertInto('users').values(invited!).execute();
    await data.store.db.insertInto('users').values(came!).execute();
    await createBackup(data, { file, plain: true });
    const { statement } = await restoreBackup({ file, into });
    expect(statement.join('\n')).toContain('1 sessions and 2 approvals');
    expect(statement.join('\n')).toContain('1 one-time links');
    const store = await openStore({ path: join(into, 'store.db') });
    expect(await store.db.selectFrom('sessions').selectAll().execute()).toEqual([]);
    expect(
      await store.db.selectFrom('users').select(['id', 'invite', 'invite_expires', 'password']).orderBy('id').execute(),
    ).toEqual([
      { id: 'came', invite: null, invite_expires: null, password: 'h' },
      { id: 'invited', invite: null, invite_expires: null, password: null },
    ]);
    const rows = await store.db
      .selectFrom('approvals')
      .select(['id', 'state', 'info', 'texts'])
      .orderBy('id')
      .execute();
    const ended = { state: 'expired', texts: null };
    expect(rows).toMatchObject([
      { id: 'approved', ...ended, info: JSON.stringify({ id: 'approved', state: 'expired' }) },
      { id: 'denied', state: 'denied' },
      { id: 'pending', ...ended },
      { id: 'used', state: 'used' },
    ]);
    await store.close();
  });

  it('is told apart from the present by an anchor', async () => {
    await createBackup(data, { file, plain: true });
    const anchorFile = join(dir, 'anchors.jsonl');
    await data.ledger.checkpoint();
    const level = await restoreBackup({ file, into, anchorFile });
    expect(level).toMatchObject({ lostRecords: 0 });
    expect(level.statement.join('\n')).toMatch(/match an anchor/);

    for (let i = 50; i < 53; i++) await exchange(`ex_${i}`);
    await data.ledger.checkpoint();
    const older = await restoreBackup({ file, into: join(dir, 'restored older'), anchorFile });
    expect(older).toMatchObject({ lostRecords: 6, records: level.records });
    expect(older.statement.join('\n')).toMatch(/rolled back: the anchor knows of 6 later records/);
    // Without an anchor it is not claimed that there is nothing later.
    const blind = await restoreBackup({ file, into: join(dir, 'restored blind') });
    expect(blind.statement.join('\n')).toMatch(/Nobody can tell from a copy what came after it/);
  });

  it('is not made from a ledger that was rewritten, as its anchor shows', async () => {
    await data.ledger.checkpoint();
    await closeFolder(data);
    cpSync(join(dir, 'data', 'keys'), join(dir, 'forged', 'keys'), { recursive: true });
    // The holder of the keys writes the same number of other records, and signs them.
    copyFileSync(join(dir, 'anchors.jsonl'), join(dir, 'kept.jsonl'));
    const forged = await openFolder('forged');
    for (let i = 0; i < 60; i++) await forged.ledger.append({ kind: 'node.state', state: 'started', version: '6.6.6' });
    await createBackup(forged, { file, plain: true });
    const restoring = restoreBackup({ file, into, anchorFile: join(dir, 'kept.jsonl') });
    await expect(restoring).rejects.toMatchObject({
      code: 'ledger_corrupt',
      message: expect.stringContaining('anchor_mismatch'),
    });
    expect(leftovers()).toEqual([]);
  });

  it('is not made where there is one already', async () => {
    await createBackup(data, { file, plain: true });
    mkdirSync(into);
    writeFileSync(join(into, 'mine'), '');
    await expect(restoreBackup({ file, into })).rejects.toMatchObject({ code: 'conflict' });
    expect(readdirSync(into)).toEqual(['mine']);
    rmSync(join(into, 'mine'));
    await restoreBackup({ file, into });
    await expect(restoreBackup({ file, into: join(dir, 'no', 'parent') })).rejects.toMatchObject({
      code: 'data_dir_unusable',
    });
  });
});

/** The members of a plain backup. */
async function membersOf(path: string): Promise<Map<string, Buffer>> {
  const members = new Map<string, Buffer>();
  async function* bytes(): AsyncGenerator<Buffer> {
    yield readFileSync(path);
  }
  let name = '';
  for await (const piece of readTar(bytes())) {
    if ('name' in piece) members.set((name = piece.name), Buffer.alloc(0));
    else members.set(name, Buffer.concat([members.get(name)!, piece.bytes]));
  }
  return members;
}

const archive = (members: Iterable<readonly [string, Buffer]>): Buffer =>
  Buffer.concat([
    ...[...members].flatMap(([name, bytes]) => [tarHeader(name, bytes.length, 0), bytes, tarPadding(bytes.length)]),
    tarEnd(),
  ]);

/** The archive of these members, with a manifest that is true of them. */
function vouched(members: Map<string, Buffer>): Buffer {
  const { members: _, ...manifest } = JSON.parse(members.get('manifest.json')!.toString()) as { members: unknown };
  members.delete('manifest.json');
  const listed = [...members].map(([name, bytes]) => {
    return { name, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
  });
  return archive([...members, ['manifest.json', Buffer.from(JSON.stringify({ ...manifest, members: listed }))]]);
}

describe('what is not a sound backup', () => {
  const refused = async (code: string): Promise<void> => {
    await expect(restoreBackup({ file, into })).rejects.toMatchObject({ code });
    expect(leftovers()).toEqual([]);
    expect(readdirSync(tmpdir())).not.toContain('escaped');
  };

  it('is refused: cut short anywhere, changed anywhere', async () => {
    await createBackup(data, { file, plain: true });
    const whole = readFileSync(file);
    for (const length of [0, 10, 512, 5000, whole.length - 1025, whole.length - 2000]) {
      writeFileSync(file, whole);
      truncateSync(file, length);
      await refused('request_invalid');
    }
    for (let i = 1; i <= 12; i++) {
      const at = Math.floor((whole.length * i) / 13);
      const changed = Buffer.from(whole);
      changed[at]! ^= 1;
      writeFileSync(file, changed);
      // Bytes that fill up a block say nothing.
      await restoreBackup({ file, into: join(dir, `restored ${i}`) }).then(
        () => expect(whole[at]).toBe(0),
        (thrown: unknown) => expect(thrown).toMatchObject({ code: 'request_invalid' }),
      );
    }
    for (const name of leftovers()) rmSync(join(dir, name), { recursive: true });
    writeFileSync(file, whole);
    appendFileSync(file, 'more');
    await refused('request_invalid');
    rmSync(file);
    await refused('not_found');
  });

  it('is refused: names that lead elsewhere, that no folder has, or that are there twice', async () => {
    await createBackup(data, { file, plain: true });
    const names = [
      '../escaped',
      '/tmp/escaped',
      'keys/../../escaped',
      'store.db-wal',
      'keys/other',
      'ledger',
      'a'.repeat(90),
    ];
    for (const name of names) {
      const members = await membersOf(file);
      writeFileSync(join(dir, 'bad'), vouched(new Map([...members, [name, Buffer.from('x')]])));
      await expect(restoreBackup({ file: join(dir, 'bad'), into }), name).rejects.toMatchObject({
        code: 'request_invalid',
      });
    }
    const members = await membersOf(file);
    writeFileSync(file, archive([['store.db', members.get('store.db')!], ...members]));
    await refused('request_invalid');
    // Without its store or a key, which would be made anew; and a manifest that vouches for one file twice.
    for (const name of ['store.db', 'keys/signing.pem', 'keys/digest.key', 'keys/capture.key']) {
      const lacking = new Map(members);
      lacking.delete(name);
      writeFileSync(file, vouched(lacking));
      await refused('request_invalid');
    }
    const twice = JSON.parse(members.get('manifest.json')!.toString()) as { members: unknown[] };
    twice.members[1] = twice.members[0];
    writeFileSync(file, archive(new Map([...members, ['manifest.json', Buffer.from(JSON.stringify(twice))]])));
    await refused('request_invalid');
    // Members that the manifest does not vouch for, or that it misses.
    const [first, ...rest] = members;
    writeFileSync(file, archive(rest));
    await refused('request_invalid');
    const manifest = members.get('manifest.json')!;
    members.delete('manifest.json');
    writeFileSync(file, archive([['manifest.json', manifest], first!, ...members]));
    await refused('request_invalid');
    writeFileSync(file, archive(members));
    await refused('request_invalid');
  });

  it('is refused: a ledger or a store that is not what it should be, whoever vouches for it', async () => {
    await createBackup(data, { file, plain: true });
    const sound = readFileSync(file);
    const lines = 'ledger/0000000000000000.jsonl';
    const tampered = await membersOf(file);
    tampered.set(lines, Buffer.from(tampered.get(lines)!.toString().replace('"ex_3"', '"ex_4"')));
    writeFileSync(file, vouched(tampered));
    await refused('ledger_corrupt');
    writeFileSync(file, sound);
    const short = await membersOf(file);
    short.set(lines, short.get(lines)!.subarray(0, 2000));
    writeFileSync(file, vouched(short));
    await refused('ledger_corrupt');

    // A store with a program of its own.
    writeFileSync(file, sound);
    const acting = await membersOf(file);
    writeFileSync(join(dir, 'acting.db'), acting.get('store.db')!);
    const store = await openStore({ path: join(dir, 'acting.db') });
    await store.db.schema.createView('v').as(store.db.selectFrom('keys').selectAll()).execute();
    await store.close();
    acting.set('store.db', readFileSync(join(dir, 'acting.db')));
    writeFileSync(file, vouched(acting));
    await refused('data_dir_unusable');
    acting.set('store.db', Buffer.from('no database at all, though it is long enough to look at'));
    acting.set('manifest.json', (await membersOf(file)).get('manifest.json')!);
    writeFileSync(file, vouched(acting));
    await refused('data_dir_unusable');
  });

  it('is refused: sealed, without its passphrase', async () => {
    await createBackup(data, { file, passphraseFile: passphraseFile() });
    await refused('usage');
    writeFileSync(passphraseFile(), 'several words of yours');
    const restoring = restoreBackup({ file, into, passphraseFile: passphraseFile() });
    await expect(restoring).rejects.toMatchObject({ code: 'request_invalid' });
    expect(leftovers()).toEqual([]);
  });
});

it('of a pruned ledger verifies as the ledger does', async () => {
  const path = join(dir, 'pruned');
  mkdirSync(path, { mode: 0o700 });
  const ledger = await openLedger({ dataDir: path, keys: openKeys(path), node: 'n', segmentSize: 8 });
  for (let i = 0; i < 30; i++) await ledger.append(adminChange(`t${i}`));
  await ledger.prune(16);
  await ledger.close();
  await createBackup(await openFolder('pruned'), { file, plain: true });
  const { statement } = await restoreBackup({ file, into });
  expect(statement.join('\n')).toContain('16 records were pruned by signed statements');
  expect((await openFolder('restored')).ledger.firstSeq).toBe(16);
});
