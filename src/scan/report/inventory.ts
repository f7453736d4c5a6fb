// The AI inventory of a scan: models by their format, and what the files around them name, each thing once.
import { AiAsset, type FileReport, type InventoryItem } from '../../contract/index.ts';

const MOST_PATHS = 20;

/** Formats that are models in themselves. A plain pickle is one as well as not; where it lies says more than it does. */
const MODELS = new Set([
  'pytorch',
  'torchscript',
  'torchserve-mar',
  'nemo',
  'safetensors',
  'gguf',
  'onnx',
  'coreml',
  'tflite',
  'tf-savedmodel',
  'tf-graphdef',
  'tf-metagraph',
  'keras',
  'hdf5',
  'skops',
  'flax',
  'paddle',
  'openvino',
  'pmml',
  'xgboost',
  'lightgbm',
  'catboost',
  'rds',
]);
const PICKLED_MODEL = /\.(?:pkl|pickle|joblib|pt|pth|ckpt|bin|model|sav)$/i;

function isModel({ format, path }: FileReport): boolean {
  return format.split('+').some((id) => MODELS.has(id)) || (format === 'pickle' && PICKLED_MODEL.test(path));
}

/** A model by the name that tells it from others: `model.safetensors` is in every folder. */
function modelName(path: string): string {
  return path.split('/').slice(-2).join('/');
}

/**
 * What files together hold and name.
 * @returns by kind in the order of `AiAsset`, of a kind those in most files first, then by name
 */
export function toInventory(files: readonly FileReport[]): InventoryItem[] {
  const items = new Map<string, InventoryItem>();
  const lastOf = new Map<string, string>();
  const add = (asset: AiAsset, path: string): void => {
    const key = `${asset.kind}\0${asset.name}`;
    const item = items.get(key);
    if (item === undefined) items.set(key, { ...asset, files: 1, paths: [path] });
    else if (lastOf.get(key) !== path) {
      item.files++;
      if (item.paths.length < MOST_PATHS) item.paths.push(path);
    }
    lastOf.set(key, path);
  };
  for (const file of files) {
    if (isModel(file)) add({ kind: 'model', name: modelName(file.path), detail: file.format }, file.path);
    for (const asset of file.assets) add(asset, file.path);
  }
  const rank = ({ kind }: InventoryItem): number => AiAsset.shape.kind.options.indexOf(kind);
  return [...items.values()].sort((a, b) => rank(a) - rank(b) || b.files - a.files || (a.name < b.name ? -1 : 1));
}
