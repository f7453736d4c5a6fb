// Where MLflow's artifacts lie: which folder of the artifact store is one model.
import { type Place, isPlainPath } from '../source.ts';

const RUN = /^[0-9a-f]{32}$/;
const LOGGED_MODEL = /^m-[0-9a-f]{32}$/;

/**
 * The model that an artifact is of: what a run keeps under one name (`EXPERIMENT/RUN/artifacts/NAME`), or a logged model
 * (`EXPERIMENT/models/m-ID/artifacts`). Undefined for what is neither.
 * @param address - of a file, below the root of the artifact store
 */
export function placeOf(address: string): Place | undefined {
  if (!isPlainPath(address)) return undefined;
  const parts = address.split('/');
  for (let at = 1; at < parts.length - 1; at++) {
    if (parts[at] !== 'artifacts') continue;
    const model = LOGGED_MODEL.test(parts[at - 1]!) && parts[at - 2] === 'models';
    if (!model && !RUN.test(parts[at - 1]!)) continue;
    const end = model ? at + 1 : at + 2;
    const path = parts.slice(end).join('/');
    // A file that a run keeps by itself is a model of its own.
    return { repo: parts.slice(0, end).join('/'), path: path === '' ? parts.at(-1)! : path };
  }
  return undefined;
}

/** The model that a folder is, or lies in; undefined for what is above models. */
export function modelOf(folder: string): string | undefined {
  const inner = `${folder}/x`;
  const repo = placeOf(inner)?.repo;
  return repo === inner ? undefined : repo;
}

/** The path in the server's own artifact store that an address stands for; undefined where the files lie elsewhere. */
export function toStorePath(uri: string): string | undefined {
  const [, path] = /^mlflow-artifacts:(?:\/\/[^/]*)?\/+(.*?)\/*$/.exec(uri) ?? [];
  return path !== undefined && isPlainPath(path) ? path : undefined;
}

/** The id of a logged model where an address names one: `models:/m-...`. */
export function toLoggedModel(uri: string): string | undefined {
  const [, id = ''] = /^models:\/+([^/]+)\/*$/.exec(uri) ?? [];
  return LOGGED_MODEL.test(id) ? id : undefined;
}
