// What of MLflow's REST interface is called: reading models, versions and artifacts, and the two writes by which a refused version
// is marked. Answers are read as far as they are known; nothing else of them goes on.
import { z } from 'zod';
import { AncileError } from '../../../base/index.ts';
import { parseJson } from '../../../codec/index.ts';
import type { Remote, RemoteCall } from '../remote.ts';
import { encodePath } from '../source.ts';
import { toLoggedModel, toStorePath } from './places.ts';

const MOST_ANSWER = 10_000_000;
const API = '/api/2.0/';

const Text = z.string().max(20_000);
const Time = z.union([z.int(), z.string().regex(/^\d{1,16}$/)]).transform(Number);
const Tags = z.array(z.object({ key: Text, value: Text.default('') })).default([]);

export const ModelVersion = z.object({
  name: Text,
  version: z.union([Text, z.int()]).transform(String),
  creation_timestamp: Time.optional(),
  last_updated_timestamp: Time.optional(),
  current_stage: Text.optional(),
  description: Text.optional(),
  source: Text.optional(),
  run_id: Text.optional(),
  status: Text.optional(),
  model_id: Text.optional(),
  tags: Tags,
  aliases: z.array(Text).default([]),
});
export type ModelVersion = z.infer<typeof ModelVersion>;

const VersionAnswer = z.object({ model_version: ModelVersion });
const VersionsAnswer = z.object({ model_versions: z.array(ModelVersion).max(1000).default([]) });
const Model = z.object({
  name: Text,
  creation_timestamp: Time.optional(),
  last_updated_timestamp: Time.optional(),
  description: Text.optional(),
  latest_versions: z.array(ModelVersion).max(1000).default([]),
  tags: Tags,
  aliases: z.array(z.object({ alias: Text, version: z.union([Text, z.int()]).transform(String) })).default([]),
});
const ModelAnswer = z.object({ registered_model: Model });
const UriAnswer = z.object({ artifact_uri: Text });
const LoggedModelAnswer = z.object({
  model: z.object({
    info: z.object({
      model_id: Text,
      experiment_id: Text.optional(),
      name: Text.optional(),
      creation_timestamp_ms: Time.optional(),
      last_updated_timestamp_ms: Time.optional(),
      artifact_uri: Text,
      status: z.union([Text, z.int()]).optional(),
      model_type: Text.optional(),
      source_run_id: Text.optional(),
    }),
  }),
});
const RunAnswer = z.object({
  run: z.object({
    info: z.object({
      run_id: Text,
      run_uuid: Text.optional(),
      run_name: Text.optional(),
      experiment_id: Text.optional(),
      status: Text.optional(),
      start_time: Time.optional(),
      end_time: Time.optional(),
      artifact_uri: Text,
      lifecycle_stage: Text.optional(),
    }),
  }),
});
const ListAnswer = z.object({
  files: z
    .array(
      z.object({
        path: Text,
        is_dir: z.boolean().default(false),
        file_size: z.union([z.int().nonnegative(), z.string().regex(/^\d{1,15}$/)]).transform(Number).optional(), // prettier-ignore
      }),
    )
    .max(100_000)
    .default([]),
});
export type ArtifactEntry = z.infer<typeof ListAnswer>['files'][number];

export interface MlflowRest {
  version(name: string, version: string): Promise<z.infer<typeof VersionAnswer>>;
  byAlias(name: string, alias: string): Promise<z.infer<typeof VersionAnswer>>;
  model(name: string): Promise<z.infer<typeof ModelAnswer>>;
  latest(name: string, stages: readonly string[]): Promise<z.infer<typeof VersionsAnswer>>;
  downloadUri(name: string, version: string): Promise<z.infer<typeof UriAnswer>>;
  loggedModel(id: string): Promise<z.infer<typeof LoggedModelAnswer>>;
  run(id: string): Promise<z.infer<typeof RunAnswer>>;
  /** What lies directly below a path of the artifact store; a name each. */
  list(path: string): Promise<readonly ArtifactEntry[]>;
  /** A whole small artifact. */
  read(path: string, maxBytes: number): Promise<Buffer>;
  /** Where the files of an address lie in the server's own store, also by way of a logged model; undefined where elsewhere. */
  locate(uri: string): Promise<string | undefined>;
  setTag(name: string, version: string, key: string, value: string): Promise<void>;
  deleteAlias(name: string, alias: string): Promise<void>;
}

/** Every call: @throws AncileError `not_found`, `upstream_*` */
export function createMlflowRest(remote: Remote): MlflowRest {
  async function ask(request: RemoteCall, maxBytes = MOST_ANSWER): Promise<Buffer> {
    const { status, body } = await remote.collect(request, maxBytes);
    if (status === 200) return body;
    if (status === 404)
      throw new AncileError('not_found', 'the tracking server has no such thing', { at: 'repository' });
    if (status === 401 || status === 403) {
      throw new AncileError('upstream_refused', 'the tracking server does not let its operator do this');
    }
    const code = status >= 500 ? 'upstream_malformed' : 'upstream_refused';
    throw new AncileError(code, `the tracking server answered ${status}`);
  }

  async function read<T>(
    path: string,
    query: Record<string, string | readonly string[]>,
    schema: z.ZodType<T>,
  ): Promise<T> {
    const search = Object.entries(query).flatMap(([name, value]) =>
      [value].flat().map((each) => `${name}=${encodePath(each).replaceAll('/', '%2F')}`),
    );
    const body = await ask({ path: `${API}${path}?${search.join('&')}`, headers: { accept: 'application/json' } });
    const value = parseJson(body, { maxBytes: MOST_ANSWER, what: 'the answer', code: 'upstream_malformed' });
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    throw new AncileError('upstream_malformed', "the answer is not in the form of MLflow's");
  }

  async function write(method: 'POST' | 'DELETE', path: string, value: object): Promise<void> {
    const headers = { 'content-type': 'application/json' };
    await ask({ method, path: `${API}mlflow/${path}`, headers, body: Buffer.from(JSON.stringify(value)) });
  }

  const rest: MlflowRest = {
    version: (name, version) => read('mlflow/model-versions/get', { name, version }, VersionAnswer),
    byAlias: (name, alias) => read('mlflow/registered-models/alias', { name, alias }, VersionAnswer),
    model: (name) => read('mlflow/registered-models/get', { name }, ModelAnswer),
    latest: (name, stages) => read('mlflow/registered-models/get-latest-versions', { name, stages }, VersionsAnswer),
    downloadUri: (name, version) => read('mlflow/model-versions/get-download-uri', { name, version }, UriAnswer),
    loggedModel: (id) => read(`mlflow/logged-models/${encodePath(id)}`, {}, LoggedModelAnswer),
    run: (id) => read('mlflow/runs/get', { run_id: id }, RunAnswer),
    list: async (path) => (await read('mlflow-artifacts/artifacts', { path }, ListAnswer)).files,
    read: (path, maxBytes) => ask({ path: `${API}mlflow-artifacts/artifacts/${encodePath(path)}` }, maxBytes),
    async locate(uri) {
      const id = toLoggedModel(uri);
      if (id === undefined) return toStorePath(uri);
      return toStorePath((await rest.loggedModel(id)).model.info.artifact_uri);
    },
    setTag: (name, version, key, value) => write('POST', 'model-versions/set-tag', { name, version, key, value }),
    deleteAlias: (name, alias) => write('DELETE', 'registered-models/alias', { name, alias }),
  };
  return rest;
}
