// The hosts of one source: its own, and those that it may send on to. No other is ever asked, and only its own is shown the
// token.
import type { Readable } from 'node:stream';
import { AncileError } from '../../base/index.ts';
import {
  type AnswerHeaders,
  type AnswerSink,
  type Flight,
  type Outlet,
  type OutletCall,
  type OutletOptions,
  createOutlet,
} from '../../net/index.ts';

const MOST_REDIRECTS = 5;
const MOST_ORIGINS = 64;

export interface RemoteRequest {
  /** Below the base address, query included. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Shown to the source's own host alone, in place of its token. */
  readonly authorization?: string;
  /** What it is for, where a source gives tokens for a purpose: `repository:org/model:pull`. */
  readonly scope?: string;
}

/** A request whose answer is small. */
export interface RemoteCall extends RemoteRequest {
  /** An address that the source named, in place of `path`: its own host, or one that it may send on to. */
  readonly at?: string;
  readonly method?: OutletCall['method'];
  /** A stream is made anew for each try. */
  readonly body?: Buffer | (() => Readable);
}

export interface Remote {
  /** Follows redirects, to the hosts that may be. */
  get(request: RemoteRequest, sink: AnswerSink): Pick<Flight, 'pause' | 'resume' | 'abort'>;
  /** A whole small answer of the source itself: redirects are not followed, as they would make one name another. */
  collect(request: RemoteCall, maxBytes: number): Promise<{ status: number; headers: AnswerHeaders; body: Buffer }>;
  /** Closes it when nothing is under way any more. */
  retire(): Promise<void>;
  close(): Promise<void>;
}

export interface RemoteOptions {
  readonly baseUrl: string;
  readonly token?: string;
  readonly redirects: readonly string[];
  readonly timeouts: Omit<OutletOptions, 'baseUrl'>;
}

function matches(pattern: string, host: string): boolean {
  return pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : host === pattern;
}

/** The one value of a header. */
export function header(headers: AnswerHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}

export function createRemote({ baseUrl, token, redirects, timeouts }: RemoteOptions): Remote {
  const base = new URL(baseUrl);
  const prefix = base.pathname.replace(/\/+$/, '');
  const outlets = new Map<string, Outlet>();
  let active = 0;
  let idle: (() => void) | undefined;
  const leave = (): void => {
    if (--active === 0) idle?.();
  };

  function outletTo(origin: string): Outlet {
    let outlet = outlets.get(origin);
    if (outlet === undefined) {
      if (outlets.size >= MOST_ORIGINS)
        throw new AncileError('upstream_refused', 'the source sends on to too many hosts');
      outlets.set(origin, (outlet = createOutlet({ ...timeouts, baseUrl: origin })));
    }
    return outlet;
  }

  /** @throws AncileError `upstream_refused` for where nobody said it may go */
  function checkRedirect(from: URL, location: string | undefined): URL {
    if (location === undefined || !URL.canParse(location, from.href)) {
      throw new AncileError('upstream_malformed', 'the source sends on to nowhere');
    }
    const to = new URL(location, from);
    const named = to.origin === base.origin || redirects.some((pattern) => matches(pattern, to.host));
    const plain = to.protocol === 'https:' || to.protocol === base.protocol;
    if (!named || !plain || to.username !== '' || to.password !== '') {
      throw new AncileError('upstream_refused', 'the source sends on to a host that its `redirects` do not name', {
        hint: 'The operator can add the host to artifacts.sources.*.redirects, if it is one to trust.',
      });
    }
    return to;
  }

  const close = async (): Promise<void> => {
    await Promise.all([...outlets.values()].map((outlet) => outlet.close()));
  };

  function headersFor(to: URL, { headers, authorization }: RemoteRequest): Record<string, string> {
    const own = authorization ?? (token === undefined ? undefined : `Bearer ${token}`);
    return {
      'accept-encoding': 'identity',
      'user-agent': 'ancile',
      ...headers,
      ...(own !== undefined && to.origin === base.origin ? { authorization: own } : {}),
    };
  }

  return {
    get(request, sink) {
      let flight: Flight | undefined;
      let over = false;
      const finish = (): void => {
        over = true;
        leave();
      };
      active++;
      const fail = (error: unknown): void => {
        if (over) return;
        finish();
        flight?.abort();
        sink.fail(
          error instanceof AncileError ? error : new AncileError('internal', 'the fetch failed', { cause: error }),
        );
      };
      const go = (to: URL, left: number): void => {
        let mine = true;
        flight = outletTo(to.origin).send(
          { method: 'GET', path: to.pathname + to.search, headers: headersFor(to, request) },
          {
            head(status, answered) {
              if (status < 300 || status > 399 || status === 304) return sink.head(status, answered);
              mine = false;
              flight?.release();
              try {
                if (left === 0) throw new AncileError('upstream_malformed', 'the source sends on and on');
                go(checkRedirect(to, header(answered, 'location')), left - 1);
              } catch (thrown) {
                fail(thrown);
              }
            },
            data: (chunk) => {
              if (mine && !over) sink.data(chunk);
            },
            end: () => {
              if (!mine || over) return;
              finish();
              sink.end();
            },
            fail: (error) => {
              if (mine) fail(error);
            },
          },
        );
      };
      try {
        go(new URL(prefix + request.path, base), MOST_REDIRECTS);
      } catch (thrown) {
        queueMicrotask(() => fail(thrown));
      }
      return {
        pause: () => flight?.pause(),
        resume: () => flight?.resume(),
        abort() {
          if (over) return;
          finish();
          flight?.abort();
        },
      };
    },
    async collect(call, maxBytes) {
      const { path, at, method = 'GET', body } = call;
      const to = at === undefined ? new URL(prefix + path, base) : checkRedirect(base, at);
      const request = { method, path: to.pathname + to.search, headers: headersFor(to, call) };
      const content = typeof body === 'function' ? body() : body;
      return outletTo(to.origin).collect(content === undefined ? request : { ...request, body: content }, maxBytes);
    },
    async retire() {
      if (active > 0) await new Promise<void>((resolve) => (idle = resolve));
      await close();
    },
    close,
  };
}
