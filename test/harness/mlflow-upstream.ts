// A tracking server on loopback in the shape of MLflow's (mlflow/server/handlers.py): registered models, aliases, tags, and the
// artifacts that it serves; with webhooks signed as MLflow signs them.
import { createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { atEnd } from './cleanup.ts';

export interface RegisteredVersion {
  readonly name: string;
  readonly version: string;
  readonly source: string;
  readonly tags?: Record<string, string>;
}

export interface MlflowUpstream {
  readonly url: string;
  /** `GET /api/...`, with the token that came along. */
  readonly asked: { readonly line: string; readonly token?: string | undefined }[];
  readonly versions: Required<RegisteredVersion>[];
  /** Version by `name@alias`. */
  readonly aliases: Map<string, string>;
}

export interface MlflowContent {
  /** By path below the root of the artifact store. */
  readonly artifacts: Readonly<Record<string, Buffer>>;
  readonly versions: readonly RegisteredVersion[];
  /** Where the artifacts of logged models and runs lie, by id. */
  readonly uris?: Readonly<Record<string, string>>;
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, string>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  return text === '' ? {} : (JSON.parse(text) as Record<string, string>);
}

/** Names directly below a path, as `FileInfo` has them. */
function listBelow(artifacts: MlflowContent['artifacts'], folder: string): object[] {
  const found = new Map<string, object>();
  for (const [path, bytes] of Object.entries(artifacts)) {
    if (!path.startsWith(`${folder}/`)) continue;
    const [name = '', ...below] = path.slice(folder.length + 1).split('/');
    found.set(name, below.length > 0 ? { path: name, is_dir: true } : { path: name, is_dir: false, file_size: String(bytes.length) }); // prettier-ignore
  }
  return [...found.values()];
}

export async function startMlflowUpstream({ artifacts, versions, uris = {} }: MlflowContent): Promise<MlflowUpstream> {
  const asked: MlflowUpstream['asked'] = [];
  const state = versions.map((each) => ({ tags: {}, ...each }));
  const aliases = new Map<string, string>();
  const render = (each: Required<RegisteredVersion>): object => ({
    ...each,
    creation_timestamp: 1767323045000,
    status: 'READY',
    tags: Object.entries(each.tags).map(([key, value]) => ({ key, value })),
    surplus: 'nobody asked for this',
  });

  function answer(line: string, query: URLSearchParams, body: Record<string, string>): object | Buffer | undefined {
    const field = (name: string): string => query.get(name) ?? body[name] ?? '';
    const find = (version: string) => state.find((each) => each.name === field('name') && each.version === version);
    const one = (version: string): object | undefined => {
      const found = find(version);
      return found && { model_version: render(found) };
    };
    const artifact = /^GET mlflow-artifacts\/artifacts\/(.+)$/.exec(line)?.[1];
    if (artifact !== undefined) return artifacts[decodeURIComponent(artifact)];
    const logged = /^GET mlflow\/logged-models\/(.+)$/.exec(line)?.[1];
    if (logged !== undefined) {
      return uris[logged] === undefined
        ? undefined
        : { model: { info: { model_id: logged, artifact_uri: uris[logged] }, data: {} } };
    }
    const alias = `${field('name')}@${field('alias')}`;
    switch (line) {
      case 'GET mlflow-artifacts/artifacts':
        return { files: listBelow(artifacts, field('path')) };
      case 'GET mlflow/model-versions/get':
        return one(field('version'));
      case 'GET mlflow/model-versions/get-download-uri': {
        const found = find(field('version'));
        return found && { artifact_uri: found.source };
      }
      case 'GET mlflow/registered-models/get': {
        const latest_versions = state.filter(({ name }) => name === field('name')).map(render);
        const own = [...aliases].flatMap(([key, version]) => {
          const [name, alias] = key.split('@');
          return name === field('name') ? [{ alias, version }] : [];
        });
        const registered_model = { name: field('name'), latest_versions, aliases: own, user_id: 'somebody' };
        return latest_versions.length === 0 ? undefined : { registered_model };
      }
      case 'GET mlflow/registered-models/alias':
        return one(aliases.get(alias) ?? '');
      case 'GET mlflow/registered-models/get-latest-versions':
        return { model_versions: state.filter(({ name }) => name === field('name')).map(render) };
      case 'GET mlflow/runs/get': {
        const uri = uris[field('run_id')];
        return uri === undefined
          ? undefined
          : { run: { info: { run_id: field('run_id'), artifact_uri: uri }, data: { params: [] } } };
      }
      case 'POST mlflow/model-versions/set-tag': {
        const found = find(field('version'));
        if (found !== undefined) found.tags[field('key')] = field('value');
        return found && {};
      }
      case 'DELETE mlflow/registered-models/alias':
        return aliases.delete(alias) ? {} : undefined;
      default:
        return undefined;
    }
  }

  const server = createServer((request, response) => {
    void (async () => {
      const url = new URL(request.url!, 'http://mlflow');
      asked.push({ line: `${request.method} ${request.url}`, token: request.headers.authorization });
      const line = `${request.method} ${url.pathname.replace('/api/2.0/', '')}`;
      const told = answer(line, url.searchParams, await bodyOf(request));
      if (told === undefined) {
        const error = { error_code: 'RESOURCE_DOES_NOT_EXIST', message: 'there is none' };
        return void response.writeHead(404, { 'content-type': 'application/json' }).end(JSON.stringify(error));
      }
      // Streamed without a length, as MLflow does.
      if (Buffer.isBuffer(told)) return void response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(told); // prettier-ignore
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(told));
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, versions: state, aliases };
}

/** A webhook as MLflow sends it (mlflow/webhooks/delivery.py). */
export function toWebhook(event: string, data: object, secret: string, delivery: string = randomUUID()): RequestInit {
  const [entity, action] = event.split('.');
  const body = JSON.stringify({ entity, action, timestamp: new Date().toISOString(), data });
  const seconds = String(Math.floor(Date.now() / 1000));
  const digest = createHmac('sha256', secret).update(`${delivery}.${seconds}.${body}`).digest('base64');
  return {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      'x-mlflow-delivery-id': delivery,
      'x-mlflow-timestamp': seconds,
      'x-mlflow-signature': `v1,${digest}`,
    },
  };
}
