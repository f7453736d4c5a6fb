// Webhooks as the Standard Webhooks specification has them: an id that stays, a time, a signature over both and the body.
import { webhookDigest } from '../../access/index.ts';
import { AncileError, type Clock, systemClock } from '../../base/index.ts';
import type { ExportEvent } from '../../contract/index.ts';
import { toValue } from '../formats/line.ts';
import { createHttpDoor } from '../http-door.ts';
import type { SettingsOf } from '../settings.ts';
import type { Sink } from '../sink.ts';
import { oneByOne } from './one-by-one.ts';

const PREFIX = 'whsec_';
/** Requests at a time. */
const AT_ONCE = 4;

/** The key of a secret. @throws AncileError `config_invalid` unless it is `whsec_` and 24 to 64 bytes in base64 */
export function readWebhookKey(secret: string, at: string): Buffer {
  const text = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : '';
  const key = /^[A-Za-z0-9+/]+={0,2}$/.test(text) ? Buffer.from(text, 'base64') : Buffer.alloc(0);
  if (key.length >= 24 && key.length <= 64) return key;
  throw new AncileError('config_invalid', `${at}: expected ${PREFIX} and 24 to 64 bytes in base64`, {
    at,
    hint: `Make one: echo "${PREFIX}$(openssl rand -base64 32)".`,
  });
}

/** The headers of a message, at a time in milliseconds since the epoch. */
export function webhookHeaders(id: string, body: string, key: Buffer, now: number): Record<string, string> {
  const seconds = String(Math.floor(now / 1000));
  return {
    'webhook-id': id,
    'webhook-timestamp': seconds,
    'webhook-signature': `v1,${webhookDigest(key, `${id}.${seconds}`, body).toString('base64')}`,
  };
}

/** @throws AncileError `config_invalid` for a secret that is none */
export function createWebhookSink(
  { name, config, secret, ca }: SettingsOf<'webhook'>,
  clock: Clock = systemClock,
): Sink {
  const key = readWebhookKey(secret ?? '', `export.sinks.${name}.secret`);
  const door = createHttpDoor({ url: config.url, ca, timeout: config.timeout, connections: AT_ONCE });
  const post = async (event: ExportEvent): ReturnType<typeof door.post> => {
    const data = toValue(event, config.format);
    const body = JSON.stringify({ type: `ancile.${event.kind}`, timestamp: event.time, data });
    const answer = await door.post({ body, headers: webhookHeaders(event.id, body, key, clock()) });
    // What the specification has a receiver say who wants no more of them.
    return answer.status === 410 ? { ...answer, fate: { state: 'gone', reason: 'status 410, gone' } } : answer;
  };
  return {
    most: 50,
    target: door.target,
    deliver: (events) => oneByOne(events, AT_ONCE, post),
    close: () => door.close(),
  };
}
