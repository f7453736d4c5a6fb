// Attestations of a version: held against its digest by whom the configuration trusts, taken into the inventory where they count.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type AttestationKind, type ModelAsset, type ModelEvidence, type RecordBody } from '../../contract/index.ts';
import { AncileError, type Clock } from '../../base/index.ts';
import { isStatementFile } from '../../attest/index.ts';
import type { Inventory } from '../../inventory/index.ts';
import type { Cache } from './cache.ts';

/** Largest attestation: a scan's lists a thousand findings. */
export const MOST_STATEMENT_BYTES = 2_000_000;
const MOST_STATEMENTS = 50;
const MOST_TOLD = 1000;

/** What is said of an attestation: what it is evidence of, or why it does not count. */
export type HeldEvidence =
  | { readonly ok: true; readonly evidence: Omit<ModelEvidence, 'sha256' | 'from' | 'added'> }
  | { readonly ok: false; readonly reason: string };

export type HoldEvidence = (bundle: Uint8Array, digest: string) => Promise<HeldEvidence>;

export interface EvidenceParts {
  readonly cache: Pick<Cache, 'find'>;
  readonly inventory: Pick<Inventory, 'get' | 'attest'>;
  readonly hold: HoldEvidence;
  readonly append: (body: RecordBody) => Promise<unknown>;
  readonly clock: Clock;
}

export interface EvidenceDesk {
  /**
   * Takes an attestation that a person gives.
   * @throws AncileError `not_found`; `conflict` while not all files of the version are here; `request_invalid` where it does not count
   */
  give(id: string, bundle: Uint8Array, actor: string): Promise<ModelAsset>;
  /** Takes those that lie in the version itself; what does not count is on record, once. */
  takeOwn(asset: ModelAsset): Promise<void>;
}

/** Kinds that are wanted and of which nothing counts now. */
export function missingEvidence(
  { evidence = [] }: Pick<ModelAsset, 'evidence'>,
  wanted: readonly AttestationKind[],
  now: number,
): AttestationKind[] {
  const there = new Set(evidenceKinds({ evidence }, now));
  return wanted.filter((kind) => !there.has(kind));
}

/** Kinds of which something counts now: an approval ends. */
export function evidenceKinds({ evidence = [] }: Pick<ModelAsset, 'evidence'>, now: number): AttestationKind[] {
  return evidence.filter(({ expires }) => expires === undefined || Date.parse(expires) > now).map(({ kind }) => kind);
}

export function createEvidenceDesk({ cache, inventory, hold, append, clock }: EvidenceParts): EvidenceDesk {
  const told = new Set<string>();

  /** @returns why it does not count; undefined where it is taken */
  async function take(asset: ModelAsset, bundle: Uint8Array, from: string, actor: string): Promise<string | undefined> {
    const { id, contentDigest: digest } = asset;
    if (digest === undefined) return 'not all files of the version are here: nobody knows its digest';
    const sha256 = createHash('sha256').update(bundle).digest('hex');
    const held = await hold(bundle, digest);
    if (held.ok) {
      const added = new Date(clock()).toISOString();
      await inventory.attest(id, { ...held.evidence, sha256, from, added }, bundle, actor);
      return undefined;
    }
    const key = `${id} ${sha256} ${held.reason}`;
    if (told.has(key)) return held.reason;
    if (told.size >= MOST_TOLD) told.clear();
    told.add(key);
    await append({
      kind: 'model.evidence',
      model: id,
      digest,
      actor,
      outcome: 'refused',
      sha256,
      reason: `${from}: ${held.reason}`.slice(0, 1000),
    });
    return held.reason;
  }

  return {
    async give(id, bundle, actor) {
      const asset = await inventory.get(id);
      if (asset === undefined) {
        const hint = '`ancile model list` shows those that are known.';
        throw new AncileError('not_found', 'there is no such model in the inventory', { at: 'id', hint });
      }
      if (asset.contentDigest === undefined) {
        const there = asset.files.filter(({ verdict }) => verdict !== undefined).length;
        throw new AncileError('conflict', `only ${there} of ${asset.files.length} files of the version were fetched`, {
          at: 'id',
          hint: 'An attestation is of all of them: pull the whole version first.',
        });
      }
      const reason = await take(asset, bundle, actor, actor);
      if (reason === undefined) return (await inventory.get(id))!;
      throw new AncileError('request_invalid', `the attestation does not count: ${reason}`, {
        at: 'attestation',
        hint: `It must be signed by whom artifacts.trust names, of sha256:${asset.contentDigest}.`,
      });
    },
    async takeOwn(asset) {
      const known = new Set(asset.evidence?.map(({ from }) => from));
      const own = asset.files.filter(
        ({ path, size, sha256 }) =>
          isStatementFile(path) && size <= MOST_STATEMENT_BYTES && sha256 !== undefined && !known.has(path),
      );
      for (const { path, sha256 } of own.slice(0, MOST_STATEMENTS)) {
        const content = cache.find(sha256!);
        if (content !== undefined) await take(asset, await readFile(content), path, 'policy');
      }
    },
  };
}
