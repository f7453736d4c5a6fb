// The offline proof: reads the files only, needs no lock, works on a copy and beside a running server.
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { AncileError, systemCode } from '../base/index.ts';
import { loadPublicKey, PUBLIC_KEY_PATH, type PublicKey } from '../keys/index.ts';
import { loadFormat } from './format.ts';
import { SEGMENT_SIZE, toLayout } from './layout.ts';
import type { Checkpoint } from './note.ts';
import { Problems, type VerifyReport } from './report.ts';
import { listSegments } from './segment-root.ts';
import { toStatements } from './statements.ts';
import { checkAnchors, checkCheckpoints, checkPrunes, type Mark } from './verify-notes.ts';
import { TreeCheck } from './verify-tree.ts';
import { walkSegments } from './verify-walk.ts';

export interface VerifyOptions {
  /** Checkpoints held elsewhere: themselves, or the file they are in. */
  readonly anchors?: readonly Checkpoint[] | string;
  /** SPKI PEM of the signing key, from somewhere trusted; absent: the one in the data folder. */
  readonly publicKey?: string;
}

async function loadVerifier(dataDir: string, given: string | undefined): Promise<PublicKey> {
  if (given !== undefined) return loadPublicKey(given, 'the public key');
  const path = join(dataDir, PUBLIC_KEY_PATH);
  try {
    return loadPublicKey(await readFile(path, 'utf8'), path);
  } catch (cause) {
    if (cause instanceof AncileError) throw cause;
    const hint = 'Name the public key, or the data folder that has it in keys/.';
    throw new AncileError('usage', `no public key at ${path} (${systemCode(cause)})`, { at: path, hint, cause });
  }
}

/**
 * Verifies the ledger in `<dataDir>/ledger/`: every line, every signature, the root at every checkpoint and anchor.
 * What is wrong is a value in the report.
 * @throws AncileError `usage` when there is no ledger, no key, or no checkpoint in the anchor file.
 */
export async function verifyLedger(dataDir: string, options: VerifyOptions = {}): Promise<VerifyReport> {
  const layout = toLayout(dataDir);
  const problems = new Problems();
  const key = await loadVerifier(dataDir, options.publicKey);
  // Signed statements first: a server that runs meanwhile only adds records to those they cover.
  const own = await checkCheckpoints(layout, key, problems);
  const anchors = await checkAnchors(options.anchors, key, problems);
  const prunes = await checkPrunes(layout, key, problems);
  const segments = await listSegments(layout);
  if (segments.size === 0 && own.length === 0 && anchors.marks.length === 0) {
    const hint = 'Name the data folder of a gateway that has run.';
    throw new AncileError('usage', `there is no ledger in ${layout.dir}`, { at: layout.dir, hint });
  }
  let segmentSize = SEGMENT_SIZE;
  try {
    segmentSize = (await loadFormat(layout))?.segmentSize ?? segmentSize;
  } catch (fault) {
    if (!(fault instanceof AncileError)) throw fault;
    problems.add({ kind: 'format_invalid', seq: 0, file: basename(layout.format), message: fault.message });
  }
  const marks = [...anchors.marks, ...own].sort((a, b) => a.size - b.size);
  const signedSize = own.reduce((most, mark) => Math.max(most, mark.size), 0);
  const markedSize = marks.at(-1)?.size ?? 0;
  const tree = new TreeCheck(marks, segmentSize, problems);

  const walk = { layout, key, segments, segmentSize, prunes, signedSize, markedSize, tree, problems };
  const { size, pruned, openExchanges, tornBytes, aheadLeaves } = await walkSegments(walk);
  reportTruncation(tree.unreached, size, problems);

  const trusted = tree.matched.filter((mark) => !mark.anchor && mark.size <= problems.firstSeq).at(-1);
  const completeAsOf = trusted === undefined ? null : { size: trusted.size, time: trusted.time };
  const report = {
    ok: problems.count === 0,
    size,
    completeAsOf,
    unsignedTail: Math.max(0, size - signedSize),
    pruned,
    openExchanges,
    checkpoints: own.length,
    anchors: anchors.marks.length,
    problems: problems.listed,
    problemCount: problems.count,
  };
  const anchoredSize = tree.matched
    .filter((mark) => mark.anchor && mark.size > 0 && mark.size <= problems.firstSeq)
    .at(-1)?.size;
  const keyGiven = options.publicKey !== undefined;
  const context = { keyId: key.keyId, keyGiven, anchoredSize, tornBytes, aheadLeaves, unreadable: anchors.unreadable };
  return { ...report, statements: toStatements(report, context) };
}

/** Checkpoints and anchors over more records than there are: the end was cut off. */
function reportTruncation(unreached: readonly Mark[], size: number, problems: Problems): void {
  const last = unreached.at(-1);
  if (last === undefined) return;
  const what = last.anchor ? 'an anchor' : 'a signed checkpoint';
  problems.add({
    kind: last.anchor ? 'anchor_mismatch' : 'checkpoint_mismatch',
    range: { from: Math.min(size, last.size - 1), to: last.size - 1 },
    file: last.file,
    message:
      last.size > size
        ? `${what} covers ${last.size} records, of which ${size} are there: the end is missing`
        : `${what} over ${last.size} records cannot be held against them: a whole segment before it has no hash left`,
  });
}
