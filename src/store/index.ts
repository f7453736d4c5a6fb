// Rows and counters of one data folder, and the lock that says who owns it.
export { MIGRATIONS } from './migrations.ts';
export type { Migration } from './migrations/migration.ts';
export type { CounterRow, FigureRow, StoreTables, UserRow } from './schema.ts';
export { type OpenStoreOptions, openStore, type Store } from './store.ts';
export { readMeta, writeMeta } from './meta.ts';
export { inStore } from './store-fault.ts';
export type { StoreSnapshot } from './snapshot.ts';
