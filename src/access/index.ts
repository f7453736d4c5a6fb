// Who may do what, and how much: virtual keys, the routes in their scope, and budgets.
export { createBudgetBook, type BudgetBook, type Refusal, type Reservation, type ReserveResult } from './budget.ts';
export { createKeyRing, type AccessKey, type Authentication, type KeyEndListener, type KeyRing } from './key-ring.ts';
export { createMemoryKeyStore, type KeyStore, type StoredKey } from './key-store.ts';
export { createRouteTable, matchPattern, selectRoute, type NamedRoute, type RouteTable } from './pattern.ts';
export { costMicros } from './price.ts';
export { createStoreCounterStore } from './store-counters.ts';
export { createStoreKeyStore } from './store-keys.ts';
export {
  advanceUsage,
  chargeAbandoned,
  createMemoryCounterStore,
  EMPTY_USAGE,
  type Counter,
  type CounterStore,
  type UsageRecord,
  type UsageSnapshot,
} from './usage.ts';
