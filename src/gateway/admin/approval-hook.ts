// Where the approval webhook's service sends its yes or no: known by its signature, and by nothing else.
import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { API_BASE, type Approval } from '../../contract/index.ts';
import { API_HEADERS } from './security-headers.ts';

export const APPROVAL_HOOK = `${API_BASE}/approvals/:id/webhook`;

const BODY_BYTES = 16 * 1024;

/**
 * Takes a signed answer for one approval. The bytes are those that were signed.
 * @throws AncileError `not_found` without a webhook in the configuration, `unauthenticated`, `request_invalid`, `conflict`
 */
export type AnswerHook = (id: string, headers: IncomingHttpHeaders, body: Buffer) => Promise<Approval>;

export async function addApprovalHook(app: FastifyInstance, answer: AnswerHook): Promise<void> {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('application/json', { parseAs: 'buffer', bodyLimit: BODY_BYTES }, (_, bytes, done) =>
      done(null, bytes),
    );
    scope.post<{ Params: { id: string } }>(APPROVAL_HOOK, async (request, reply) => {
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      return reply.headers(API_HEADERS).send(await answer(request.params.id, request.headers, body));
    });
  });
}
