// Records of a kind, from the newest back: for what takes up at the start what an earlier process knew.
import { type Ledger, type StoredRecord, searchRecords } from '../ledger/index.ts';
import type { Store } from '../store/index.ts';

const PAGE = 1000;

type OfKind<K extends StoredRecord['kind']> = Extract<StoredRecord, { kind: K }>;

/** The index must have caught up. @param from - ISO 8601 @throws AncileError `store_fault` */
export async function* newestRecords<K extends StoredRecord['kind']>(
  store: Store,
  ledger: Ledger,
  { kind, from }: { readonly kind: K; readonly from?: string },
): AsyncGenerator<OfKind<K>> {
  for (let before: number | undefined; ;) {
    const page = await searchRecords(store, { kind, from, limit: PAGE, before });
    // One after the other: they lie behind each other in few files.
    for (const { seq } of page) {
      const record = await ledger.get(seq);
      if (record?.kind === kind) yield record as OfKind<K>;
    }
    before = page.at(-1)?.seq;
    if (page.length < PAGE) return;
  }
}
