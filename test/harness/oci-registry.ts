// A real registry (Debian's docker-registry) on loopback, one that gives its tokens by a realm of the test's own, and skopeo to
// talk to either.
import { spawn, spawnSync } from 'node:child_process';
import { createHash, createSign } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { requireOrSkip } from '../skips.ts';
import { atEnd, tempFolder } from './cleanup.ts';
import { eventually } from './server.ts';

const PROGRAMS = [
  ['docker-registry', '--version'],
  ['skopeo', '--version'],
  ['openssl', 'version'],
] as const;
const missing = PROGRAMS.filter(([program, argument]) => spawnSync(program, [argument]).status !== 0);

export const hasRegistry = missing.length === 0;

/** Skips where the programs are not there. */
export function requireRegistry(context: TestContext): void {
  requireOrSkip(context, hasRegistry, `${missing.map(([program]) => program).join(', ')} not installed`);
}

export interface OciRegistry {
  readonly url: string;
  /** Host and port. */
  readonly host: string;
  /** Where it keeps what it has. */
  readonly folder: string;
  /** What was asked of it, from its log. */
  asked(): string[];
  /** Ends it. */
  stop(): Promise<void>;
}

export async function startOciRegistry(auth?: object): Promise<OciRegistry> {
  const dir = tempFolder();
  const folder = join(dir, 'storage');
  const config = {
    version: '0.1',
    log: { level: 'info', formatter: 'json', accesslog: { disabled: false } },
    storage: { filesystem: { rootdirectory: folder } },
    http: { addr: '127.0.0.1:0', secret: 'test' },
    ...(auth === undefined ? {} : { auth }),
  };
  const file = join(dir, 'config.yml');
  writeFileSync(file, JSON.stringify(config));
  const child = spawn('docker-registry', ['serve', file], { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (log += chunk.toString('utf8')));
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  atEnd(stop);
  const host = await eventually(() => {
    if (child.exitCode !== null) throw new Error(`docker-registry ended with ${child.exitCode}: ${log}`);
    return /listening on (127\.0\.0\.1:\d+)/.exec(log)?.[1];
  }, 30_000);
  return {
    url: `http://${host}`,
    host,
    folder,
    asked: () => [...log.matchAll(/"((?:GET|HEAD|POST|PUT|PATCH|DELETE) \/v2[^ ]*) HTTP/g)].map((match) => match[1]!),
    stop,
  };
}

export interface Realm {
  readonly host: string;
  /** Scopes that tokens were asked for. */
  readonly asked: string[];
  /** What a registry is to be configured with. */
  readonly auth: object;
}

const base64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Gives tokens as Docker's token specification has it, to one login. */
export async function startRealm(username: string, password: string): Promise<Realm> {
  const dir = tempFolder();
  const [key, certificate] = [join(dir, 'key.pem'), join(dir, 'certificate.pem')];
  const options = ['-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=realm', '-days', '2'];
  const made = spawnSync('openssl', ['req', ...options, '-keyout', key, '-out', certificate]);
  if (made.status !== 0) throw new Error(made.stderr.toString('utf8'));
  const x5c = [readFileSync(certificate, 'utf8').replace(/-----[^-]+-----|\s/g, '')];
  const login = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const asked: string[] = [];
  const answer = ({ url, headers }: IncomingMessage): object | undefined => {
    const query = new URL(url!, 'http://realm').searchParams;
    const scope = query.get('scope') ?? '';
    asked.push(scope);
    if (headers.authorization !== login) return undefined;
    const [, type, name, actions] = /^(\w+):(.+):([\w,]+)$/.exec(scope) ?? [];
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: 'realm',
      sub: username,
      aud: query.get('service'),
      exp: now + 300,
      nbf: now - 10,
      iat: now,
      jti: String(asked.length),
      access: type === undefined ? [] : [{ type, name, actions: actions!.split(',') }],
    };
    const signed = `${base64({ typ: 'JWT', alg: 'RS256', x5c })}.${base64(claims)}`;
    const signature = createSign('RSA-SHA256').update(signed).sign(readFileSync(key)).toString('base64url');
    return { token: `${signed}.${signature}`, expires_in: 300 };
  };
  const server = createServer((request, response) => {
    const value = answer(request);
    response.writeHead(value === undefined ? 401 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(value ?? {}));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const token = { realm: `http://${host}/token`, service: 'registry', issuer: 'realm', rootcertbundle: certificate };
  return { host, asked, auth: { token } };
}

export interface Copied {
  readonly code: number | null;
  readonly stderr: string;
}

/** `skopeo copy`, without TLS. */
export async function skopeoCopy(from: string, to: string, ...options: readonly string[]): Promise<Copied> {
  const plain = ['--src-tls-verify=false', '--dest-tls-verify=false'];
  const args = ['--insecure-policy', '--tmpdir', tempFolder(), 'copy', ...plain, ...options, from, to];
  const child = spawn('skopeo', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  atEnd(() => child.kill('SIGKILL'));
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stderr };
}

export interface Layer {
  readonly bytes: Buffer;
  readonly title?: string;
  readonly mediaType?: string;
  readonly annotations?: Record<string, string>;
}

export const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** An artifact as a folder that skopeo calls `dir:`. @returns the folder, and the manifest's digest */
export function writeArtifact(layers: readonly Layer[], annotations: Record<string, string> = {}) {
  const folder = tempFolder();
  const put = (bytes: Buffer): { digest: string; size: number } => {
    writeFileSync(join(folder, sha256(bytes)), bytes);
    return { digest: `sha256:${sha256(bytes)}`, size: bytes.length };
  };
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: { mediaType: 'application/vnd.example.model.config.v1+json', ...put(Buffer.from('{"framework":"x"}')) },
      layers: layers.map(({ bytes, title, mediaType = 'application/octet-stream', annotations: own }) => ({
        mediaType,
        ...put(bytes),
        ...(title === undefined ? {} : { annotations: { 'org.opencontainers.image.title': title } }),
        ...(own === undefined ? {} : { annotations: own }),
      })),
      annotations,
    }),
  );
  writeFileSync(join(folder, 'manifest.json'), manifest);
  writeFileSync(join(folder, 'version'), 'Directory Transport Version: 1.1\n');
  return { folder, digest: `sha256:${sha256(manifest)}`, manifest };
}

/** An index of several, for platforms that nobody has. */
export function writeIndex(of: readonly ReturnType<typeof writeArtifact>[]): string {
  const folder = tempFolder();
  const manifests = of.map(({ folder: from, digest, manifest }, i) => {
    cpSync(from, folder, { recursive: true, filter: (path) => !path.endsWith('manifest.json') });
    writeFileSync(join(folder, `${digest.slice('sha256:'.length)}.manifest.json`), manifest);
    const platform = { os: 'linux', architecture: `arch${i}` };
    return { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, size: manifest.length, platform };
  });
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ schemaVersion: 2, mediaType, manifests }));
  return folder;
}
