// An MLflow tracking server as a source: the models in the artifact store that it serves.
import { createHash } from 'node:crypto';
import { AncileError } from '../../../base/index.ts';
import type { SourceConfigOf } from '../../../contract/index.ts';
import type { Remote } from '../remote.ts';
import { type ArtifactSource, type Listing, createPermits, encodePath, isPlainPath } from '../source.ts';
import { placeOf } from './places.ts';
import { type MlflowRest, createMlflowRest } from './rest.ts';

const REVISION = /^[0-9a-f]{40}$/;
const MOST_FOLDERS = 500;
const MOST_DEPTH = 20;
/** The file that describes a model, with the id and time of its making. */
const DESCRIPTION = 'MLmodel';
const MOST_DESCRIPTION = 1_000_000;
/** What a file is called by that is a model of its own: its size, as the listing tells no more. */
const ALONE = 'alone ';

export const isAlone = ({ etag }: { readonly etag: string }): boolean => etag.startsWith(ALONE);

export interface MlflowHook {
  readonly secret: string;
  readonly act: NonNullable<SourceConfigOf<'mlflow'>['webhook']>['act'];
}

export interface MlflowSource extends ArtifactSource {
  readonly rest: MlflowRest;
  /** How webhooks are signed, and what is done about what they tell. */
  readonly hook?: MlflowHook;
}

export const isMlflowSource = (source: ArtifactSource | undefined): source is MlflowSource => source?.kind === 'mlflow';

type Files = Listing['files'][number][];

export function createMlflowSource(
  name: string,
  config: SourceConfigOf<'mlflow'>,
  remote: Remote,
  mostFiles: number,
  hook?: MlflowHook,
): MlflowSource {
  const rest = createMlflowRest(remote);

  async function listFolder(repo: string): Promise<Files> {
    const files: Files = [];
    const queue = [''];
    for (let asked = 0, at = queue.shift(); at !== undefined; asked++, at = queue.shift()) {
      const entries = await rest.list(at === '' ? repo : `${repo}/${at}`);
      for (const { path: named, is_dir, file_size } of entries) {
        const path = at === '' ? named : `${at}/${named}`;
        if (named.includes('/') || !isPlainPath(path) || path.split('/').length > MOST_DEPTH) {
          throw new AncileError('upstream_malformed', 'the listing names a file that cannot be');
        }
        if (is_dir) queue.push(path);
        else files.push({ path, size: file_size ?? 0, etag: String(file_size ?? 0) });
      }
      if (files.length > mostFiles || asked + queue.length > MOST_FOLDERS) {
        throw new AncileError('body_too_large', `the model has more than ${mostFiles} files, or too many folders`, {
          hint: 'artifacts.limits.files says how many there may be.',
        });
      }
    }
    if (new Set(files.map(({ path }) => path)).size !== files.length) {
      throw new AncileError('upstream_malformed', 'the listing names a file twice');
    }
    return files;
  }

  /** What a run keeps by itself: the folder above lists it. */
  async function listFile(repo: string): Promise<Files> {
    const slash = repo.lastIndexOf('/');
    const named = repo.slice(slash + 1);
    const entry = (await rest.list(repo.slice(0, slash))).find(({ path, is_dir }) => path === named && !is_dir);
    return entry === undefined
      ? []
      : [{ path: named, size: entry.file_size ?? 0, etag: `${ALONE}${entry.file_size ?? 0}` }];
  }

  return {
    name,
    kind: 'mlflow',
    remote,
    rest,
    ...(hook === undefined ? {} : { hook }),
    requireSignature: config.requireSignature,
    require: config.require,
    permits: createPermits(config),
    isFixed: (revision) => REVISION.test(revision),
    placesOf(address) {
      const place = placeOf(address);
      return place === undefined ? [] : [place];
    },
    async resolve(repo, revision) {
      if (placeOf(`${repo}/x`)?.repo !== repo) {
        throw new AncileError('not_found', 'a model is called EXPERIMENT/RUN/artifacts/NAME here', {
          at: 'repository',
        });
      }
      const found = await listFolder(repo);
      const listed = found.length > 0 ? found : await listFile(repo);
      if (listed.length === 0) throw new AncileError('not_found', 'there is no such model', { at: 'repository' });
      // The listing tells sizes alone: what is written into the description at its making tells one model from another.
      const files: Files = [];
      for (const file of listed) {
        const told = file.path === DESCRIPTION && file.size <= MOST_DESCRIPTION && !isAlone(file);
        const bytes = told ? await rest.read(`${repo}/${DESCRIPTION}`, MOST_DESCRIPTION) : undefined;
        const etag = bytes && createHash('sha256').update(bytes).digest('hex');
        files.push(etag === undefined ? file : { ...file, etag });
      }
      const lines = files.map(({ path, size, etag }) => JSON.stringify([path, size, etag])).sort();
      const now = createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 40);
      if (revision === 'main' || revision === now) return { repo, revision: now, files };
      throw new AncileError('not_found', 'the source has another version by now', { at: 'revision' });
    },
    request: ({ repo }, { path, etag }) => ({
      path: `/api/2.0/mlflow-artifacts/artifacts/${encodePath(isAlone({ etag }) ? repo : `${repo}/${path}`)}`,
    }),
    expects: ({ etag }) => (etag.length === 64 ? { sha256: etag } : {}),
  };
}
