// The admin interface and the console for browsers, on the gateway's own port: sessions by cookie, forged requests
// refused, every answer told to be no one else's.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { FastifyRequest } from 'fastify';
import type { AddressOf } from '../client-address.ts';
import type { People } from '../../access/index.ts';
import { AncileError, type Clock, type ErrorCode } from '../../base/index.ts';
import { API, API_BASE, type ApiName } from '../../contract/index.ts';
import { equalSecrets } from '../../keys/index.ts';
import { type Actor, type Caller, checkPermission } from './actor.ts';
import { APPROVAL_HOOK, type AnswerHook, addApprovalHook } from './approval-hook.ts';
import { type ServeConsole, openConsoleFiles } from './console-files.ts';
import { readDeviceCookie, readSessionCookie, renderDeviceCookie, renderSessionCookie } from './cookie.ts';
import type { LiveFeed } from './live-feed.ts';
import { createLiveStreams } from './live-stream.ts';
import type { Operations } from './operation.ts';
import { createPublicLimit } from './public-limit.ts';
import { addOperations, createApp } from './routes.ts';
import { type Site, checkSite, isSecure } from './site.ts';

const CSRF_HEADER = 'x-ancile-csrf';

export interface ControlPlaneParts {
  readonly operations: Operations;
  readonly people: People;
  readonly feed: LiveFeed;
  /** Answers of the approval webhook's service. */
  readonly answerHook: AnswerHook;
  readonly clock: Clock;
  /** Whose address a request comes from: throttles go by it. */
  readonly addressOf: AddressOf;
  /** Asked anew for each request: the configuration may change. `undefined`: the console is switched off. */
  readonly site: () => Site | undefined;
  /** What `vite build` wrote. */
  readonly consoleFolder: string;
  /** Counts what was refused before it became an operation. */
  readonly noteRefusal: (code: ErrorCode) => void;
  readonly onFault: (fault: unknown) => void;
}

export interface ControlPlane {
  /** Answers `/`, `/console/` and `/api/`. */
  readonly handle: RequestListener;
  close(): Promise<void>;
}

/** Makes the control plane; it listens nowhere by itself. */
export async function createControlPlane(parts: ControlPlaneParts): Promise<ControlPlane> {
  const { operations, people, clock, onFault, noteRefusal } = parts;
  const app = createApp(onFault);
  const streams = createLiveStreams(parts.feed);
  const limitPublic = createPublicLimit(clock);
  const serveConsole: ServeConsole = openConsoleFiles(parts.consoleFolder);

  const siteOf = (): Site => {
    const site = parts.site();
    if (site === undefined) throw new AncileError('not_found', 'the console is switched off');
    return site;
  };

  /** Who sends a request, by its cookie; who changes something must also send what only his own page knows. */
  function authenticate(request: FastifyRequest, site: Site): Actor {
    const token = readSessionCookie(request.headers.cookie, isSecure(site));
    const found = token === undefined ? undefined : people.authenticate(token);
    if (token === undefined || found === undefined) return { kind: 'nobody', name: 'nobody' };
    const { id, session } = found;
    const proof = request.headers[CSRF_HEADER];
    if (request.method !== 'GET' && (typeof proof !== 'string' || !equalSecrets(proof, session.csrf))) {
      throw new AncileError('forbidden', 'the request does not prove that the console sent it', {
        at: CSRF_HEADER,
        hint: 'Send the `csrf` of GET /api/v1/session in this header.',
      });
    }
    return { kind: 'person', name: session.user.name, session, sessionId: id, token };
  }

  app.addHook('onRequest', async (request) => {
    // The webhook's service is no browser, and needs no console.
    if (request.routeOptions.url !== APPROVAL_HOOK) siteOf();
  });
  addOperations(app, {
    operations,
    onFault,
    onForbidden: () => noteRefusal('forbidden'),
    identify(request, reply, name: ApiName): Caller {
      const site = siteOf();
      checkSite(request, site);
      const isPublic = API[name].needs === 'public';
      const known = isPublic ? readDeviceCookie(request.headers.cookie, isSecure(site)) : undefined;
      // Behind a proxy that is not trusted every address is the proxy's: strangers there must not keep a browser that has signed in before
      // from signing in again. A cookie that is made up gains a place among strangers in the password's own queue.
      const from = parts.addressOf(request.raw) ?? request.ip;
      if (isPublic) limitPublic(name === 'signIn' && known !== undefined ? known : from);
      // Whoever signs in has no session yet, or one that this one takes the place of.
      const actor: Actor = isPublic ? { kind: 'nobody', name: 'nobody' } : authenticate(request, site);
      return {
        actor,
        from,
        keepToken: (token) => void reply.header('set-cookie', renderSessionCookie(token, isSecure(site))),
        device: {
          token: known,
          keep: (token) => void reply.header('set-cookie', renderDeviceCookie(token, isSecure(site))),
        },
      };
    },
  });

  app.get(`${API_BASE}/live`, (request, reply) => {
    const site = siteOf();
    checkSite(request, site);
    const actor = authenticate(request, site);
    checkPermission(actor, 'traffic.read');
    if (actor.kind !== 'person') throw new AncileError('unauthenticated', 'nobody is signed in');
    streams.open(reply, actor.sessionId, Date.parse(actor.session.until));
  });
  const unsubscribe = people.onSessionEnded(({ id }) => streams.end(id));
  await addApprovalHook(app, parts.answerHook);
  await app.ready();

  return {
    handle(request: IncomingMessage, response: ServerResponse) {
      const path = (request.url ?? '/').split('?', 1)[0]!;
      if (!path.startsWith('/api/') && parts.site() !== undefined && serveConsole(path, request, response)) return;
      app.routing(request, response);
    },
    async close() {
      unsubscribe();
      streams.close();
      parts.feed.close();
      await app.close();
    },
  };
}
