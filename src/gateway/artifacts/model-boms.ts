// What versions of the inventory are made of, read from their files in the cache: facts, documents, and what differs between two.
import type { KnownBeside } from '../../attest/index.ts';
import type { Clock } from '../../base/index.ts';
import type { BomChange, BomFacts, ModelAsset } from '../../contract/index.ts';
import type { BomFormat, LaidOut } from './bom-messages.ts';
import { type BomProcess, createBomProcess } from './bom-process.ts';
import type { Cache } from './cache.ts';
import { Flights } from './flights.ts';
import { withFolder } from './folder-view.ts';

export interface ModelBoms {
  /** @throws AncileError `guard_fault`, `shutting_down` */
  facts(asset: ModelAsset): Promise<BomFacts>;
  /** @throws AncileError as `facts` */
  document(asset: ModelAsset, format: BomFormat): Promise<Record<string, unknown>>;
  /** @throws AncileError as `facts` */
  compare(before: ModelAsset, after: ModelAsset): Promise<{ changes: BomChange[]; left: number }>;
  close(): void;
}

export interface ModelBomParts {
  readonly cache: Cache;
  /** What its source says of a version beside its files: where it is fetched from. */
  readonly origin: (asset: ModelAsset) => KnownBeside['single'];
  readonly toolVersion: string;
  readonly clock: Clock;
  readonly process?: BomProcess;
}

export function createModelBoms(parts: ModelBomParts): ModelBoms {
  const { cache, origin, toolVersion, clock, process = createBomProcess() } = parts;
  const flights = new Flights();

  function besideOf(asset: ModelAsset): KnownBeside {
    const { repo, revision, licence, files } = asset;
    return {
      source: 'the registry',
      single: { name: repo, version: revision, ...origin(asset) },
      ...(licence === undefined ? {} : { licence }),
      files: files.map(({ path, size, sha256 }) => ({ path, size, ...(sha256 === undefined ? {} : { sha256 }) })),
    };
  }

  const laidOut = <T>(asset: ModelAsset, work: (model: LaidOut) => Promise<T>): Promise<T> =>
    withFolder(cache, asset.files, (folder) => work({ folder, beside: besideOf(asset) }));

  return {
    facts: (asset) =>
      flights.once(`facts ${asset.id}`, () =>
        laidOut(asset, async (model) => (await process.ask({ kind: 'facts', model })).facts),
      ),
    document: (asset, format) =>
      flights.once(`${format} ${asset.id}`, () =>
        laidOut(asset, async (model) => {
          const timestamp = new Date(clock()).toISOString();
          return (await process.ask({ kind: 'document', model, format, toolVersion, timestamp })).document;
        }),
      ),
    compare: (before, after) =>
      flights.once(`compare ${before.id} ${after.id}`, () =>
        laidOut(before, (old) =>
          laidOut(after, async (now) => {
            const { changes, left } = await process.ask({ kind: 'compare', before: old, after: now });
            return { changes, left };
          }),
        ),
      ),
    close: () => process.close(),
  };
}
