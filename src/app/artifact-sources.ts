// The sources of models that the configuration names, ready to be asked. Addresses and tokens come from here alone.
import { AncileError, systemClock } from '../base/index.ts';
import type { LoadedConfig } from '../config/index.ts';
import type { ArtifactSourceConfig, SecretRef } from '../contract/index.ts';
import {
  type ArtifactSource,
  createHuggingFaceSource,
  createOciSource,
  createRegistryRemote,
  createRemote,
} from '../gateway/index.ts';
import { readHeaderSecret } from './header-secret.ts';
import { readModelTrust } from './model-signatures.ts';

/** A source that demands signatures or attestations, where nobody's counts, would refuse all there is. */
function checkTrust(loaded: LoadedConfig): void {
  const { sources } = loaded.config.artifacts;
  const { keys = [], certificates = [], keyless } = readModelTrust(loaded);
  const demands = (source: ArtifactSourceConfig): string | undefined => {
    if ('requireSignature' in source && source.requireSignature) return 'requireSignature';
    return source.require.length > 0 ? 'require' : undefined;
  };
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
  const read = (name: string, field: 'token' | 'password', ref: SecretRef | undefined): string | undefined =>
    ref === undefined ? undefined : readHeaderSecret(ref, `artifacts.sources.${name}.${field}`, dir, 'token');
  // Every secret is read before anything is opened.
  const secrets = Object.entries(artifacts.sources).map(([name, source]) => {
    const password = source.kind === 'oci' ? read(name, 'password', source.password) : undefined;
    return { name, source, token: read(name, 'token', source.token), password };
  });
  const { files } = artifacts.limits;
  return new Map(
    secrets.map(({ name, source, token, password }): [string, ArtifactSource] => {
      const { baseUrl, redirects } = source;
      if (source.kind === 'oci') {
        const { username } = source;
        const login = username === undefined || password === undefined ? {} : { login: { username, password } };
        const credentials = { ...login, ...(token === undefined ? {} : { token }) };
        const remote = createRegistryRemote(createRemote({ baseUrl, redirects, timeouts }), credentials, systemClock);
        return [name, createOciSource(name, source, remote, files)];
      }
      const remote = createRemote({ baseUrl, redirects, timeouts, ...(token === undefined ? {} : { token }) });
      return [name, createHuggingFaceSource(name, source, remote, files)];
    }),
  );
}
