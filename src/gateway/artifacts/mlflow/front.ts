// An MLflow tracking server as far as its clients download with it: models by name, version and alias, and the files of artifacts.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import type { AccessKey } from '../../../access/index.ts';
import { AncileError } from '../../../base/index.ts';
import { parseJson } from '../../../codec/index.ts';
import { readSmallBody } from '../../small-body.ts';
import { findFile, findSource, mayBegin, outOfScope, reaches } from '../find-file.ts';
import type { FrontParts } from '../front.ts';
import type { Refused } from '../gate.ts';
import { serveFile } from '../serve.ts';
import { sendMlflowRefused } from './answers.ts';
import { modelOf } from './places.ts';
import type { ArtifactEntry, ModelVersion } from './rest.ts';
import { type MlflowSource, isAlone, isMlflowSource } from './source.ts';

export { sendMlflowError } from './answers.ts';

/** Of a run, by its id: what the interface for people and older clients call. */
const RUN_ARTIFACT = 'get-artifact';
const ARTIFACTS = 'api/2.0/mlflow-artifacts/artifacts';
const REGISTRY = /^api\/2\.0\/mlflow\/([a-z-]+(?:\/[A-Za-z0-9-]+)?)$/;
const MOST_BODY = 100_000;

const Name = z.string().min(1).max(500);
const LatestBody = z.object({ name: Name, stages: z.array(z.string().max(100)).max(20).default([]) });

interface Asking {
  readonly parts: FrontParts;
  readonly source: MlflowSource;
  readonly key: AccessKey;
  readonly query: URLSearchParams;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

function sendJson({ request, response }: Asking, value: object): void {
  const body = JSON.stringify(value);
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function need(query: URLSearchParams, name: string): string {
  const parsed = Name.safeParse(query.get(name) ?? undefined);
  if (parsed.success) return parsed.data;
  throw new AncileError('request_invalid', `expected the parameter ${name}`);
}

/** Whether the key reaches the files that an address stands for; what lies elsewhere nobody reaches through here. */
async function reachesUri({ source, key }: Asking, uri: string | undefined): Promise<boolean> {
  const path = uri === undefined ? undefined : await source.rest.locate(uri);
  const repo = path === undefined ? undefined : modelOf(path);
  return repo !== undefined && reaches(source, key, repo);
}

/** @throws AncileError `forbidden` */
async function checkUri(asking: Asking, uri: string | undefined, what: string): Promise<void> {
  if (await reachesUri(asking, uri)) return;
  throw new AncileError('forbidden', `${asking.source.name}: ${what} is not among what the key may pull`, {
    hint: 'Models are had through the gateway whose files the tracking server itself serves (mlflow-artifacts:).',
  });
}

async function checked(asking: Asking, answer: { model_version: ModelVersion }): Promise<object> {
  const { name, version, source } = answer.model_version;
  await checkUri(asking, source, `version ${version} of ${name}`);
  return answer;
}

async function readLatest({ request, query }: Asking): Promise<z.infer<typeof LatestBody>> {
  const value: unknown =
    request.method === 'POST'
      ? parseJson(await readSmallBody(request, MOST_BODY), { maxBytes: MOST_BODY, what: 'the request body' })
      : { name: query.get('name') ?? undefined, stages: query.getAll('stages') };
  const parsed = LatestBody.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new AncileError('request_invalid', 'expected the name of a registered model');
}

/** Of versions those that the key reaches. */
async function narrow(asking: Asking, versions: readonly ModelVersion[]): Promise<ModelVersion[]> {
  const reached: ModelVersion[] = [];
  for (const each of versions) if (await reachesUri(asking, each.source)) reached.push(each);
  return reached;
}

/** A registered model as far as the key reaches versions of it; aliases of others would tell of them. */
async function readModel(asking: Asking): Promise<object> {
  const { registered_model: model } = await asking.source.rest.model(need(asking.query, 'name'));
  const latest_versions = await narrow(asking, model.latest_versions);
  if (latest_versions.length === 0) throw outOfScope(asking.source.name, '*');
  const aliases = model.aliases.filter(({ version }) => latest_versions.some((each) => each.version === version));
  return { registered_model: { ...model, latest_versions, aliases } };
}

/** The calls that a download begins with. Undefined for every other. */
async function answerRegistry(asking: Asking, call: string): Promise<object | undefined> {
  const { source, query, key, request } = asking;
  const { rest } = source;
  if (call === 'registered-models/get-latest-versions') {
    const { name, stages } = await readLatest(asking);
    const { model_versions } = await rest.latest(name, stages);
    return { model_versions: await narrow(asking, model_versions) };
  }
  if (request.method === 'POST') return undefined;
  const [group, id] = call.split('/');
  if (group === 'logged-models' && id !== undefined) {
    const answer = await rest.loggedModel(id);
    await checkUri(asking, answer.model.info.artifact_uri, 'the model');
    return answer;
  }
  switch (call) {
    case 'model-versions/get':
      return checked(asking, await rest.version(need(query, 'name'), need(query, 'version')));
    case 'registered-models/get':
      return readModel(asking);
    case 'registered-models/alias':
      return checked(asking, await rest.byAlias(need(query, 'name'), need(query, 'alias')));
    case 'model-versions/get-download-uri': {
      const answer = await rest.downloadUri(need(query, 'name'), need(query, 'version'));
      await checkUri(asking, answer.artifact_uri, 'the version');
      return answer;
    }
    case 'runs/get': {
      const answer = await rest.run(need(query, 'run_id'));
      const path = await rest.locate(answer.run.info.artifact_uri);
      if (path === undefined || !mayBegin(key, `${source.name}:${path}/`))
        throw outOfScope(source.name, `${path ?? ''}/*`);
      return answer;
    }
    default:
      return undefined;
  }
}

/** What lies directly below a folder of a model, as the inventory has it; above models, as the server says now. */
async function list({ parts, source, key, query }: Asking): Promise<ArtifactEntry[]> {
  const folder = (query.get('path') ?? '').replace(/\/+$/, '');
  const repo = modelOf(folder);
  if (repo === undefined) {
    const entries = await source.rest.list(folder);
    return entries.filter(({ path }) => {
      const child = modelOf(`${folder}/${path}`);
      return child !== undefined && reaches(source, key, child);
    });
  }
  if (!reaches(source, key, repo)) throw outOfScope(source.name, repo);
  const asset = await parts.gate.version(source, repo, 'main');
  const prefix = folder === repo ? '' : `${folder.slice(repo.length + 1)}/`;
  const folders = new Set<string>();
  const files: ArtifactEntry[] = [];
  for (const file of asset.files) {
    const rest = file.path.startsWith(prefix) ? file.path.slice(prefix.length) : '';
    const [first = '', ...below] = rest.split('/');
    if (below.length > 0) folders.add(first);
    // A file by itself lists nothing: that is how clients know that it is no folder.
    else if (rest !== '' && !isAlone(file)) files.push({ path: first, is_dir: false, file_size: file.size });
  }
  return [...[...folders].map((path) => ({ path, is_dir: true })), ...files];
}

async function sendFile({ parts, source, key, request, response }: Asking, path: string): Promise<void> {
  const { asset, file } = await findFile(parts, source, key, path);
  const headers = {
    'content-type': 'application/octet-stream',
    'accept-ranges': 'bytes',
    etag: `"${asset.revision}"`,
    'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(file.path.split('/').at(-1)!)}`,
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
  };
  const refuse = (refused: Refused): void => sendMlflowRefused(request, response, refused);
  await serveFile({ parts, source, asset, file, key, headers, refuse }, request, response);
}

async function sendRunArtifact(asking: Asking): Promise<void> {
  const { source, query } = asking;
  const run = query.get('run_id') ?? query.get('run_uuid') ?? '';
  const name = Name.safeParse(run).success ? run : need(query, 'run_id');
  const path = need(query, 'path');
  const root = await source.rest.locate((await source.rest.run(name)).run.info.artifact_uri);
  // The key's scope is held against the file's own place.
  if (root === undefined) throw outOfScope(source.name, '*');
  return sendFile(asking, `${root}/${path}`);
}

/**
 * Answers what comes below `/mlflow`.
 * @param target - the rest of the request's target: `/NAME/api/2.0/mlflow/model-versions/get?name=a&version=1`
 * @throws AncileError for what goes wrong, for `sendMlflowError`
 */
export async function handleMlflow(
  parts: FrontParts,
  target: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const key = parts.authenticate(request);
  const [path = '', search = ''] = target.split('?', 2);
  const { source, rest } = findSource(parts.sources, 'mlflow', path);
  parts.checkFrozen({ principal: key.id, tenant: key.tenant, upstream: source.name });
  if (isMlflowSource(source) && ['GET', 'HEAD', 'POST'].includes(request.method ?? '')) {
    const asking: Asking = { parts, source, key, query: new URLSearchParams(search), request, response };
    const call = REGISTRY.exec(rest)?.[1];
    const answer = call === undefined ? undefined : await answerRegistry(asking, call);
    if (answer !== undefined) return sendJson(asking, answer);
    if (request.method !== 'POST') {
      if (rest === RUN_ARTIFACT) return sendRunArtifact(asking);
      if (rest === ARTIFACTS) return sendJson(asking, { files: await list(asking) });
      if (rest.startsWith(`${ARTIFACTS}/`)) return sendFile(asking, rest.slice(ARTIFACTS.length + 1));
    }
  }
  throw new AncileError('not_found', 'there is nothing at this address and method', {
    hint: 'Here are the calls that the mlflow client downloads models with.',
  });
}
