// Manifests in YAML: Kubernetes objects (KServe, Ray and other operators among them), Helm values, Compose files, and pipelines
// that run commands (GitHub, GitLab, MLflow projects, DVC, SkyPilot).
import { type Document, type LineCounter, isMap, isScalar, isSeq } from 'yaml';
import type { Format, Look, Probe } from '../../format.ts';
import { list, record, string, strings } from '../json.ts';
import { reportSecrets, watchKeys } from '../secrets.ts';
import { isText, readText } from '../text.ts';
import { MOST_YAML, readYaml, valueOf } from '../yaml.ts';
import { reportEnvironment, reportRun } from './servers.ts';
import { reportContainer, reportIngress, reportPod, reportService } from './workload.ts';

const CODE_TAG = /!!?python\/|!<?tag:yaml\.org,2002:python|!ruby\/|!!javax?\.|!!com\.|!!org\./;
const COMPOSE_NAME = /^(?:docker-)?compose(?:[.\-_][\w.-]{0,60})?\.ya?ml$/;
const VALUES_NAME = /^values(?:[.\-_][\w.-]{0,60})?\.ya?ml$/;

const PIPELINE_NAME =
  /^(?:\.gitlab-ci|\.travis|dvc|azure-pipelines|bitbucket-pipelines|cloudbuild|buildspec)\.ya?ml$|^mlproject$/;

/** Manifests may be written as JSON as well. */
const isJsonManifest = (text: string): boolean =>
  /^\s*\{/.test(text) && /"apiVersion"\s*:\s*"/.test(text) && /"kind"\s*:\s*"/.test(text);

function kindOf({ text, name }: Probe): 'kubernetes' | 'compose' | 'helm-values' | 'pipeline' | undefined {
  if (isJsonManifest(text)) return 'kubernetes';
  if (/^\s{0,2}(?:-\s)?apiVersion:\s*\S/m.test(text) && /^\s{0,4}kind:\s*\w/m.test(text)) return 'kubernetes';
  if (
    /^services:/m.test(text) &&
    (COMPOSE_NAME.test(name) || /^\s{2,8}image:/m.test(text) || /^\s{2,8}build:/m.test(text))
  )
    return 'compose';
  if (
    PIPELINE_NAME.test(name) ||
    (/^["']?on["']?:/m.test(text) && /^jobs:/m.test(text)) ||
    (/^resources:/m.test(text) && /^(?:run|setup):/m.test(text))
  )
    return 'pipeline';
  return VALUES_NAME.test(name) && /^(?:image|service|replicaCount|resources|securityContext|env):/m.test(text)
    ? 'helm-values'
    : undefined;
}

/** Values of the documents of a YAML text, with the line that a path within them stands on. */
export interface Manifest {
  readonly value: unknown;
  lineOf(path: readonly (string | number)[]): number;
}

function toManifest(document: Document, value: unknown, lines: LineCounter): Manifest {
  return {
    value,
    lineOf(path) {
      let node: unknown = document.contents;
      let offset = 0;
      for (const key of path) {
        let next: unknown;
        if (isMap(node)) {
          const pair = node.items.find((item) => isScalar(item.key) && item.key.value === key);
          if (pair !== undefined && isScalar(pair.key)) offset = pair.key.range?.[0] ?? offset;
          next = pair?.value;
        } else if (isSeq(node)) {
          next = node.items[Number(key)];
          offset = (next as { range?: [number, number, number] } | undefined)?.range?.[0] ?? offset;
        }
        if (next === undefined) break;
        node = next;
      }
      return lines.linePos(offset).line;
    },
  };
}

export const manifest: Format = {
  id: 'manifest',
  match(probe) {
    if (!isText(probe.head)) return false;
    if (isJsonManifest(probe.text)) return 'likely';
    if (/^\s*[{<]/.test(probe.text) || /\.(?:md|py|ipynb|html?|json|tf)$/.test(probe.name)) return false;
    return kindOf(probe) === undefined ? false : 'likely';
  },
  scan(source, outer) {
    const { look, told } = watchKeys(outer);
    const text = readText(source, look, MOST_YAML);
    if (CODE_TAG.test(text)) {
      const line = text.slice(0, text.search(CODE_TAG)).split('\n').length;
      look.report('deploy.code-tag', { message: 'makes objects of code when an unsafe loader reads it', line });
    }
    // Templates of Helm are no YAML until they are filled in: what can be read of them is.
    const plain = text
      .replace(/\{\{[^\n]{0,400}?\}\}/g, (hole) => '_'.repeat(hole.length))
      .replace(/^[ \t]*_+[ \t]*$/gm, '');
    const { documents, lines } = readYaml(plain, look);
    const kind = kindOf({ text, name: look.name, head: new Uint8Array(0), extension: '', source });
    for (const document of documents) {
      look.budget.step();
      if (document.errors.length > 0) look.unseen(`a document is no YAML: ${document.errors[0]!.code}`);
      const value = valueOf(document, look);
      if (value !== undefined) readDocument(toManifest(document, value, lines), kind, look);
    }
    reportSecrets(text, look, told);
    return kind;
  },
};

function readDocument(file: Manifest, kind: ReturnType<typeof kindOf>, look: Look): void {
  const top = record(file.value);
  if (kind === 'compose') {
    for (const [name, service] of Object.entries(record(top['services'])))
      readComposeService(name, record(service), file, look);
  } else if (kind === 'helm-values') {
    const { repository, tag } = record(top['image']);
    if (typeof repository === 'string') {
      reportContainer(
        {
          image: `${repository}${tag === undefined ? '' : `:${String(tag)}`}`,
          env: top['env'],
          args: top['args'],
          command: top['command'],
          securityContext: top['securityContext'],
        },
        ['image'],
        file,
        look,
      );
    }
    reportPod({ ...top, containers: [] }, [], file, look);
  } else if (kind === 'pipeline') {
    readPipeline(top, file, look);
  } else if (top['kind'] === 'List') {
    list(top['items']).forEach((item, at) => readObject(record(item), ['items', at], file, look));
  } else readObject(top, [], file, look);
}

/** Members of a pipeline that hold commands, or lists of them, and those that hold an environment. */
const COMMANDS = /^(?:run|script|before_script|after_script|commands?|cmd|setup|args|entrypoint)$/;
const ENVIRONMENTS = /^(?:env|envs|environment|variables)$/;

/** Commands and environments of a pipeline, wherever they stand. */
function readPipeline(top: unknown, file: Manifest, look: Look): void {
  const left: { value: unknown; path: readonly (string | number)[] }[] = [{ value: top, path: [] }];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const { value, path } = next;
    look.budget.step();
    if (path.length > 30) continue;
    const members: readonly (readonly [string | number, unknown])[] = Array.isArray(value)
      ? [...(value as unknown[]).entries()]
      : Object.entries(record(value));
    for (const [key, inner] of members) {
      const at = [...path, key];
      if (typeof inner === 'object' && inner !== null) left.push({ value: inner, path: at });
      if (typeof inner !== 'string') continue;
      const holder = String(typeof key === 'number' ? path.at(-1) : key);
      if (COMMANDS.test(holder)) reportRun(inner, look, file.lineOf(at));
      else if (ENVIRONMENTS.test(String(path.at(-1)))) reportEnvironment(String(key), inner, look, file.lineOf(at));
    }
  }
}

/** Objects hold their pods in different places; wherever containers stand, there is one. */
function readObject(
  object: Readonly<Record<string, unknown>>,
  path: readonly (string | number)[],
  file: Manifest,
  look: Look,
): void {
  const kind = string(object['kind']) ?? '';
  if (kind === 'Service') reportService(object, path, file, look);
  if (kind === 'Ingress') reportIngress(object, path, file, look);
  if (kind === 'InferenceService')
    look.asset('server', string(record(object['metadata'])['name']) ?? 'InferenceService', 'KServe');
  const left: { value: unknown; path: readonly (string | number)[]; depth: number }[] = [
    { value: object, path, depth: 0 },
  ];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    look.budget.step();
    const { value, path: at, depth } = next;
    if (depth > 30) continue;
    if (Array.isArray(value)) {
      (value as unknown[]).forEach((each, index) => left.push({ value: each, path: [...at, index], depth: depth + 1 }));
      continue;
    }
    const node = record(value);
    if (Array.isArray(node['containers'])) reportPod(node, at, file, look);
    // KServe's predictors name where the model comes from.
    const uri = string(node['storageUri']);
    if (uri !== undefined) look.asset('model', uri, `served by ${kind}`);
    for (const [key, child] of Object.entries(node)) {
      if (typeof child === 'object' && child !== null)
        left.push({ value: child, path: [...at, key], depth: depth + 1 });
    }
  }
}

function readComposeService(
  name: string,
  service: Readonly<Record<string, unknown>>,
  file: Manifest,
  look: Look,
): void {
  const path = ['services', name];
  const ports = list(service['ports']).map((port) =>
    typeof port === 'string' || typeof port === 'number' ? String(port) : '',
  );
  reportContainer(
    {
      image: service['image'],
      env: service['environment'],
      args: service['command'],
      command: service['entrypoint'],
      securityContext: { privileged: service['privileged'], runAsUser: service['user'] },
      published: ports.filter((port) => !/^(?:127\.|\[::1\]|localhost)/.test(port) && port.includes(':')),
    },
    path,
    file,
    look,
  );
  if (service['network_mode'] === 'host' || service['pid'] === 'host') {
    look.report('deploy.privileged', {
      message: `${name} shares namespaces with the host`,
      line: file.lineOf([...path, service['network_mode'] === 'host' ? 'network_mode' : 'pid']),
    });
  }
  for (const volume of strings(service['volumes'])) {
    const line = file.lineOf([...path, 'volumes']);
    if (/docker\.sock/.test(volume))
      look.report('deploy.privileged', { message: `${name} holds the socket of Docker`, line });
    else if (/^(?:\/|\/etc|\/root|\/home|\/var|~\/?):/.test(volume))
      look.report('deploy.host-path', { message: `${name} holds ${volume}`, line });
  }
}
