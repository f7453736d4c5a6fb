// Where an MLflow tracking server sends its webhooks. Who has no signature gets nothing done.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { AncileError, systemClock } from '../../../base/index.ts';
import { parseJson } from '../../../codec/index.ts';
import { readSmallBody } from '../../small-body.ts';
import type { FrontParts } from '../front.ts';
import { verifyHook } from './hook-signature.ts';
import { isMlflowSource } from './source.ts';

const MOST_BODY = 1_000_000;
const Text = z.string().min(1).max(500);
const Version = z.union([Text, z.int().nonnegative()]).transform(String);

const Payload = z.object({ entity: Text, action: Text, data: z.unknown() });
const Created = z.object({ name: Text, version: Version });
const AliasCreated = Created.extend({ alias: Text });

function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new AncileError('request_invalid', "the webhook is not in the form of MLflow's");
}

function answer(response: ServerResponse, status: number, said: string): void {
  const body = JSON.stringify({ status: said });
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

/**
 * Answers what comes below `/hooks/mlflow`.
 * @param target - the rest of the request's target: `/NAME`
 * @throws AncileError `unauthenticated` for every signature that does not hold, whatever is wrong with it
 */
export async function handleMlflowHook(
  parts: FrontParts,
  target: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const unsigned = new AncileError('unauthenticated', 'the webhook is not signed as it should be', {
    hint: 'The secret of the webhook in MLflow and artifacts.sources.*.webhook.secret must be the same, and the clocks near.',
  });
  const name = target.split('?', 1)[0]!.slice(1);
  const source = parts.sources().get(name);
  const secret = isMlflowSource(source) ? source.hook?.secret : undefined;
  // Whether there is such a source is nobody's affair who cannot sign.
  if (secret === undefined || request.method !== 'POST') throw unsigned;
  const body = await readSmallBody(request, MOST_BODY);
  const check = verifyHook(request.headers, body, secret, systemClock());
  if (!check.ok) throw unsigned;
  const value = parseJson(body, { maxBytes: MOST_BODY, what: 'the webhook' });
  const { entity, action, data } = parse(Payload, value);
  const told = `${entity}.${action}`;
  const event = { source: name, delivery: check.delivery };
  switch (told) {
    case 'model_version.created':
      return answer(response, 202, await parts.hooks.take({ ...event, event: told, ...parse(Created, data) }));
    case 'model_version_alias.created':
      return answer(response, 202, await parts.hooks.take({ ...event, event: told, ...parse(AliasCreated, data) }));
    default:
      // Of no matter here: what is registered without a version, tags, what is taken away.
      return answer(response, 200, 'ignored');
  }
}
