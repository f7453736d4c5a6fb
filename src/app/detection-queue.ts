// Detections on their way into incidents, one after the other: what a full disk keeps out waits, and is not passed over.
import { toAncileError } from '../base/index.ts';
import type { Detection } from '../contract/index.ts';

/** What waits beyond this is found in the ledger by the next start. */
const MOST_WAITING = 10_000;

export interface DetectionQueue {
  /** Takes it in behind those before it. Resolves when nothing more can be taken in at the moment. */
  hear(seq: number, detection: Detection): Promise<void>;
  /** Tries again what could not be taken in. */
  retry(): Promise<void>;
  /** Resolves when nothing is being taken in. */
  idle(): Promise<void>;
}

/** @param take - whatever it throws but a fault of disk or ledger is of the detection, which then is left out */
export function createDetectionQueue(
  take: (seq: number, detection: Detection) => Promise<void>,
  onFault: (fault: unknown) => void,
): DetectionQueue {
  const waiting: { readonly seq: number; readonly detection: Detection }[] = [];
  let taking: Promise<void> = Promise.resolve();

  async function takeAll(): Promise<void> {
    for (let first = waiting[0]; first !== undefined; first = waiting[0]) {
      try {
        await take(first.seq, first.detection);
      } catch (thrown) {
        onFault(thrown);
        const { code } = toAncileError(thrown);
        if (code === 'store_fault' || code === 'ledger_fault') return;
      }
      waiting.shift();
    }
  }
  const go = (): Promise<void> => (taking = taking.then(takeAll));

  return {
    hear(seq, detection) {
      // The newest: those before it keep the place from which the next start goes on.
      if (waiting.length < MOST_WAITING) waiting.push({ seq, detection });
      return go();
    },
    retry: () => (waiting.length === 0 ? Promise.resolve() : go()),
    idle: () => taking,
  };
}
