// Models of the inventory, for people: what is known of them, what they are made of, and a person's word on a version.
import { AncileError } from '../../base/index.ts';
import type {
  AdmissionCheck,
  ApiAnswer,
  ModelAsset,
  ModelSummary,
  ModelView,
  RegistryView,
} from '../../contract/index.ts';
import { type Inventory, scanSummary } from '../../inventory/index.ts';
import { scanRules } from '../../scan/index.ts';
import type { Cache, ModelBoms } from '../artifacts/index.ts';
import { createFewAtOnce } from './few-at-once.ts';
import type { Operations } from './operation.ts';

const DEFAULT_LIMIT = 100;
const MOST_WORDS = 10;

export interface ModelParts {
  readonly inventory: Inventory;
  /** @throws AncileError `not_found` where no server runs */
  readonly pull: (name: string) => Promise<ApiAnswer<'pullModel'>>;
  /** Takes in what a person gives. */
  readonly giveEvidence: (id: string, attestation: string, actor: string) => Promise<ModelAsset>;
  /** What an API server would be told of a manifest in JSON. */
  readonly checkManifest: (json: string) => Promise<AdmissionCheck>;
  /** Opened when it is asked for: without a server, few look at it. */
  readonly cache: () => Cache;
  readonly boms: () => ModelBoms;
  readonly sources: () => RegistryView['sources'];
}

type ModelOperations = Pick<
  Operations,
  | 'getRegistry'
  | 'listModels'
  | 'getModel'
  | 'setModelState'
  | 'getModelFacts'
  | 'getModelBom'
  | 'compareModels'
  | 'pullModel'
  | 'addModelEvidence'
  | 'checkAdmission'
>;

function toSummary(asset: ModelAsset): ModelSummary {
  const { files: scanned, verdict, findings } = scanSummary(asset.files);
  return { ...asset, files: asset.files.length, scanned, verdict, findings: findings.slice(0, 5) };
}

/** The place behind a version in the list: when its state changed, and its id. */
const toNext = ({ changed, id }: ModelAsset): string => `${changed} ${id}`;

/** @throws AncileError `request_invalid` */
function readNext(text: string): Pick<ModelAsset, 'changed' | 'id'> {
  const [changed = '', ...rest] = text.split(' ');
  if (!Number.isNaN(Date.parse(changed))) return { changed, id: rest.join(' ') };
  throw new AncileError('request_invalid', 'expected the `next` of the page before', { at: 'before' });
}

function toView(asset: ModelAsset, cache: Cache): ModelView {
  const known = scanRules();
  const rules: ModelView['rules'] = {};
  for (const { findings = [] } of asset.files) {
    for (const { rule } of findings) {
      const said = known.get(rule);
      if (said !== undefined) rules[rule] = { title: said.title, help: said.help };
    }
  }
  const files = asset.files.map((file) => {
    const place = file.sha256 === undefined ? undefined : cache.placeOf(file.sha256);
    return place === undefined ? file : { ...file, copy: place === 'blobs' ? ('served' as const) : place };
  });
  return { ...asset, files, rules };
}

export function modelOperations({
  inventory,
  cache,
  boms,
  sources,
  pull,
  giveEvidence,
  checkManifest,
}: ModelParts): ModelOperations {
  // They are made one by one: whoever looks through models is to wait, not to be turned away.
  const few = createFewAtOnce({ each: 6, all: 12 });

  async function find(id: string, at = 'id'): Promise<ModelAsset> {
    const asset = await inventory.get(id);
    if (asset !== undefined) return asset;
    throw new AncileError('not_found', 'there is no such model in the inventory', { at });
  }

  return {
    pullModel: ({ name }) => pull(name),
    addModelEvidence: ({ id, attestation }, { actor }) => giveEvidence(id, attestation, actor.name),
    checkAdmission: ({ manifest }) => checkManifest(manifest),
    getRegistry: async () => ({ sources: sources(), states: await inventory.count() }),
    async listModels({ sha256, limit = DEFAULT_LIMIT, state, source, repo, text = '', before }) {
      const words = text.toLowerCase().split(/\s+/).filter(Boolean).slice(0, MOST_WORDS);
      const wanted = { ...(state && { state }), ...(source && { source }), ...(repo && { repo }) };
      if (sha256 !== undefined) {
        const found = (await inventory.findByContent(sha256)).filter(
          (asset) =>
            (['state', 'source', 'repo'] as const).every((key) => (wanted[key] ?? asset[key]) === asset[key]) &&
            words.every((word) => asset.id.toLowerCase().includes(word)),
        );
        return { models: found.slice(0, limit).map(toSummary) };
      }
      const behind = before === undefined ? {} : { behind: readNext(before) };
      // One more than is asked for tells whether there are more.
      const found = await inventory.list({ ...wanted, words, limit: limit + 1, ...behind });
      const models = found.slice(0, limit);
      return { models: models.map(toSummary), ...(found.length > limit ? { next: toNext(models.at(-1)!) } : {}) };
    },
    getModel: async ({ id }) => toView(await find(id), cache()),
    setModelState: async ({ id, state, reason }, { actor }) =>
      inventory.setState(id, () => ({ to: state, actor: actor.name, reason })),
    async getModelFacts({ id }, { actor }) {
      const asset = await find(id);
      return few.run(actor, () => boms().facts(asset));
    },
    async getModelBom({ id, format = 'cyclonedx' }, { actor }) {
      const asset = await find(id);
      return few.run(actor, async () => ({ document: await boms().document(asset, format) }));
    },
    async compareModels({ id, with: other }, { actor }) {
      const [after, before] = [await find(id), await find(other, 'with')];
      return few.run(actor, () => boms().compare(before, after));
    },
  };
}
