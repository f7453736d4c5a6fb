// Makes a data folder from a backup: unpacked beside its place, verified, brought to the present schema, and only then
// given its name. Says what was done, and what nobody can know from a copy.
import { mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { sql } from 'kysely';
import { AncileError, randomToken, systemCode } from '../base/index.ts';
import { readSecret } from '../config/index.ts';
import { type Checkpoint, loadAnchors, syncFolder, verifyLedger, type VerifyReport } from '../ledger/index.ts';
import { openStore } from '../store/index.ts';
import { type Manifest, STORE } from './backup-manifest.ts';
import { unpackBackup } from './unpack-backup.ts';

export interface RestoreOptions {
  readonly file: string;
  /** The data folder to be made: it does not exist, or is empty. Absolute. */
  readonly into: string;
  readonly passphraseFile?: string | undefined;
  /** Checkpoints held elsewhere, to hold the ledger against. */
  readonly anchorFile?: string | undefined;
  /** SPKI PEM of the signing key, from somewhere trusted. */
  readonly publicKey?: string | undefined;
}

export interface Restored {
  readonly into: string;
  /** ISO 8601: the moment that the folder is as of. */
  readonly created: string;
  /** Version of ancile that made the backup. */
  readonly ancile: string;
  readonly records: number;
  /** Records that an anchor knows of and this copy has not. Null where no anchor was given. */
  readonly lostRecords: number | null;
  /** What was done, what is proven, and what cannot be known, in sentences. */
  readonly statement: readonly string[];
}

/** What was ended in the copy, counted. */
interface Ended {
  readonly sessions: number;
  readonly approvals: number;
  readonly links: number;
}

async function checkEmpty(into: string): Promise<void> {
  const names = await readdir(into).catch((thrown: unknown) => {
    if (systemCode(thrown) === 'ENOENT') return [];
    const hint = 'Name a folder that does not exist yet.';
    throw new AncileError('usage', `${into} is no folder that can be restored into`, { at: into, hint, cause: thrown });
  });
  if (names.length === 0) return;
  const hint = 'Name a new folder; move the old one away yourself if this is to take its place.';
  throw new AncileError('conflict', `${into} is not empty`, { at: into, hint });
}

/** Anchors are split: those over records that the copy has must match; later ones tell how much it lacks. */
async function verifyCopy(
  folder: string,
  size: number,
  { anchorFile, publicKey }: RestoreOptions,
): Promise<{ readonly report: VerifyReport; readonly lost: number | null }> {
  const anchors: Checkpoint[] = anchorFile === undefined ? [] : await loadAnchors(anchorFile);
  const covered = anchors.filter((anchor) => anchor.size <= size);
  const newest = anchors.reduce((most, anchor) => Math.max(most, anchor.size), 0);
  const report = await verifyLedger(folder, {
    ...(covered.length === 0 ? {} : { anchors: covered }),
    ...(publicKey === undefined ? {} : { publicKey }),
  });
  return { report, lost: anchorFile === undefined ? null : Math.max(0, newest - size) };
}

function checkReport({ ok, problems, problemCount }: VerifyReport, { checkpoint }: Manifest, size: number): void {
  const [first] = problems;
  if (ok && size >= checkpoint.size) return;
  const what = first === undefined ? 'records are missing' : `${first.kind}: ${first.message}`;
  throw new AncileError('ledger_corrupt', `the ledger of the backup does not verify (${what})`, {
    at: 'backup',
    hint: `Nothing was restored; ${problemCount} problems were found. Take an earlier backup, or the anchor of this ledger.`,
  });
}

/**
 * Brings the store to the present schema, and ends what must not live twice: sessions, and approvals and one-time links
 * that could be used in the copy although they were used, or taken back, after it was made.
 */
async function renewStore(path: string): Promise<Ended> {
  const store = await openStore({ path, untrusted: true });
  try {
    return await store.db.transaction().execute(async (db) => {
      const sessions = await db.deleteFrom('sessions').executeTakeFirst();
      const approvals = await db
        .updateTable('approvals')
        .set({ state: 'expired', texts: null, info: sql`json_set(info, '$.state', 'expired')` })
        .where('state', 'in', ['pending', 'approved'])
        .executeTakeFirst();
      const links = await db
        .updateTable('users')
        .set({ invite: null, invite_expires: null })
        .where('invite', 'is not', null)
        .executeTakeFirst();
      return {
        sessions: Number(sessions.numDeletedRows),
        approvals: Number(approvals.numUpdatedRows),
        links: Number(links.numUpdatedRows),
      };
    });
  } finally {
    await store.close();
  }
}

function toStatement(manifest: Manifest, report: VerifyReport, lost: number | null, ended: Ended): string[] {
  const { created, ancile, node, members } = manifest;
  const out = [
    `Restored ${members.length} files as they were at ${created}, written by ancile ${ancile} on ${node}.`,
    ...report.statements,
  ];
  if (lost === null) {
    out.push(
      `Nobody can tell from a copy what came after it: compare with an anchor (--anchor FILE) to learn how many records are not in it.`,
    );
  } else if (lost > 0) {
    out.push(
      `The ledger is rolled back: the anchor knows of ${lost} later records that are not in this copy. From here on it is another ledger than the anchor's: keep the anchor file as evidence, and name a new one in ledger.anchorFile.`,
    );
  } else {
    out.push('The anchor knows of no record that is not in this copy.');
  }
  out.push(
    `Whatever was changed since ${created} is as it was before: keys revoked and people removed, passwords and recovery codes, what budgets were charged. Go through \`ancile key list\` and \`ancile user list\` before it serves.`,
    `${ended.sessions} sessions and ${ended.approvals} approvals that waited or were not used yet were ended.`,
    `${ended.links} one-time links that were not used yet are void: \`ancile user reset NAME\` makes another.`,
    'The first start will say in the ledger that the node started; search and figures catch up with the ledger by then.',
  );
  return out;
}

/**
 * Restores a backup into a new data folder, whole or not at all.
 * @throws AncileError `conflict` where the folder is not empty, `request_invalid` where the file is no sound backup or
 *   the passphrase is wrong, `ledger_corrupt` where its ledger does not verify, `data_dir_unusable` where its store is
 *   of a newer version or the folder cannot be made
 */
export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const { file, into, passphraseFile } = options;
  await checkEmpty(into);
  const passphrase =
    passphraseFile === undefined ? undefined : readSecret({ file: passphraseFile }, 'passphraseFile', dirname(into));
  const staging = join(dirname(into), `.${basename(into)}.${randomToken(8)}.restoring`);
  try {
    await mkdir(staging, { mode: 0o700 });
  } catch (cause) {
    const hint = 'Name a folder whose parent exists and can be written by this user.';
    throw new AncileError('data_dir_unusable', `${into} cannot be made (${systemCode(cause)})`, {
      at: into,
      hint,
      cause,
    });
  }
  try {
    const manifest = await unpackBackup(file, staging, passphrase);
    const { report, lost } = await verifyCopy(staging, manifest.checkpoint.size, options);
    checkReport(report, manifest, report.size);
    const ended = await renewStore(join(staging, STORE));
    for (const folder of ['ledger', 'keys']) await syncFolder(join(staging, folder));
    await syncFolder(staging);
    await rmdir(into).catch(() => {});
    await rename(staging, into);
    await syncFolder(dirname(into));
    return {
      into,
      created: manifest.created,
      ancile: manifest.ancile,
      records: report.size,
      lostRecords: lost,
      statement: toStatement(manifest, report, lost, ended),
    };
  } catch (cause) {
    await rm(staging, { recursive: true, force: true });
    throw cause;
  }
}
