// Models of the inventory, for people: what is known of them, who pulled them, and their word on a version.
import type { AdmissionCheck, ApiAnswer, ModelAsset, ModelSummary, PullRecord } from '../../contract/index.ts';
import { AncileError } from '../../base/index.ts';
import { type Inventory, scanSummary } from '../../inventory/index.ts';
import { type Ledger, searchRecords } from '../../ledger/index.ts';
import type { Store } from '../../store/index.ts';
import type { Operations } from './operation.ts';

const DEFAULT_LIMIT = 100;

export interface ModelParts {
  readonly inventory: Inventory;
  readonly store: Store;
  readonly ledger: Ledger;
  readonly caughtUp: () => Promise<void>;
  /** @throws AncileError `not_found` where no server runs */
  readonly pull: (name: string) => Promise<ApiAnswer<'pullModel'>>;
  /** Takes in what a person gives. */
  readonly giveEvidence: (id: string, attestation: string, actor: string) => Promise<ModelAsset>;
  /** What an API server would be told of a manifest in JSON. */
  readonly checkManifest: (json: string) => Promise<AdmissionCheck>;
}

function toSummary(asset: ModelAsset): ModelSummary {
  const { files: scanned, verdict, findings } = scanSummary(asset.files);
  return { ...asset, files: asset.files.length, scanned, verdict, findings: findings.slice(0, 5) };
}

export function modelOperations({
  inventory,
  store,
  ledger,
  caughtUp,
  checkManifest,
  giveEvidence,
  pull,
}: ModelParts): Pick<
  Operations,
  'pullModel' | 'addModelEvidence' | 'listModels' | 'getModel' | 'setModelState' | 'checkAdmission' | 'listPulls'
> {
  return {
    pullModel: ({ name }) => pull(name),
    addModelEvidence: ({ id, attestation }, { actor }) => giveEvidence(id, attestation, actor.name),
    checkAdmission: ({ manifest }) => checkManifest(manifest),
    async listModels({ sha256, limit = DEFAULT_LIMIT, state, source, repo }) {
      const wanted = { ...(state && { state }), ...(source && { source }), ...(repo && { repo }) };
      const found =
        sha256 === undefined
          ? await inventory.list({ ...wanted, limit })
          : (await inventory.findByContent(sha256)).filter((asset) =>
              (['state', 'source', 'repo'] as const).every((key) => (wanted[key] ?? asset[key]) === asset[key]),
            );
      return { models: found.slice(0, limit).map(toSummary) };
    },
    async getModel({ id }) {
      const asset = await inventory.get(id);
      if (asset !== undefined) return asset;
      throw new AncileError('not_found', 'there is no such model in the inventory', { at: 'id' });
    },
    async setModelState({ id, state, reason }, { actor }) {
      return inventory.setState(id, () => ({ to: state, actor: actor.name, reason }));
    },
    async listPulls({ model, principal, limit = DEFAULT_LIMIT, before }) {
      await caughtUp();
      const found = await searchRecords(store, { kind: 'artifact.pull', model, principal, limit, before });
      const records = await Promise.all(found.map(({ seq }) => ledger.get(seq)));
      const pulls = records.flatMap((record): PullRecord[] => (record?.kind === 'artifact.pull' ? [record] : []));
      return { pulls };
    },
  };
}
