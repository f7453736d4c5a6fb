// Those who want to hear of records as they become durable. Costs nothing while there are none.
import { AncileError } from '../base/index.ts';
import type { StoredRecord } from './record-line.ts';

export class LiveFeed {
  readonly #listeners = new Set<(record: StoredRecord) => void>();
  readonly #onFault: (fault: AncileError) => void;

  constructor(onFault: (fault: AncileError) => void) {
    this.#onFault = onFault;
  }

  get wanted(): boolean {
    return this.#listeners.size > 0;
  }

  /** @returns ends the listening */
  listen(listener: (record: StoredRecord) => void): () => void {
    // A function of its own each time, so that one who listens twice can stop once.
    const own = (record: StoredRecord): void => listener(record);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  /** Tells of records by their lines, which were written in this order. */
  publish(lines: readonly string[]): void {
    for (const line of lines) {
      for (const listener of this.#listeners) {
        try {
          // Parsed for each, so that none can change what another sees.
          // eslint-disable-next-line no-restricted-properties -- a line that this process has just written
          listener(JSON.parse(line) as StoredRecord);
        } catch (cause) {
          this.#onFault(new AncileError('internal', 'a listener to the ledger failed', { at: 'ledger.live', cause }));
        }
      }
    }
  }
}
