// What a step from one schema to the next is.
import type { Transaction } from 'kysely';
import type { StoreTables } from '../schema.ts';

export interface Migration {
  /** Consecutive from 1. A published step is never changed; a new one is added. */
  readonly id: number;
  readonly name: string;
  up(db: Transaction<StoreTables>): Promise<void>;
}
