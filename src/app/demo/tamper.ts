// The last act: one record of a copy of the ledger is changed, and the copy held against a checkpoint kept elsewhere.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AncileError } from '../../base/index.ts';
import { type VerifyReport, verifyLedger } from '../../ledger/index.ts';

const BLOCKED = '"outcome":"denied_input"';
const ALLOWED = '"outcome":"completed"';

/**
 * Writes the record anew with another outcome, and takes away whatever in the folder would contradict it, as someone
 * with access to the disk could.
 * @returns the record's seq
 */
function rewriteHistory(ledger: string): number {
  for (const name of readdirSync(ledger).filter((each) => each.endsWith('.jsonl') && /^\d/.test(each))) {
    const file = join(ledger, name);
    const lines = readFileSync(file, 'utf8').split('\n');
    const index = lines.findIndex((line) => line.includes(BLOCKED));
    if (index === -1) continue;
    lines[index] = lines[index]!.replace(BLOCKED, ALLOWED);
    writeFileSync(file, lines.join('\n'));
    for (const other of readdirSync(ledger)) {
      if (/\.(leaves|root)$/.test(other) || other === 'checkpoints.jsonl') rmSync(join(ledger, other));
    }
    return Number.parseInt(name, 10) + index;
  }
  throw new AncileError('not_found', 'the ledger has no denied exchange that could be made to look allowed');
}

export interface Tampering {
  readonly seq: number;
  /** Against the anchor, before and after; and after, by the folder alone. */
  readonly before: VerifyReport;
  readonly after: VerifyReport;
  readonly alone: VerifyReport;
}

/**
 * Tampers with a copy; the ledger itself is only read. The anchor is what the ledger had signed before.
 * @throws AncileError `usage` where nothing was signed yet
 */
export async function tamperWithCopy(dataDir: string): Promise<Tampering> {
  const copy = mkdtempSync(join(tmpdir(), 'ancile-tampered-'));
  try {
    const anchor = join(copy, 'anchor.txt');
    writeFileSync(anchor, readFileSync(join(dataDir, 'ledger/checkpoints.jsonl')));
    mkdirSync(join(copy, 'data/keys'), { recursive: true });
    cpSync(join(dataDir, 'ledger'), join(copy, 'data/ledger'), { recursive: true });
    const publicKey = readFileSync(join(dataDir, 'keys/signing.pub.pem'), 'utf8');
    const options = { anchors: anchor, publicKey };
    const before = await verifyLedger(join(copy, 'data'), options);
    const seq = rewriteHistory(join(copy, 'data/ledger'));
    const after = await verifyLedger(join(copy, 'data'), options);
    return { seq, before, after, alone: await verifyLedger(join(copy, 'data'), { publicKey }) };
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
