// Faults of the store, in our own words: a database's message may quote what it was given.
import { AncileError } from '../base/index.ts';

/** Runs a statement; whatever it throws becomes `store_fault` with the cause kept for the log. */
export async function inStore<T>(what: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    if (cause instanceof AncileError) throw cause;
    throw new AncileError('store_fault', `${what} failed`, { cause, hint: 'Look at the disk of the data folder.' });
  }
}
