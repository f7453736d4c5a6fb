// Models by version: what is known of each, whether it may be used, and the word that goes out when that changes.
export { createInventory, type Inventory, type ModelQuery, type StateChange } from './inventory.ts';
export { assetId, digestOfListing, scanSummary } from './asset.ts';
