// What an object names, held against the inventory: a version that is admitted, one that is not, or no version at all.
import type { Admission, AdmissionReference, AdmissionVerdict, ModelAsset } from '../../contract/index.ts';
import type { Inventory } from '../../inventory/index.ts';
import { isOciIndex } from '../artifacts/index.ts';
import { ANNOTATION, type ObjectReading } from './find-references.ts';
import type { Found } from './reference.ts';

const MOST_VERSIONS = 50;
const COMMIT = /^[0-9a-f]{40}$/;
const DIGEST = /^sha256:([0-9a-f]{64})$/;
const ASSET = /^[a-z0-9][a-z0-9-]{0,30}:[^@]+@.+$/;

/** What passes. */
const GOOD: readonly AdmissionVerdict[] = ['admitted', 'named'];

export const isGood = ({ verdict }: AdmissionReference): boolean => GOOD.includes(verdict);

export interface ResolveParts {
  readonly inventory: Pick<Inventory, 'get' | 'list' | 'findByContent'>;
  /** Of a source that the configuration names. */
  readonly kindOf: (source: string) => string | undefined;
  /** What is answered of an admitted version of which only a part was scanned. */
  readonly unscanned: () => Admission['unscanned'];
  /** What a version's source demands of it, and it does not have (any more). */
  readonly lacks: (asset: ModelAsset) => string | undefined;
}

type Said = Pick<AdmissionReference, 'verdict' | 'model' | 'message'>;

const STATES: readonly ModelAsset['state'][] = ['admitted', 'quarantined', 'retired'];

/** Of several that are meant, one that may be used. */
function best(assets: readonly ModelAsset[]): ModelAsset | undefined {
  return [...assets].sort((a, b) => STATES.indexOf(a.state) - STATES.indexOf(b.state))[0];
}

function sayOf(asset: ModelAsset, { unscanned, lacks }: Pick<ResolveParts, 'unscanned' | 'lacks'>): Said {
  const { id, state, reason, files } = asset;
  if (state !== 'admitted') {
    const why = reason === undefined ? 'nobody has decided on it' : reason;
    return { verdict: state, model: id, message: `${id} is ${state}: ${why}` };
  }
  if (isOciIndex({ files })) {
    const message = `${id} is an index, which holds nothing itself: pin the digest of the image that it names`;
    return { verdict: 'unresolved', model: id, message };
  }
  const lack = lacks(asset);
  if (lack !== undefined) return { verdict: 'unattested', model: id, message: `${id}: ${lack}` };
  const scanned = files.filter(({ verdict }) => verdict !== undefined).length;
  if (scanned === files.length) return { verdict: 'admitted', model: id };
  // Its first file admits a version; what decides on the rest is their scan, when they are pulled through the gateway.
  const message = `only ${scanned} of ${files.length} files of it were scanned`;
  if (unscanned() === 'warn') return { verdict: 'admitted', model: id, message };
  return { verdict: 'unscanned', model: id, message: `${message}: ancile pull ${id} has all of them scanned` };
}

export function createResolver(parts: ResolveParts): (reading: ObjectReading) => Promise<AdmissionReference[]> {
  const { inventory, kindOf } = parts;
  async function versionsOf(repo: string, kinds: readonly string[]): Promise<ModelAsset[]> {
    const found = await inventory.list({ repo, limit: MOST_VERSIONS });
    return found.filter(({ source }) => kinds.includes(kindOf(source) ?? kinds[0]!));
  }

  /** To pin a name, one must know to what. */
  function adviseOn(assets: readonly ModelAsset[], how: string): string {
    const admitted = assets.filter(({ state }) => state === 'admitted').map(({ revision }) => revision);
    if (admitted.length === 0) return `${how}; no version of it is admitted`;
    return `${how}: ${admitted.slice(0, 2).join(' or ')}${admitted.length > 2 ? `, or one of ${admitted.length - 2} more` : ''}`;
  }

  /** An image: its digest is that of its manifest. A file of a model that is called so may be a manifest of anything. */
  async function imageBy(digest: string): Promise<ModelAsset | undefined> {
    const found = DIGEST.test(digest) ? await inventory.list({ revision: digest, limit: MOST_VERSIONS }) : [];
    return best(found.filter(({ source }) => (kindOf(source) ?? 'oci') === 'oci'));
  }

  /** A version by what it is called, or by what it holds. */
  async function byDigest(digest: string): Promise<ModelAsset | undefined> {
    return (await imageBy(digest)) ?? best(await inventory.findByContent(DIGEST.exec(digest)![1]!));
  }

  async function claim(text: string): Promise<Said> {
    if (ASSET.test(text)) {
      const asset = await inventory.get(text);
      return asset === undefined
        ? {
            verdict: 'unknown',
            message: 'the inventory has no such version: ancile model list shows those that there are',
          }
        : sayOf(asset, parts);
    }
    if (DIGEST.test(text)) {
      const asset = await byDigest(text);
      return asset === undefined
        ? { verdict: 'unknown', message: 'no version in the inventory has this digest' }
        : sayOf(asset, parts);
    }
    return { verdict: 'unknown', message: `${ANNOTATION} holds SOURCE:REPOSITORY@REVISION or sha256:DIGEST` };
  }

  async function look({ target }: Found, claimed: string | undefined): Promise<Said> {
    const named: Said | undefined = claimed === undefined ? undefined : { verdict: 'named', model: claimed };
    switch (target.kind) {
      case 'hub': {
        const { repo, revision } = target;
        const versions = await versionsOf(repo, ['huggingface']);
        if (revision === undefined || !COMMIT.test(revision)) {
          const what = revision === undefined ? `${repo} without a revision` : `${repo} at ${revision.slice(0, 50)}`;
          return {
            verdict: 'moving',
            message: adviseOn(versions, `${what} may be another model tomorrow: pin its commit`),
          };
        }
        // One repository may have more versions than a list shows.
        const exact = await inventory.list({ repo, revision, limit: MOST_VERSIONS });
        const asset = best(exact.filter(({ source }) => (kindOf(source) ?? 'huggingface') === 'huggingface'));
        if (asset !== undefined) return sayOf(asset, parts);
        const message = adviseOn(versions, `this version of ${repo} was never pulled through the gateway`);
        return { verdict: 'unknown', message };
      }
      case 'image': {
        const { repo, digest } = target;
        const asset = digest === undefined ? undefined : await imageBy(digest);
        if (asset !== undefined) return sayOf(asset, parts);
        const rest = repo.split('/').slice(1).join('/');
        const versions = [
          ...(await versionsOf(repo, ['oci'])),
          ...(rest === '' ? [] : await versionsOf(rest, ['oci'])),
        ];
        return digest === undefined
          ? { verdict: 'moving', message: adviseOn(versions, 'a tag may be another image tomorrow: pin its digest') }
          : { verdict: 'unknown', message: adviseOn(versions, 'no version in the inventory has this digest') };
      }
      case 'place': {
        if (named !== undefined) return named;
        const known = await inventory.list({ repo: target.repo, state: 'admitted', limit: 1 });
        const such = known.map(({ id }) => ` such as ${id}`).join('');
        const message = `what lies there may be another tomorrow: name its version in the annotation ${ANNOTATION}${such}`;
        return { verdict: 'moving', message };
      }
      case 'path':
      case 'closed': {
        const why = target.kind === 'closed' ? target.why : 'nobody outside can look into it';
        return named ?? { verdict: 'unresolved', message: `${why}: name the version in the annotation ${ANNOTATION}` };
      }
    }
  }

  return async ({ references, claims }) => {
    const claimed: AdmissionReference[] = [];
    for (const { at, text } of claims.slice(0, MOST_VERSIONS)) claimed.push({ at, text, ...(await claim(text)) });
    const holds = claimed.length > 0 && claimed.every(isGood);
    const looked: AdmissionReference[] = [];
    for (const found of references) {
      const { at, text } = found;
      looked.push({ at, text, ...(await look(found, holds ? claimed[0]!.model : undefined)) });
    }
    return [...claimed, ...looked];
  };
}
