// Rows and counters of one data folder, and the lock that says who owns it.
export { type Migration, MIGRATIONS } from './migrations.ts';
export type { CounterRow, RecordRow, StoreTables } from './schema.ts';
export { type OpenStoreOptions, openStore, type Store } from './store.ts';
