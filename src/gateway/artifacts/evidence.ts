// Attestations of a version: held against its digest by whom the configuration trusts, taken into the inventory where they count.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type AttestationKind, type ModelAsset, type ModelEvidence, type RecordBody } from '../../contract/index.ts';
import { AncileError, type Clock } from '../../base/index.ts';
import { SIGNATURE_NAME, isStatementFile } from '../../attest/index.ts';
import type { Inventory } from '../../inventory/index.ts';
import type { Cache } from './cache.ts';
import { Flights } from './flights.ts';

/** Largest attestation: a scan's lists a thousand findings. */
export const MOST_STATEMENT_BYTES = 2_000_000;
const MOST_STATEMENTS = 50;
const MOST_TOLD = 1000;
const PAGE = 200;

/** What is said of an attestation: what it is evidence of, or why it does not count. */
export type HeldEvidence =
  | { readonly ok: true; readonly evidence: Omit<ModelEvidence, 'sha256' | 'from' | 'added'> }
  | { readonly ok: false; readonly reason: string };

/** Whom to believe, as the configuration has it now. */
export interface EvidenceTerms {
  readonly hold: HoldEvidence;
  /** Why the signer of a signature does not count; undefined where he does. */
  readonly holdSigner: (bundle: Uint8Array) => Promise<string | undefined>;
  /** Whether a key counts. @param sha256 - of its SPKI, hex */
  readonly trustsKey: (sha256: string) => boolean;
  /** Names all of that: what was held by the same need not be held again. */
  readonly trust: () => string;
}

export type HoldEvidence = (bundle: Uint8Array, digest: string) => Promise<HeldEvidence>;

export interface EvidenceParts {
  readonly cache: Pick<Cache, 'find'>;
  readonly inventory: Pick<Inventory, 'get' | 'attest' | 'learn' | 'list' | 'bundleOf'>;
  readonly terms: EvidenceTerms;
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
  /**
   * Looks again at who signed what was taken in, where the configuration trusts others by now: what counts no more is on record.
   * The version as it is then.
   */
  recheck(asset: ModelAsset): Promise<ModelAsset>;
  /** Does so with every version. @throws AncileError `config_invalid`, `ledger_fault`, `store_fault` */
  recheckAll(): Promise<void>;
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
  return evidence
    .filter(({ expires, revoked }) => revoked === undefined && (expires === undefined || Date.parse(expires) > now))
    .map(({ kind }) => kind);
}

export function createEvidenceDesk({ cache, inventory, terms, append, clock }: EvidenceParts): EvidenceDesk {
  const told = new Set<string>();
  const flights = new Flights();

  /** @returns why it does not count; undefined where it is taken */
  async function take(asset: ModelAsset, bundle: Uint8Array, from: string, actor: string): Promise<string | undefined> {
    const { id, contentDigest: digest } = asset;
    if (digest === undefined) return 'not all files of the version are here: nobody knows its digest';
    const sha256 = createHash('sha256').update(bundle).digest('hex');
    const held = await terms.hold(bundle, digest);
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

  /** One attestation, as the configuration of now has it. */
  async function holdAgain(asset: ModelAsset, evidence: ModelEvidence): Promise<ModelEvidence> {
    const { id, contentDigest: digest } = asset;
    const { revoked: before, ...plain } = evidence;
    const { sha256, expires } = evidence;
    // Its end has come, whoever signed it.
    if (expires !== undefined && Date.parse(expires) <= clock()) return evidence;
    const bundle = await inventory.bundleOf(id, sha256);
    const held = bundle === undefined || digest === undefined ? undefined : await terms.hold(bundle, digest);
    const revoked = held === undefined ? 'its text is not here any more' : held.ok ? undefined : held.reason;
    if ((revoked === undefined) === (before === undefined)) return evidence;
    const what = { model: id, ...(digest === undefined ? {} : { digest }), actor: 'policy', sha256 };
    if (revoked === undefined) {
      await append({ kind: 'model.evidence', ...what, outcome: 'accepted', evidence: plain });
      return plain;
    }
    const reason = revoked.slice(0, 1000);
    await append({ kind: 'model.evidence', ...what, outcome: 'revoked', evidence: plain, reason });
    return { ...plain, revoked: reason };
  }

  /** Whether the signature still is one of somebody who counts; where that cannot be told, it is verified anew as a whole. */
  async function isSignerTrusted({ files, signature }: ModelAsset): Promise<boolean> {
    if (signature.state !== 'valid') return false;
    if (signature.keySha256 !== undefined) return terms.trustsKey(signature.keySha256);
    const sha256 = files.find(({ path }) => path === SIGNATURE_NAME)?.sha256;
    const content = sha256 === undefined ? undefined : cache.find(sha256);
    return content !== undefined && (await terms.holdSigner(await readFile(content))) === undefined;
  }

  async function recheck(asset: ModelAsset): Promise<ModelAsset> {
    const { id, signature } = asset;
    if ((asset.evidence ?? []).length === 0 && signature.state === 'none') return asset;
    const heldBy = terms.trust();
    if (asset.heldBy === heldBy) return asset;
    return flights.once(id, async () => {
      const evidence: ModelEvidence[] = [];
      for (const each of asset.evidence ?? []) evidence.push(await holdAgain(asset, each));
      const isTrusted = await isSignerTrusted(asset);
      return inventory.learn(id, (now) => ({
        ...now,
        heldBy,
        // What came meanwhile was held by who is trusted now.
        evidence: [...evidence, ...(now.evidence ?? []).slice(evidence.length)],
        ...(isTrusted ? {} : { signature: { state: 'none' } }),
      }));
    });
  }

  return {
    recheck,
    async recheckAll() {
      for (let behind: ModelAsset | undefined; ;) {
        const page = await inventory.list({ limit: PAGE, ...(behind === undefined ? {} : { behind }) });
        for (const asset of page) await recheck(asset);
        if (page.length < PAGE) return;
        behind = page.at(-1)!;
      }
    },
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
