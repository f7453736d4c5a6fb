// The sources of models that the configuration names, ready to be asked. Addresses and tokens come from here alone.
import { AncileError } from '../base/index.ts';
import type { LoadedConfig } from '../config/index.ts';
import { type ArtifactSource, createHuggingFaceSource, createRemote } from '../gateway/index.ts';
import { readHeaderSecret } from './header-secret.ts';
import { readModelTrust } from './model-signatures.ts';

/** A source that demands signatures or attestations, where nobody's counts, would refuse all there is. */
function checkTrust(loaded: LoadedConfig): void {
  const { sources } = loaded.config.artifacts;
  const { keys = [], certificates = [], keyless } = readModelTrust(loaded);
  const demanding = Object.keys(sources).find(
    (name) => sources[name]!.requireSignature || sources[name]!.require.length > 0,
  );
  if (demanding === undefined || keys.length + certificates.length > 0 || keyless !== undefined) return;
  const at = `artifacts.sources.${demanding}.${sources[demanding]!.requireSignature ? 'requireSignature' : 'require'}`;
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
  const tokens = Object.entries(artifacts.sources).map(([name, source]) => {
    const at = `artifacts.sources.${name}.token`;
    const token = source.token === undefined ? undefined : readHeaderSecret(source.token, at, dir, 'token');
    return [name, source, token] as const;
  });
  return new Map(
    tokens.map(([name, source, token]) => {
      const { baseUrl, redirects } = source;
      const remote = createRemote({ baseUrl, redirects, timeouts, ...(token === undefined ? {} : { token }) });
      return [name, createHuggingFaceSource(name, source, remote, artifacts.limits.files)];
    }),
  );
}
