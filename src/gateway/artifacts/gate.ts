// The gate that every front goes through: a version is taken into the inventory, its files fetched and scanned, the policy asked
// for whoever pulls, and only then a file is his. What is wrong with one file is wrong with the whole version.
import { type Restraints, toFrozen } from '../../access/index.ts';
import { AncileError, type Clock, newId } from '../../base/index.ts';
import {
  type Decision,
  type ModelAsset,
  type ModelFile,
  type ModelFinding,
  type Principal,
  type RecordBody,
  type Transfer,
  isDenial,
} from '../../contract/index.ts';
import { type Inventory, assetId, digestOfListing, scanSummary } from '../../inventory/index.ts';
import type { Policies } from '../../policy/index.ts';
import { type Cache, type OpenBlob, Tampered } from './cache.ts';
import { decide, isBad, unseenVerdict } from './decide.ts';
import { missingEvidence } from './evidence.ts';
import type { Arriving, Gather } from './gather.ts';
import type { PullLimits } from './limits.ts';
import { type ArtifactSource, type Listing, demandsSignature } from './source.ts';

/** For how long a name such as `main` is taken to stand for the same version, milliseconds. */
const NAME_MS = 10_000;
const MOST_NAMES = 1000;
/** Newest versions of a repository that are looked through for a content that was not fetched yet. */
const MOST_HOLDERS = 100;
const SHA256 = /^[0-9a-f]{64}$/;

/** Why somebody does not get a model. */
export interface Refused {
  readonly ok: false;
  readonly code: 'blocked_by_policy' | 'held_for_approval' | 'budget_exceeded';
  /** One sentence for the client. */
  readonly message: string;
  readonly decision?: Decision;
  readonly findings: readonly ModelFinding[];
}

/** A file that is somebody's to have. */
export interface Passed {
  readonly ok: true;
  readonly file: ModelFile & { readonly sha256: string };
  readonly decision: Decision;
}

/** A pull that is on record, and to be said when it did not come to its end. */
export interface Pull {
  cut(bytes: number, reason: string): Promise<void>;
}

export interface Gate {
  /** The version that a name stands for. @throws AncileError `not_found`, `upstream_*` */
  version(source: ArtifactSource, repo: string, revision: string): Promise<ModelAsset>;
  /** Why nobody gets it, as far as that is known without fetching anything. */
  refusal(asset: ModelAsset): Refused | undefined;
  /**
   * Lets a file through or not; for the first one of a version that takes as long as fetching and scanning it.
   * @throws AncileError `not_found`, `upstream_*`, `ledger_fault`, `store_fault`
   */
  pass(source: ArtifactSource, asset: ModelAsset, path: string, principal: Principal): Promise<Passed | Refused>;
  /** Versions of a repository that hold a content, those that may be had first. @param sha256 - hex */
  holders(source: ArtifactSource, repo: string, sha256: string): Promise<ModelAsset[]>;
  /**
   * Takes in a version that somebody wants to put into its source, has all of it scanned, and lets it through or not. What is
   * not given is fetched from the source.
   * @param given - contents (SHA-256, hex) that lie in the cache for this
   * @throws AncileError `not_found` for content that is nowhere, `upstream_*`, `ledger_fault`, `store_fault`
   */
  push(source: ArtifactSource, listing: Listing, given: ReadonlySet<string>, principal: Principal): Promise<Pushed>;
  /** A name stands for something else from now on. */
  forget(source: ArtifactSource, repo: string, revision: string): void;
  /** Puts a push on record. @throws AncileError `ledger_fault` */
  recordPush(asset: ModelAsset, principal: Principal, push: PushRecord): Promise<unknown>;
  /** Opens a file that was let through; one that was changed in the cache takes its versions into quarantine. */
  open(passed: Passed): Promise<OpenBlob | Refused>;
  /** Puts a pull on record before its first byte, or that it was refused for its bytes. @throws AncileError `ledger_fault` */
  begin(asset: ModelAsset, passed: Passed, principal: Principal, bytes: number): Promise<Pull | Refused>;
  recordRefusal(asset: ModelAsset, path: string, principal: Principal, refused: Refused): Promise<void>;
  recordFault(asset: ModelAsset, path: string, principal: Principal, reason: string): Promise<void>;
  arriving(asset: ModelAsset, path: string): Arriving | undefined;
  /** Calls when a version stops being admitted. Returns the function that unsubscribes. */
  onWithdrawn(id: string, listener: () => void): () => void;
}

export type Pushed = { readonly asset: ModelAsset; readonly result: Passed | Refused };

export interface PushRecord {
  readonly push: string;
  readonly tag: string | undefined;
  readonly outcome: Extract<RecordBody, { kind: 'artifact.push' }>['outcome'];
  readonly decision: Decision | undefined;
  readonly reason?: string;
}

export interface GateParts {
  readonly cache: Cache;
  readonly inventory: Inventory;
  readonly gather: Gather;
  readonly limits: PullLimits;
  readonly policies: () => Policies;
  /** Resolves when the record is durable. */
  readonly append: (body: RecordBody) => Promise<unknown>;
  /** What is frozen is not given, and a name may be contained to stand for another version. */
  readonly restraints: Pick<Restraints, 'checkFrozen' | 'find'>;
  readonly clock: Clock;
}

function toAsset(source: ArtifactSource, listing: Listing, now: number): ModelAsset {
  const { repo, revision, files, licence, modified } = listing;
  const time = new Date(now).toISOString();
  const name = { source: source.name, repo, revision };
  return {
    id: assetId(name),
    ...name,
    digest: digestOfListing(files),
    state: 'quarantined',
    files: [...files],
    bytes: files.reduce((sum, { size }) => sum + size, 0),
    ...(licence === undefined ? {} : { licence }),
    ...(modified === undefined ? {} : { modified }),
    signature: { state: 'none' },
    firstSeen: time,
    changed: time,
    pulls: 0,
    pulledBy: [],
  };
}

function describe(asset: ModelAsset, reason: string, findings: readonly ModelFinding[]): string {
  const worst = findings[0];
  const seen = worst === undefined ? '' : ` (${worst.rule}: ${worst.message})`;
  const revision = asset.revision.replace(/^((?:sha256:)?.{12}).*$/, '$1');
  return `${asset.source}:${asset.repo}@${revision} is refused: ${reason}${seen}`;
}

export function createGate(parts: GateParts): Gate {
  const { cache, inventory, gather, limits, policies, append, restraints, clock } = parts;
  const names = new Map<string, { at: number; asset: Promise<ModelAsset> }>();
  const withdrawn = new Map<string, Set<() => void>>();
  inventory.onState(({ id, state }) => {
    if (state !== 'admitted') for (const listener of [...(withdrawn.get(id) ?? [])]) listener();
  });

  function toRefused(asset: ModelAsset, reason: string, decision = asset.decision): Refused {
    const { findings } = scanSummary(asset.files.filter(({ accepted }) => accepted !== true));
    const code = decision?.action === 'hold' && asset.state !== 'retired' ? 'held_for_approval' : 'blocked_by_policy';
    const message = describe(asset, reason, findings);
    return {
      ok: false,
      code,
      message,
      ...(decision === undefined ? {} : { decision }),
      findings: findings.slice(0, 5),
    };
  }

  /** A version that nobody has ruled on yet is quarantined without a word of why. */
  function refusal(asset: ModelAsset): Refused | undefined {
    if (asset.state === 'admitted') return undefined;
    if (asset.state === 'retired') return toRefused(asset, `it is retired: ${asset.reason ?? ''}`);
    return asset.reason === undefined ? undefined : toRefused(asset, asset.reason);
  }

  async function resolve(source: ArtifactSource, repo: string, revision: string): Promise<ModelAsset> {
    restraints.checkFrozen({ upstream: source.name });
    if (source.isFixed(revision)) {
      const known = await inventory.get(assetId({ source: source.name, repo, revision }));
      if (known !== undefined) return known;
    }
    const asset = toAsset(source, await source.resolve(repo, revision), clock());
    return inventory.see({ ...asset, files: await Promise.all(asset.files.map((file) => recognise(asset, file))) });
  }

  /** What the same repository has given before is not fetched again. Another's could be somebody else's secret. */
  async function recognise(asset: ModelAsset, file: ModelFile): Promise<ModelFile> {
    const sha256 = file.etag;
    if (!SHA256.test(sha256) || !cache.has(sha256)) return file;
    const others = await inventory.findByContent(sha256, asset);
    const given = others.some(({ files }) =>
      files.some((each) => each.sha256 === sha256 && each.size === file.size && each.verdict !== undefined),
    );
    return given ? { ...file, sha256 } : file;
  }

  async function pass(
    source: ArtifactSource,
    seen: ModelAsset,
    path: string,
    principal: Principal,
  ): Promise<Passed | Refused> {
    const before = (await inventory.get(seen.id)) ?? seen;
    if (!before.files.some((file) => file.path === path)) {
      throw new AncileError('not_found', 'the version has no such file');
    }
    const known = refusal(before);
    if (known !== undefined) return known;
    return rule(source, await gather.bring(source, before, path), path, principal, 'pull');
  }

  /** The decision on a version, by what is known of it now, and what follows from it. */
  async function rule(
    source: ArtifactSource,
    asset: ModelAsset,
    path: string,
    principal: Principal,
    direction: Transfer,
  ): Promise<Passed | Refused> {
    // What is pushed can be signed only when it is there: until then nobody gets it.
    const mustBeSigned = direction === 'pull' && demandsSignature(source, asset);
    if (mustBeSigned && asset.signature.state === 'none') {
      return toRefused(asset, 'its source demands a signature, and there is none that counts');
    }
    let decision = decide(policies(), asset, principal, clock(), direction);
    // A person has said yes to this version: that answers a hold, and no block; and not for files that he had not seen.
    const byPerson = asset.state === 'admitted' && asset.actor !== undefined && unseenVerdict(asset) === 'clean';
    if (byPerson && decision.action === 'hold') decision = { ...decision, action: 'flag' };
    if (isDenial(decision.action)) {
      const { reason } = decision.policies[0]!;
      if (!isBad(asset, decision, clock())) return toRefused(asset, reason, decision);
      const now = await inventory.setState(asset.id, (present) =>
        // Of files that were looked at side by side each may say the same; a person's own word stands.
        present.state === 'retired' ||
        (present.state === 'quarantined' && (present.actor !== undefined || present.reason === reason))
          ? undefined
          : { to: 'quarantined', actor: 'policy', reason, decision },
      );
      return refusal(now) ?? toRefused(now, reason, decision);
    }
    if (mustBeSigned && asset.signature.state !== 'valid') {
      return toRefused(asset, 'its source demands a signature that holds', decision);
    }
    const missing = missingEvidence(asset, source.require, clock());
    if (missing.length > 0) {
      return toRefused(
        asset,
        `its source demands an attestation (${missing.join(', ')}) that counts, and there is none`,
      );
    }
    const now = await inventory.setState(asset.id, (present) =>
      present.state === 'quarantined' && present.reason === undefined
        ? { to: 'admitted', actor: 'policy', reason: decision.policies[0]?.reason ?? 'no policy denies it', decision }
        : undefined,
    );
    // Somebody may have quarantined or retired it meanwhile.
    const late = refusal(now);
    if (late !== undefined) return late;
    const file = now.files.find((each) => each.path === path)!;
    await cache.promote(file.sha256!);
    return { ok: true, file: { ...file, sha256: file.sha256! }, decision };
  }

  type PullRecord = Extract<RecordBody, { kind: 'artifact.pull' }>;
  function record(
    asset: ModelAsset,
    principal: Principal,
    more: Omit<PullRecord, 'kind' | 'principal' | 'model'>,
  ): Promise<unknown> {
    return append({ kind: 'artifact.pull', principal: principal.id, model: asset.id, ...more });
  }
  const ruled = (decision: Decision | undefined): Pick<PullRecord, 'action' | 'policies'> =>
    decision === undefined ? {} : { action: decision.action, policies: decision.policies.map(({ id }) => id) };

  async function recordRefusal(asset: ModelAsset, path: string, principal: Principal, refused: Refused): Promise<void> {
    const { message, decision } = refused;
    const what = { pull: newId('pull'), file: path, bytes: 0, outcome: 'refused' } as const;
    await record(asset, principal, { ...what, ...ruled(decision), reason: message.slice(0, 500) });
  }

  async function push(
    source: ArtifactSource,
    listing: Listing,
    given: ReadonlySet<string>,
    principal: Principal,
  ): Promise<Pushed> {
    const seen = await inventory.see(toAsset(source, listing, clock()));
    const before = await inventory.learn(seen.id, (known) => ({
      ...known,
      files: known.files.map((file) =>
        file.sha256 === undefined && given.has(file.etag) ? { ...file, sha256: file.etag } : file,
      ),
    }));
    const known = refusal(before);
    if (known !== undefined) return { asset: before, result: known };
    for (const { path } of before.files) {
      await gather.bring(source, (await inventory.get(before.id))!, path);
    }
    const asset = (await inventory.get(before.id))!;
    return { asset, result: await rule(source, asset, asset.files[0]!.path, principal, 'push') };
  }

  return {
    async holders(source, repo, sha256) {
      const within = { source: source.name, repo };
      let found = await inventory.findByContent(sha256, within);
      if (found.length === 0) {
        const newest = await inventory.list({ ...within, limit: MOST_HOLDERS });
        found = newest.filter(({ files }) => files.some(({ etag }) => etag === sha256));
      }
      const weight = (asset: ModelAsset): number =>
        asset.state === 'admitted' ? 0 : refusal(asset) === undefined ? 1 : 2;
      return found.sort((a, b) => weight(a) - weight(b));
    },
    push,
    forget: (source, repo, revision) => void names.delete(`${source.name}:${repo}@${revision}`),
    recordPush(asset, principal, { push, tag, outcome, decision, reason }) {
      return append({
        kind: 'artifact.push',
        push,
        principal: principal.id,
        model: asset.id,
        ...(tag === undefined ? {} : { tag }),
        files: asset.files.length,
        bytes: asset.bytes,
        outcome,
        ...ruled(decision),
        ...(reason === undefined ? {} : { reason: reason.slice(0, 500) }),
      });
    },
    async version(source, repo, revision) {
      const key = `${source.name}:${repo}@${revision}`;
      const to = restraints.find('repoint', { model: key, upstream: source.name })?.with?.['to'];
      if (to !== undefined) {
        const other = await inventory.get(assetId({ source: source.name, repo, revision: String(to) }));
        // What it stood for is not given instead.
        if (other === undefined) throw toFrozen();
        return other;
      }
      const known = names.get(key);
      if (known !== undefined && clock() - known.at < NAME_MS) {
        return known.asset.then(async (asset) => (await inventory.get(asset.id)) ?? asset);
      }
      const asset = resolve(source, repo, revision);
      if (names.size >= MOST_NAMES) names.delete(names.keys().next().value!);
      names.set(key, { at: clock(), asset });
      asset.catch(() => names.delete(key));
      return asset;
    },
    refusal,
    pass,
    async open({ file }) {
      try {
        return await cache.open(file.sha256);
      } catch (thrown) {
        if (!(thrown instanceof Tampered)) throw thrown;
        const reason = `the copy of ${file.path} in the cache is not what was admitted`;
        const assets = await inventory.findByContent(file.sha256);
        let last: ModelAsset | undefined;
        for (const { id } of assets) {
          last = await inventory.setState(id, ({ state }) =>
            state === 'admitted' ? { to: 'quarantined', actor: 'policy', reason } : undefined,
          );
        }
        const code = 'blocked_by_policy';
        return { ok: false, code, message: last === undefined ? reason : describe(last, reason, []), findings: [] };
      }
    },
    async begin(asset, { file, decision }, principal, bytes) {
      const taken = limits.take(principal.id, asset.id, bytes);
      if (!taken.ok) {
        const refused: Refused = { ok: false, code: 'budget_exceeded', message: taken.message, findings: [] };
        await recordRefusal(asset, file.path, principal, refused);
        return refused;
      }
      const what = { pull: newId('pull'), file: file.path, sha256: file.sha256, ...ruled(decision) };
      const { unusual } = taken;
      await record(asset, principal, { ...what, bytes, outcome: 'served', ...(unusual.length > 0 ? { unusual } : {}) });
      inventory.notePull(asset.id, principal.id);
      return {
        async cut(sent, reason) {
          limits.giveBack(principal.id, bytes - sent);
          await record(asset, principal, { ...what, bytes: sent, outcome: 'cut', reason });
        },
      };
    },
    recordRefusal,
    async recordFault(asset, path, principal, reason) {
      await record(asset, principal, { pull: newId('pull'), file: path, bytes: 0, outcome: 'fault', reason });
    },
    arriving: ({ id }, path) => gather.arriving(id, path),
    onWithdrawn(id, listener) {
      const all = withdrawn.get(id) ?? new Set();
      withdrawn.set(id, all.add(listener));
      return () => {
        all.delete(listener);
        if (all.size === 0 && withdrawn.get(id) === all) withdrawn.delete(id);
      };
    },
  };
}
