// What runs in a manifest: containers with their commands and rights, pods with what of the host they reach.
import type { Look } from '../../format.ts';
import { list, record, string, strings } from '../json.ts';
import { isPlainKey } from '../agents/server.ts';
import type { Manifest } from './manifest.ts';
import { isServerImage, reportEnvironment, reportImage, reportRun } from './servers.ts';

type Path = readonly (string | number)[];

/** As loaders of the older YAML take it, which these tools use. */
const isTrue = (value: unknown): boolean =>
  value === true || (typeof value === 'string' && /^(?:true|yes|on|y)$/i.test(value));

const words = (value: unknown): string => (typeof value === 'string' ? value : strings(value).join(' '));

/** One container. `published` are ports that Compose opens on every address. */
export function reportContainer(
  container: Readonly<Record<string, unknown>>,
  path: Path,
  file: Manifest,
  look: Look,
): void {
  const image = string(container['image']) ?? '';
  const line = file.lineOf([...path, 'image']);
  reportImage(image, look, line);
  const command = `${words(container['command'])} ${words(container['args'])}`.trim();
  const env = environmentOf(container['env'], path);
  // A setting may close what the command leaves open, and the image says which server it is.
  const settings = env.map(({ name, value }) => `${name}=${isPlainKey(name, value) ? '…' : value}`).join(' ');
  const whole =
    `${isServerImage(image) ? image : ''} ${command} ${env.some(({ name }) => /api_key|token|password/i.test(name)) ? settings : ''}`.trim();
  if (whole !== '')
    reportRun(
      whole,
      look,
      command === '' ? line : file.lineOf([...path, container['args'] === undefined ? 'command' : 'args']),
    );
  for (const { name, value, at } of env) if (value !== '') reportEnvironment(name, value, look, file.lineOf(at));
  const { privileged, allowPrivilegeEscalation, runAsUser, capabilities } = record(container['securityContext']);
  const added = strings(record(capabilities)['add']).filter((each) =>
    /^(?:ALL|(?:CAP_)?SYS_(?:ADMIN|PTRACE|MODULE))$/i.test(each),
  );
  const at = file.lineOf([...path, container['published'] === undefined ? 'securityContext' : 'privileged']);
  if (isTrue(privileged))
    look.report('deploy.privileged', { message: `${image || 'a container'} runs in privileged mode`, line: at });
  else if (added.length > 0)
    look.report('deploy.privileged', { message: `${image || 'a container'} has ${added.join(', ')}`, line: at });
  if (runAsUser === 0 || runAsUser === '0' || runAsUser === 'root')
    look.report('deploy.root', { message: `${image || 'a container'} runs as root`, line: at });
  if (isTrue(allowPrivilegeEscalation) && !isTrue(privileged))
    look.report('deploy.root', { message: `${image || 'a container'} may raise its rights`, line: at });
  for (const port of strings(container['published'])) {
    if (isServerImage(image))
      look.report('deploy.public-service', {
        message: `${image} answers on every address of the host at ${port}`,
        line: file.lineOf([...path, 'ports']),
      });
  }
}

/** Both forms: a list of names and values, or a mapping; `A=b` in Compose. */
function environmentOf(env: unknown, path: Path): { name: string; value: string; at: Path }[] {
  if (!Array.isArray(env)) {
    return Object.entries(record(env)).map(([name, value]) => ({
      name,
      value: scalar(value),
      at: [...path, 'environment', name],
    }));
  }
  return (env as unknown[]).map((entry, index) => {
    const at = [...path, 'env', index];
    if (typeof entry === 'string') {
      const equals = entry.indexOf('=');
      return {
        name: entry.slice(0, equals === -1 ? undefined : equals),
        value: equals === -1 ? '' : entry.slice(equals + 1),
        at: [...path, 'environment', index],
      };
    }
    return { name: scalar(record(entry)['name']), value: scalar(record(entry)['value']), at };
  });
}

const scalar = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';

/** A pod: its containers, and what of the host it shares. */
export function reportPod(pod: Readonly<Record<string, unknown>>, path: Path, file: Manifest, look: Look): void {
  for (const group of ['containers', 'initContainers', 'ephemeralContainers']) {
    list(pod[group]).forEach((container, at) => reportContainer(record(container), [...path, group, at], file, look));
  }
  for (const key of ['hostNetwork', 'hostPID', 'hostIPC']) {
    if (isTrue(pod[key]))
      look.report('deploy.privileged', {
        message: `shares the host's ${key.slice(4)}`,
        line: file.lineOf([...path, key]),
      });
  }
  list(pod['volumes']).forEach((volume, at) => {
    const host = string(record(record(volume)['hostPath'])['path']);
    if (host === undefined) return;
    const line = file.lineOf([...path, 'volumes', at]);
    if (/(?:docker|containerd|crio)\.sock|^\/$|^\/etc\/?$|^\/var\/lib\/(?:kubelet|docker)/.test(host)) {
      look.report('deploy.privileged', { message: `holds ${host} of the host`, line });
    } else look.report('deploy.host-path', { message: `holds ${host} of the host`, line });
  });
}

/** Annotations by which an ingress asks who comes: an authentication of nginx, Traefik or a cloud. */
const ASKS = /auth|oauth|oidc|whitelist|allowlist|internal|middlewares/i;

/** A way in from outside, when nothing on it asks who comes. */
export function reportIngress(
  ingress: Readonly<Record<string, unknown>>,
  path: Path,
  file: Manifest,
  look: Look,
): void {
  const metadata = record(ingress['metadata']);
  if (ASKS.test(JSON.stringify(record(metadata['annotations'])))) return;
  look.report('deploy.public-service', {
    message: `${string(metadata['name']) ?? 'an ingress'} is reached from outside, and nothing on it asks who comes`,
    line: file.lineOf([...path, 'kind']),
  });
}

/** A service that is reached from outside, in front of what may be a model. */
export function reportService(
  service: Readonly<Record<string, unknown>>,
  path: Path,
  file: Manifest,
  look: Look,
): void {
  const spec = record(service['spec']);
  if (spec['type'] !== 'LoadBalancer' && spec['type'] !== 'NodePort') return;
  const annotations = JSON.stringify(record(record(service['metadata'])['annotations']));
  if (/internal/i.test(annotations)) return;
  const name = string(record(service['metadata'])['name']) ?? 'a service';
  look.report('deploy.public-service', {
    message: `${name} is reached from outside (${String(spec['type'])})`,
    line: file.lineOf([...path, 'spec', 'type']),
  });
}
