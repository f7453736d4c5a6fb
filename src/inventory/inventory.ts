// The inventory of a data folder. A state is a record first, then a row, then told to all that serve: a model that is retired
// or quarantined stops at once, also where it is under way.
import { sql } from 'kysely';
import { AncileError, type Clock, systemClock } from '../base/index.ts';
import { parseJson } from '../codec/index.ts';
import { type Decision, ModelAsset, type ModelEvidence, type ModelState, type RecordBody } from '../contract/index.ts';
import { type Store, inStore } from '../store/index.ts';
import { scanSummary } from './asset.ts';

/** Versions kept parsed: whoever pulls asks for the same few again and again. */
const MOST_PARSED = 200;
/** Principals named of one version. */
const MOST_PULLERS = 100;
const MOST_EVIDENCE = 100;
/** Versions of one repository that hold a content: a layer may be in all of them. */
const MOST_WITHIN = 50;

/** Where a state comes from. */
export interface StateChange {
  readonly to: ModelState;
  /** A person, or `policy`. */
  readonly actor: string;
  readonly reason: string;
  readonly decision?: Decision;
}

export interface ModelQuery {
  readonly state?: ModelState;
  readonly source?: string;
  readonly repo?: string;
  readonly revision?: string;
  /** Each is part of the id, whatever its case. */
  readonly words?: readonly string[];
  readonly limit: number;
  /** Only those behind this one, in the order of the list. */
  readonly behind?: Pick<ModelAsset, 'changed' | 'id'>;
}

export interface Inventory {
  get(id: string): Promise<ModelAsset | undefined>;
  /**
   * Versions that hold a file of this content, or are called by it as wholes (SHA-256, hex).
   * @param within - those of this repository that hold a file of it, the newest fifty
   */
  findByContent(sha256: string, within?: Pick<ModelAsset, 'source' | 'repo'>): Promise<ModelAsset[]>;
  /** Those whose state changed last come first. */
  list(query: ModelQuery): Promise<ModelAsset[]>;
  /** Versions in each state. */
  count(): Promise<Record<ModelState, number>>;
  /**
   * Takes in a version seen for the first time, as quarantined; one that is known is left as it is.
   * @throws AncileError `ledger_fault`, `store_fault`
   */
  see(asset: ModelAsset): Promise<ModelAsset>;
  /** Writes what became known of it; its state is not changed by this. @throws AncileError `not_found`, `store_fault` */
  learn(id: string, change: (asset: ModelAsset) => ModelAsset): Promise<ModelAsset>;
  /**
   * @param change - of the asset as it is then; undefined leaves it
   * @throws AncileError `not_found`, `ledger_fault`, `store_fault`; what the ledger does not know has not happened
   */
  setState(id: string, change: (asset: ModelAsset) => StateChange | undefined): Promise<ModelAsset>;
  /**
   * Takes in an attestation that counts, with its own text; one that is known is left as it is.
   * @throws AncileError `not_found`, `conflict` where there are too many, `ledger_fault`, `store_fault`
   */
  attest(id: string, evidence: ModelEvidence, bundle: Uint8Array, actor: string): Promise<ModelAsset>;
  /** An attestation's own text. @throws AncileError `store_fault` */
  bundleOf(id: string, sha256: string): Promise<Uint8Array | undefined>;
  /** Counts a pull, in time. */
  notePull(id: string, principal: string): void;
  /** Writes what was counted. */
  flush(): Promise<void>;
  /** Returns the function that unsubscribes. */
  onState(listener: (asset: ModelAsset) => void): () => void;
}

export interface InventoryParts {
  readonly store: Store;
  /** Resolves when the record is durable. */
  readonly append: (body: RecordBody) => Promise<unknown>;
  readonly clock?: Clock;
  /** Told of what no caller waits for. */
  readonly onFault?: (fault: unknown) => void;
}

/** What a version is found by: its files, and its digests as a whole. */
const contentsOf = ({ files, digest, contentDigest }: ModelAsset): string[] =>
  [digest, contentDigest, ...files.map(({ sha256 }) => sha256)].filter((each) => each !== undefined);

const toAsset = (info: string): ModelAsset =>
  ModelAsset.parse(parseJson(info, { code: 'store_fault', what: 'a model of the store', maxBytes: 64_000_000 }));

export function createInventory({ store, append, clock = systemClock, onFault }: InventoryParts): Inventory {
  const { db } = store;
  const listeners = new Set<(asset: ModelAsset) => void>();
  const counted = new Map<string, { count: number; principals: Set<string>; last: number }>();
  let timer: NodeJS.Timeout | undefined;
  let last: Promise<unknown> = Promise.resolve();
  /** One change at a time, so that records and rows come in one order. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = last.then(work, work);
    last = done.catch(() => undefined);
    return done;
  }

  // This process alone has the store: what it wrote last is what is there.
  const parsed = new Map<string, ModelAsset>();
  function remember(asset: ModelAsset): ModelAsset {
    parsed.delete(asset.id);
    if (parsed.size >= MOST_PARSED) parsed.delete(parsed.keys().next().value!);
    parsed.set(asset.id, asset);
    return asset;
  }

  async function get(id: string): Promise<ModelAsset | undefined> {
    const known = parsed.get(id);
    if (known !== undefined) return remember(known);
    const row = await inStore('reading the inventory', () =>
      db.selectFrom('models').select('info').where('id', '=', id).executeTakeFirst(),
    );
    return row === undefined ? undefined : remember(toAsset(row.info));
  }

  async function mustGet(id: string): Promise<ModelAsset> {
    const asset = await get(id);
    if (asset !== undefined) return asset;
    const hint = '`ancile model list` shows those that are known.';
    throw new AncileError('not_found', 'there is no such model in the inventory', { at: id, hint });
  }

  async function write(asset: ModelAsset): Promise<void> {
    const { id, source, repo, revision, state } = asset;
    const row = { source, repo, revision, state, changed: Date.parse(asset.changed), info: JSON.stringify(asset) };
    const before = new Set(parsed.has(id) ? contentsOf(parsed.get(id)!) : []);
    const contents = new Set(contentsOf(asset).filter((each) => !before.has(each)));
    // Until it is written nobody knows what is there.
    parsed.delete(id);
    await inStore('writing the inventory', () =>
      db.transaction().execute(async (transaction) => {
        await transaction
          .insertInto('models')
          .values({ id, ...row })
          .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
          .execute();
        for (const sha256 of contents) {
          await transaction
            .insertInto('model_files')
            .values({ sha256, model: id })
            .onConflict((conflict) => conflict.doNothing())
            .execute();
        }
      }),
    );
    remember(asset);
  }

  function tell(asset: ModelAsset): void {
    for (const listener of listeners) {
      try {
        listener(asset);
      } catch (thrown) {
        onFault?.(thrown);
      }
    }
  }

  async function record(asset: ModelAsset, from: ModelState | undefined, change: StateChange): Promise<void> {
    const { files, verdict, rules } = scanSummary(asset.files);
    await append({
      kind: 'model.state',
      model: asset.id,
      digest: asset.digest,
      ...(from === undefined ? {} : { from }),
      to: change.to,
      actor: change.actor,
      reason: change.reason,
      ...(change.decision === undefined ? {} : { decision: change.decision }),
      ...(files === 0 ? {} : { scan: { files, verdict, rules } }),
    });
  }

  async function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    const entries = [...counted];
    counted.clear();
    for (const [id, { count, principals, last: at }] of entries) {
      await inTurn(async () => {
        const asset = await get(id);
        if (asset === undefined) return;
        const others = asset.pulledBy.filter((each) => !principals.has(each));
        await write({
          ...asset,
          pulls: asset.pulls + count,
          pulledBy: [...others, ...principals].slice(-MOST_PULLERS),
          lastPulled: new Date(at).toISOString(),
        });
      });
    }
  }

  return {
    get,
    async findByContent(sha256, within) {
      const rows = await inStore('reading the inventory', () => {
        const query = db
          .selectFrom('model_files')
          .innerJoin('models', 'models.id', 'model_files.model')
          .select('models.info')
          .where('model_files.sha256', '=', sha256);
        if (within === undefined) return query.limit(1000).execute();
        return query
          .where('models.source', '=', within.source)
          .where('models.repo', '=', within.repo)
          .orderBy('models.changed', 'desc')
          .limit(MOST_WITHIN)
          .execute();
      });
      return rows.map(({ info }) => toAsset(info));
    },
    async list({ state, source, repo, revision, words = [], limit, behind }) {
      const rows = await inStore('reading the inventory', () => {
        let query = db.selectFrom('models').select('info').orderBy('changed', 'desc').orderBy('id').limit(limit);
        if (state !== undefined) query = query.where('state', '=', state);
        if (source !== undefined) query = query.where('source', '=', source);
        if (repo !== undefined) query = query.where('repo', '=', repo);
        if (revision !== undefined) query = query.where('revision', '=', revision);
        for (const word of words) query = query.where(sql`instr(lower(id), ${word.toLowerCase()})`, '>', 0);
        if (behind !== undefined) {
          const at = Date.parse(behind.changed);
          query = query.where((is) =>
            is.or([is('changed', '<', at), is.and([is('changed', '=', at), is('id', '>', behind.id)])]),
          );
        }
        return query.execute();
      });
      return rows.map(({ info }) => toAsset(info));
    },
    async count() {
      const rows = await inStore('reading the inventory', () =>
        db
          .selectFrom('models')
          .select(({ fn }) => ['state', fn.countAll<number>().as('count')])
          .groupBy('state')
          .execute(),
      );
      const counts: Record<ModelState, number> = { quarantined: 0, admitted: 0, retired: 0 };
      for (const { state, count } of rows) if (Object.hasOwn(counts, state)) counts[state as ModelState] = count;
      return counts;
    },
    see: (asset) =>
      inTurn(async () => {
        const known = await get(asset.id);
        if (known !== undefined) return known;
        const seen: ModelAsset = { ...asset, state: 'quarantined' };
        await record(seen, undefined, { to: 'quarantined', actor: 'policy', reason: 'seen for the first time' });
        await write(seen);
        return seen;
      }),
    learn: (id, change) =>
      inTurn(async () => {
        const asset = await mustGet(id);
        const learnt = { ...change(asset), id, state: asset.state };
        await write(learnt);
        return learnt;
      }),
    setState: (id, decide) =>
      inTurn(async () => {
        const asset = await mustGet(id);
        const change = decide(asset);
        if (change === undefined) return asset;
        await record(asset, asset.state, change);
        const { actor: _gone, ...rest } = asset;
        const byPerson = change.actor !== 'policy';
        const next: ModelAsset = {
          ...rest,
          state: change.to,
          reason: change.reason,
          ...(byPerson ? { actor: change.actor } : {}),
          ...(change.decision === undefined ? {} : { decision: change.decision }),
          files:
            byPerson && change.to === 'admitted'
              ? asset.files.map((file) => (file.verdict === undefined ? file : { ...file, accepted: true as const }))
              : asset.files,
          changed: new Date(clock()).toISOString(),
        };
        try {
          await write(next);
        } finally {
          // Also where the store fails: what is on record is no longer to be served.
          tell(next);
        }
        return next;
      }),
    attest: (id, evidence, bundle, actor) =>
      inTurn(async () => {
        const asset = await mustGet(id);
        const before = asset.evidence ?? [];
        const { sha256 } = evidence;
        if (before.some((each) => each.sha256 === sha256)) return asset;
        if (before.length >= MOST_EVIDENCE) {
          throw new AncileError('conflict', `the version has ${MOST_EVIDENCE} attestations, and may have no more`);
        }
        const { contentDigest: digest } = asset;
        const what = { model: id, ...(digest === undefined ? {} : { digest }), actor, sha256, evidence };
        await append({ kind: 'model.evidence', outcome: 'accepted', ...what });
        await inStore('writing the inventory', () =>
          db
            .insertInto('model_evidence')
            .values({ model: id, sha256, bundle })
            .onConflict((conflict) => conflict.doNothing())
            .execute(),
        );
        const next = { ...asset, evidence: [...before, evidence] };
        await write(next);
        return next;
      }),
    async bundleOf(id, sha256) {
      const row = await inStore('reading the inventory', () =>
        db
          .selectFrom('model_evidence')
          .select('bundle')
          .where('model', '=', id)
          .where('sha256', '=', sha256)
          .executeTakeFirst(),
      );
      return row?.bundle;
    },
    notePull(id, principal) {
      const entry = counted.get(id) ?? { count: 0, principals: new Set<string>(), last: 0 };
      entry.count++;
      entry.last = clock();
      if (entry.principals.size < MOST_PULLERS) entry.principals.add(principal);
      counted.set(id, entry);
      timer ??= setTimeout(() => void flush().catch((thrown: unknown) => onFault?.(thrown)), 2000).unref();
    },
    flush,
    onState(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
