// The sources of models that the configuration names, ready to be asked. Addresses and tokens come from here alone.
import { AncileError, systemClock } from '../base/index.ts';
import { type LoadedConfig, readSecret } from '../config/index.ts';
import type { ArtifactSourceConfig, ModelAsset, RegistryView, SecretRef } from '../contract/index.ts';
import {
  type ArtifactSource,
  createHttpSource,
  createHuggingFaceSource,
  createMlflowSource,
  createOciSource,
  createRegistryRemote,
  createRemote,
  createS3Source,
  toS3Remote,
} from '../gateway/index.ts';
import { readHeaderSecrets } from './header-secret.ts';
import { readModelTrust } from './model-signatures.ts';

/** A source that demands signatures or attestations, where nobody's counts, would refuse all there is. */
function checkTrust(loaded: LoadedConfig): void {
  const { sources } = loaded.config.artifacts;
  const { keys = [], certificates = [], keyless } = readModelTrust(loaded);
  const demands = (source: ArtifactSourceConfig): string | undefined => {
    if (source.requireSignature) return 'requireSignature';
    return source.require.length > 0 ? 'require' : undefined;
  };
  const image = Object.keys(sources).find((name) => sources[name]!.kind === 'oci' && sources[name]!.requireSignature);
  if (image !== undefined && keys.length === 0) {
    const at = `artifacts.sources.${image}.requireSignature`;
    throw new AncileError('config_invalid', `${at}: images are signed by keys, and none is trusted`, {
      at,
      hint: 'Name the public key (cosign.pub) under artifacts.trust.keys.',
    });
  }
  const demanding = Object.keys(sources).find((name) => demands(sources[name]!) !== undefined);
  if (demanding === undefined || keys.length + certificates.length > 0 || keyless !== undefined) return;
  const at = `artifacts.sources.${demanding}.${demands(sources[demanding]!)}`;
  throw new AncileError('config_invalid', `${at}: nobody's signature counts`, {
    at,
    hint: 'Name public keys, authorities or keyless signers under artifacts.trust.',
  });
}

/** @throws AncileError `config_invalid` naming the field, never the secret */
export function openArtifactSources(loaded: LoadedConfig): ReadonlyMap<string, ArtifactSource> {
  const { config, dir } = loaded;
  const { limits, artifacts } = config;
  checkTrust(loaded);
  const timeouts = {
    connections: 16,
    connectTimeout: limits.upstreamConnectTimeout,
    headersTimeout: limits.upstreamHeadersTimeout,
    idleTimeout: limits.upstreamIdleTimeout,
  };
  const { files } = artifacts.limits;
  const open = (name: string, source: ArtifactSourceConfig): (() => ArtifactSource) => {
    const secrets = <K extends string>(refs: { readonly [F in K]?: SecretRef | undefined }, ...fields: K[]) =>
      readHeaderSecrets(refs, fields, `artifacts.sources.${name}`, dir, 'token');
    const { redirects } = source;
    switch (source.kind) {
      case 'huggingface': {
        const options = { baseUrl: source.baseUrl, redirects, timeouts, ...secrets(source, 'token') };
        return () => createHuggingFaceSource(name, source, createRemote(options), files);
      }
      case 'http': {
        const options = { baseUrl: source.baseUrl, redirects, timeouts, ...secrets(source, 'token') };
        return () => createHttpSource(name, source, createRemote(options), files);
      }
      case 'oci': {
        const { baseUrl, username } = source;
        const { password } = secrets(source, 'password');
        const login = username === undefined || password === undefined ? {} : { login: { username, password } };
        const credentials = { ...login, ...secrets(source, 'token') };
        return () => {
          const remote = createRegistryRemote(createRemote({ baseUrl, redirects, timeouts }), credentials, systemClock);
          return createOciSource(name, source, remote, files);
        };
      }
      case 'mlflow': {
        const options = { baseUrl: source.baseUrl, redirects, timeouts, ...secrets(source, 'token') };
        const { webhook } = source;
        const at = `artifacts.sources.${name}.webhook.secret`;
        const hook = webhook && { secret: readSecret(webhook.secret, at, dir), act: webhook.act };
        return () => createMlflowSource(name, source, createRemote(options), files, hook);
      }
      case 's3': {
        const remote = toS3Remote(source, secrets(source, 'accessKeyId', 'secretAccessKey', 'sessionToken'));
        return () => createS3Source(name, source, createRemote({ ...remote, redirects, timeouts }), files);
      }
    }
  };
  // All secrets are read before anything is opened: what throws leaves nothing behind.
  const openers = Object.entries(artifacts.sources).map(([name, source]) => [name, open(name, source)] as const);
  return new Map(openers.map(([name, make]) => [name, make()]));
}

/** The sources of the configuration as people are shown them: without tokens, or passwords in addresses. */
export function viewArtifactSources({ config }: LoadedConfig): RegistryView['sources'] {
  return Object.entries(config.artifacts.sources).map(([name, source]) => {
    // A bucket's address comes of its region where none is given.
    const { origin, pathname } = new URL(source.kind === 's3' ? toS3Remote(source, {}).baseUrl : source.baseUrl);
    const { requireSignature } = source;
    return { name, kind: source.kind, baseUrl: `${origin}${pathname.replace(/\/$/, '')}`, requireSignature };
  });
}

/** Where a version comes from, as its source is configured now: an address, and on the Hub itself a package URL. */
export function originOf(loaded: LoadedConfig, { source, repo, revision }: ModelAsset): Record<string, string> {
  const known = viewArtifactSources(loaded).find(({ name }) => name === source);
  if (known?.kind !== 'huggingface') return {};
  const onHub = known.baseUrl === 'https://huggingface.co' && !/^(?:datasets|spaces)\//.test(repo);
  return {
    downloadLocation: `${known.baseUrl}/${repo}`,
    ...(onHub ? { purl: `pkg:huggingface/${repo}@${revision}` } : {}),
  };
}
