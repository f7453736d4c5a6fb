// What a verification proves and what it cannot, in sentences that a reader can quote.
import type { VerifyReport } from './report.ts';

interface Context {
  readonly keyId: string;
  /** Whether the key came from outside the data folder. */
  readonly keyGiven: boolean;
  /** Size of the last anchor that matched. */
  readonly anchoredSize: number | undefined;
  readonly tornBytes: number;
  /** Leaf hashes stored without their records. */
  readonly aheadLeaves: number;
  /** Lines of the anchor file that are no checkpoints. */
  readonly unreadable: number;
}

export function toStatements(report: Omit<VerifyReport, 'statements'>, context: Context): string[] {
  const out: string[] = [];
  if (report.completeAsOf === null) {
    out.push('No checkpoint holds: nothing can be said about completeness.');
  } else {
    const { size, time } = report.completeAsOf;
    out.push(
      `Complete and unchanged as of the checkpoint over ${size} records signed at ${time} by key ${context.keyId}; silent about later ones.`,
    );
  }
  if (report.unsignedTail > 0) {
    out.push(
      `${report.unsignedTail} records follow the last checkpoint: no signature covers them, and one cut off at the end would not be missed.`,
    );
  }
  if (context.anchoredSize === undefined) {
    out.push('Without an anchor, whoever holds the signing key could have rewritten the ledger and signed it anew.');
  } else {
    out.push(
      `The first ${context.anchoredSize} records match an anchor: not even the holder of the signing key changed them since it was made.`,
    );
  }
  if (!context.keyGiven) {
    out.push('The public key was taken from the data folder: who replaced the ledger could have replaced it too.');
  }
  if (report.pruned > 0) {
    out.push(
      `${report.pruned} records were pruned by signed statements: their roots were kept, their contents cannot be checked.`,
    );
  }
  if (context.tornBytes > 0) {
    out.push(
      `${context.tornBytes} bytes of an unfinished record stand at the end: it was never acknowledged, and the next start removes it.`,
    );
  }
  if (context.aheadLeaves > 0) {
    out.push(
      `${context.aheadLeaves} hashes are stored ahead of their records: a write in flight, one cut short by a crash, or records cut off after the last checkpoint.`,
    );
  }
  if (report.openExchanges > 0) {
    out.push(`${report.openExchanges} exchanges were opened and not closed: in flight, or ended by a crash.`);
  }
  if (context.unreadable > 0)
    out.push(`${context.unreadable} lines of the anchor file are no checkpoints and were passed over.`);
  return out;
}
