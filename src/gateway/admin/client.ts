// The other end of the administrator's socket.
import { Client } from 'undici';
import { z } from 'zod';
import { AncileError, ERROR_TABLE, type ErrorCode, systemCode } from '../../base/index.ts';
import { parseJson } from '../../codec/index.ts';
import { KeyInfo, LedgerRecord } from '../../contract/index.ts';
import type { StoredRecord } from '../../ledger/index.ts';
import { AdminStatus, type AdminService, CreatedKey, Reloaded } from './service.ts';
import { adminSocketPath } from './socket-path.ts';

const Failure = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    at: z.string().optional(),
    hint: z.string().optional(),
  }),
});

function toError(body: unknown): AncileError {
  const parsed = Failure.safeParse(body);
  if (!parsed.success) return new AncileError('internal', 'the server answered in a form of another version');
  const { code, message, at, hint } = parsed.data.error;
  return new AncileError(Object.hasOwn(ERROR_TABLE, code) ? (code as ErrorCode) : 'internal', message, {
    ...(at === undefined ? {} : { at }),
    ...(hint === undefined ? {} : { hint }),
  });
}

const Records = z.array(
  z.custom<StoredRecord>(
    (value) => typeof value === 'object' && value !== null && 'seq' in value && LedgerRecord.safeParse(value).success,
  ),
);

/** The service of the server that owns a data folder, or undefined where none listens. */
export async function createAdminClient(
  dataDir: string,
): Promise<(AdminService & { close(): Promise<void> }) | undefined> {
  const client = new Client('http://localhost', { socketPath: adminSocketPath(dataDir) });

  async function ask<T extends z.ZodType>(
    schema: T,
    method: 'GET' | 'POST',
    path: string,
    body?: unknown,
  ): Promise<z.infer<T>> {
    const answer = await client.request({
      method,
      path,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await answer.body.text();
    const value = parseJson(text, { maxDepth: 200, maxBytes: 256_000_000, what: "the server's answer" });
    if (answer.statusCode !== 200) throw toError(value);
    return schema.parse(value);
  }

  const service: AdminService & { close(): Promise<void> } = {
    status: () => ask(AdminStatus, 'GET', '/status'),
    listKeys: () => ask(z.array(KeyInfo), 'GET', '/keys'),
    createKey: (request) => ask(CreatedKey, 'POST', '/keys', request),
    revokeKey: (id) => ask(KeyInfo, 'POST', `/keys/${encodeURIComponent(id)}/revoke`),
    searchRecords(query) {
      const defined = Object.entries(query).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, String(value)] as [string, string]],
      );
      return ask(Records, 'GET', `/records?${new URLSearchParams(defined).toString()}`);
    },
    reloadPolicies: () => ask(Reloaded, 'POST', '/policies/reload'),
    close: () => client.close(),
  };
  try {
    await service.status();
    return service;
  } catch (thrown) {
    await client.destroy();
    // Nobody listens: the folder is free, or its owner is on the way up or down (opening it will tell).
    if (['ENOENT', 'ECONNREFUSED'].includes(systemCode(thrown) ?? '')) return undefined;
    throw thrown;
  }
}
