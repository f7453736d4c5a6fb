// The sources of models that the configuration names, ready to be asked. Addresses and tokens come from here alone.
import { AncileError } from '../base/index.ts';
import { type LoadedConfig, readSecret } from '../config/index.ts';
import { type ArtifactSource, createHuggingFaceSource, createRemote } from '../gateway/index.ts';

/** @throws AncileError `config_invalid` naming the field, never the secret */
export function openArtifactSources({ config, dir }: LoadedConfig): ReadonlyMap<string, ArtifactSource> {
  const { limits, artifacts } = config;
  const timeouts = {
    connections: 16,
    connectTimeout: limits.upstreamConnectTimeout,
    headersTimeout: limits.upstreamHeadersTimeout,
    idleTimeout: limits.upstreamIdleTimeout,
  };
  const tokens = Object.entries(artifacts.sources).map(([name, source]) => {
    const at = `artifacts.sources.${name}.token`;
    const token = source.token === undefined ? undefined : readSecret(source.token, at, dir);
    if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
      const hint = 'A token is one word; look for blanks or line ends within it.';
      throw new AncileError('config_invalid', `${at}: the secret holds characters that no header can carry`, {
        at,
        hint,
      });
    }
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
