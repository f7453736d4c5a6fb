// Models and datasets on a workstation, by the folders that programs keep them in.
import { readFileSync } from 'node:fs';
import { AncileError } from '../../../base/index.ts';
import { parseJson } from '../../../codec/index.ts';
import type { AiInventory } from '../../../contract/index.ts';
import { list, record } from '../json.ts';
import type { Home } from './home.ts';

type Models = AiInventory['models'];

/** A manifest names layers with their sizes; it is small. */
const MOST_MANIFEST = 1 << 20;

/** Models of Ollama, of their manifests: `manifests/registry.ollama.ai/library/llama3.1/8b`. */
function ollama(home: Home): Models {
  const root = '.ollama/models/manifests';
  const models: Models = [];
  for (const { path, bytes: size } of home.below(root, 4)) {
    const parts = path.slice(root.length + 1).split('/');
    const [tag, name] = [parts.at(-1), parts.at(-2)];
    if (tag === undefined || name === undefined || size > MOST_MANIFEST) continue;
    const owner = parts.at(-3) === 'library' ? '' : `${parts.at(-3) ?? ''}/`;
    models.push({ name: `${owner}${name}:${tag}`, runtime: 'Ollama', path, bytes: sizeOfLayers(home, path) });
  }
  return models;
}

function sizeOfLayers(home: Home, path: string): number {
  const real = home.real(path);
  if (real === undefined) return 0;
  try {
    const layers = list(record(parseJson(readFileSync(real), { maxBytes: MOST_MANIFEST }))['layers']);
    const bytes = layers.reduce<number>((sum, layer) => sum + Number(record(layer)['size'] ?? 0), 0);
    return Number.isSafeInteger(bytes) && bytes >= 0 ? bytes : 0;
  } catch (thrown) {
    home.note(path, thrown instanceof AncileError ? 'no manifest of Ollama' : 'cannot be read');
    return 0;
  }
}

/** Repositories in the cache of Hugging Face: `models--org--name`, with what they weigh. */
function hub(home: Home, kind: 'models' | 'datasets'): { name: string; path: string; bytes: number }[] {
  const root = '.cache/huggingface/hub';
  return home
    .entries(root)
    .filter((entry) => entry.isDirectory() && entry.name.startsWith(`${kind}--`))
    .map(({ name }) => {
      let bytes = 0;
      for (const blob of home.below(`${root}/${name}/blobs`, 0)) bytes += blob.bytes;
      return {
        name: name
          .slice(kind.length + 2)
          .split('--')
          .join('/'),
        path: `${root}/${name}`,
        bytes,
      };
    });
}

/**
 * @param folders - by program, those that hold model files
 * @param files - names of model files
 */
export function findModels(home: Home, folders: Readonly<Record<string, readonly string[]>>, files: RegExp): Models {
  const models = [...ollama(home), ...hub(home, 'models').map((each) => ({ ...each, runtime: 'Hugging Face' }))];
  for (const [runtime, paths] of Object.entries(folders)) {
    for (const folder of paths) {
      for (const { path, bytes } of home.below(folder, 4)) {
        const name = path.slice(folder.length + 1);
        if (files.test(name.toLowerCase())) models.push({ name, runtime, path, bytes });
      }
    }
  }
  return models;
}

export const findDatasets = (home: Home): AiInventory['datasets'] => hub(home, 'datasets');
