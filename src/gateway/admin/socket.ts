// The administrator's door of a running server: HTTP over a Unix socket that only the folder's owner may open (0600).
import { chmodSync, rmSync } from 'node:fs';
import Fastify from 'fastify';
import { z } from 'zod';
import { AncileError, toAncileError } from '../../base/index.ts';
import { parseJson } from '../../codec/index.ts';
import { KeyRequest } from '../../contract/index.ts';
import { type AdminService, RecordQuery } from './service.ts';
import { adminSocketPath } from './socket-path.ts';

const MAX_BODY_BYTES = 64 * 1024;

/** @throws AncileError `request_invalid` naming the field */
function check<T extends z.ZodType>(schema: T, value: unknown): z.infer<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new AncileError('request_invalid', issue.message, { at: issue.path.map(String).join('.') });
}

/** Listens for the administrator of a data folder that this process owns. */
export async function startAdminSocket(dataDir: string, service: AdminService): Promise<{ close(): Promise<void> }> {
  const app = Fastify({ bodyLimit: MAX_BODY_BYTES });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, bytes, done) => {
    try {
      done(null, parseJson(bytes as Buffer, { maxBytes: MAX_BODY_BYTES, what: 'the request body' }));
    } catch (thrown) {
      done(thrown as Error);
    }
  });
  app.setErrorHandler((thrown, _request, reply) => {
    const { code, message, at, hint, status } = toAncileError(thrown);
    return reply.code(status).send({ error: { code, message, at, hint } });
  });
  app.get('/status', () => service.status());
  app.get('/keys', () => service.listKeys());
  app.post('/keys', (request) => service.createKey(check(KeyRequest, request.body)));
  app.post('/keys/:id/revoke', (request) => service.revokeKey(check(z.object({ id: z.string() }), request.params).id));
  app.get('/records', (request) => service.searchRecords(check(RecordQuery, request.query)));
  app.post('/policies/reload', () => service.reloadPolicies());

  const path = adminSocketPath(dataDir);
  // Whoever owns the folder owns the name: what lies there is left from a process that died.
  if (process.platform !== 'win32') rmSync(path, { force: true });
  const before = process.umask(0o177);
  try {
    await app.listen({ path });
  } finally {
    process.umask(before);
  }
  if (process.platform !== 'win32') chmodSync(path, 0o600);
  return { close: () => app.close() };
}
