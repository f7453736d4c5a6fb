// The hosts of a registry: as of any source, but for the tokens that it wants to see, which are fetched when it says so.
import { type Clock, toAncileError } from '../../../base/index.ts';
import type { Flight } from '../../../net/index.ts';
import type { Remote, RemoteRequest } from '../remote.ts';
import { type Login, createTokens } from './tokens.ts';

export interface RegistryCredentials {
  /** Shown as it is, always. */
  readonly token?: string;
  readonly login?: Login;
}

/** @param inner - shows nothing of its own */
export function createRegistryRemote(inner: Remote, { token, login }: RegistryCredentials, clock: Clock): Remote {
  const tokens = createTokens(inner, login, clock);
  const fixed = token === undefined ? undefined : `Bearer ${token}`;
  const shown = ({ scope = '' }: RemoteRequest): { authorization?: string } => {
    const authorization = fixed ?? tokens.known(scope);
    return authorization === undefined ? {} : { authorization };
  };

  return {
    get(request, sink) {
      let flight: Pick<Flight, 'pause' | 'resume' | 'abort'> | undefined;
      let over = false;
      const go = (more: { authorization?: string }, again: boolean): void => {
        let mine = true;
        flight = inner.get(
          { ...request, ...more },
          {
            head(status, headers) {
              if (status !== 401 || !again || fixed !== undefined) return sink.head(status, headers);
              mine = false;
              flight?.abort();
              tokens.renew(headers, request.scope ?? '').then(
                (authorization) => {
                  if (over) return;
                  if (authorization !== undefined) return go({ authorization }, false);
                  sink.head(status, headers);
                  sink.end();
                },
                (thrown: unknown) => {
                  if (!over) sink.fail(toAncileError(thrown));
                },
              );
            },
            data: (chunk) => {
              if (mine) sink.data(chunk);
            },
            end: () => {
              if (mine) sink.end();
            },
            fail: (error) => {
              if (mine) sink.fail(error);
            },
          },
        );
      };
      go(shown(request), true);
      return {
        pause: () => flight?.pause(),
        resume: () => flight?.resume(),
        abort() {
          over = true;
          flight?.abort();
        },
      };
    },
    async collect(call, maxBytes) {
      const first = await inner.collect({ ...call, ...shown(call) }, maxBytes);
      if (first.status !== 401 || fixed !== undefined) return first;
      const authorization = await tokens.renew(first.headers, call.scope ?? '');
      return authorization === undefined ? first : inner.collect({ ...call, authorization }, maxBytes);
    },
    retire: () => inner.retire(),
    close: () => inner.close(),
  };
}
