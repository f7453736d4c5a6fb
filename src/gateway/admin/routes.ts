// The contract's table as Fastify routes: the same for the owner's socket and for browsers, who differ in how they are
// known. What is refused is refused before a body is read.
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { AncileError, ERROR_TABLE, toAncileError } from '../../base/index.ts';
import { parseJson } from '../../codec/index.ts';
import { API, API_BASE, type ApiName } from '../../contract/index.ts';
import { type Caller, checkPermission } from './actor.ts';
import { renderOpenApi } from './openapi.ts';
import { type Operations, parseInput } from './operation.ts';
import { API_HEADERS } from './security-headers.ts';

const BODY_BYTES = 64 * 1024;
/** What takes whole policy sets or texts takes more; JSON may escape a character as six. */
const LARGER: Partial<Record<ApiName, number>> = {
  checkPolicies: 12_000_000,
  replayPolicies: 12_000_000,
  savePolicies: 12_000_000,
  inspectText: 700_000,
  checkAdmission: 12_000_000,
  addModelEvidence: 12_000_000,
  // A batch holds lines of a log of a few megabytes.
  importLogs: 24_000_000,
};
const MAX_DEPTH = 20;
const RETRY_AFTER_SECONDS = 30;

export interface RouteOptions {
  readonly operations: Operations;
  /** Who asks. @throws AncileError where he may not ask at all */
  readonly identify: (request: FastifyRequest, reply: FastifyReply, name: ApiName) => Caller;
  /** For the operator: a fault that no caller is told the cause of. */
  readonly onFault: (fault: unknown) => void;
  /** Someone was refused what he has no permission for. */
  readonly onForbidden: () => void;
}

/** What was thrown, as what a caller may be told. */
function toReplied(thrown: unknown, onFault: (fault: unknown) => void): AncileError {
  if (thrown instanceof AncileError) {
    if (thrown.status >= 500) onFault(thrown);
    return thrown;
  }
  const { statusCode, code } = thrown as Partial<FastifyError>;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new AncileError('body_too_large', 'the request body is larger than this operation takes');
  }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return new AncileError('request_invalid', 'expected a JSON body', { at: 'content-type' });
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new AncileError('request_invalid', 'the request cannot be read', { cause: thrown });
  }
  onFault(thrown);
  return new AncileError('internal', 'the server failed at this; its log says more', { cause: thrown });
}

/** Answers with an error in the interface's own form. */
export function sendFailure(reply: FastifyReply, thrown: unknown, onFault: (fault: unknown) => void): FastifyReply {
  const { code, message, at, hint, status } = toReplied(thrown, onFault);
  if (ERROR_TABLE[code].retryable) void reply.header('retry-after', RETRY_AFTER_SECONDS);
  return reply.code(status).headers(API_HEADERS).send({ error: { code, message, at, hint } });
}

/** A Fastify application without routes: JSON within bounds, errors in our form, nothing of the framework's own. */
export function createApp(onFault: (fault: unknown) => void): FastifyInstance {
  const app = Fastify({
    bodyLimit: BODY_BYTES,
    exposeHeadRoutes: false,
    return503OnClosing: false,
    routerOptions: { maxParamLength: 200 },
    frameworkErrors: (thrown, _request, reply) => void sendFailure(reply as FastifyReply, thrown, onFault),
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, bytes, done) => {
    try {
      // A client that sends the type with every request sends it without a body too.
      if (bytes.length === 0) done(null, undefined);
      else done(null, parseJson(bytes as Buffer, { maxDepth: MAX_DEPTH, what: 'the request body' }));
    } catch (thrown) {
      done(thrown as Error);
    }
  });
  app.setErrorHandler((thrown, _request, reply) => sendFailure(reply, thrown, onFault));
  app.setNotFoundHandler((_request, reply) =>
    sendFailure(
      reply,
      new AncileError('not_found', 'there is nothing at this address and method', {
        hint: `GET ${API_BASE}/openapi.json describes the interface.`,
      }),
      onFault,
    ),
  );
  return app;
}

/** Adds every operation of the table, and the document that describes them. */
export function addOperations(app: FastifyInstance, options: RouteOptions): void {
  const { operations, identify, onForbidden } = options;
  const callers = new WeakMap<FastifyRequest, Caller>();
  for (const name of Object.keys(API) as ApiName[]) {
    const { method, path, needs } = API[name];
    const run = operations[name] as (input: unknown, caller: Caller) => Promise<unknown>;
    app.route({
      method,
      url: API_BASE + path,
      bodyLimit: LARGER[name] ?? BODY_BYTES,
      async onRequest(request, reply) {
        const caller = identify(request, reply, name);
        try {
          checkPermission(caller.actor, needs);
        } catch (thrown) {
          if (toAncileError(thrown).code === 'forbidden') onForbidden();
          throw thrown;
        }
        callers.set(request, caller);
      },
      async handler(request, reply) {
        const rest = method === 'GET' ? request.query : (request.body ?? {});
        if (typeof rest !== 'object' || rest === null || Array.isArray(rest)) {
          throw new AncileError('request_invalid', 'expected a JSON object');
        }
        const input = parseInput(name, { ...rest, ...(request.params as object) });
        const answer = await run(input, callers.get(request)!);
        return reply.headers(API_HEADERS).send(answer);
      },
    });
  }
  const document = renderOpenApi();
  app.get(`${API_BASE}/openapi.json`, (_request, reply) => reply.headers(API_HEADERS).send(document));
}
