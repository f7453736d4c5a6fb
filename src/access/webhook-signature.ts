// The signature on what a webhook is sent, and on what it answers: HMAC-SHA-256 over a time and the bytes.
import { createHmac, timingSafeEqual } from 'node:crypto';

export const SIGNATURE_HEADER = 'x-ancile-signature';

/** A signature is good for so long before and after its time, milliseconds: clocks differ, and messages travel. */
export const SIGNATURE_WINDOW_MS = 5 * 60_000;

/** `t=SECONDS,v1=HEX`, nothing else: one time and one signature, so that there is no choice of which was meant. */
const FORM = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/;

/** Header fields by lower-case name, as Node gives them. */
export type SignedHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

export type WebhookCheck =
  | { readonly ok: true; readonly signature: string; readonly time: number }
  | { readonly ok: false; readonly reason: 'missing' | 'malformed' | 'too_old' | 'mismatch' };

/** HMAC-SHA-256 over a head (a time, or an id and a time), a dot, and the bytes: what signatures of webhooks are made of. */
export function webhookDigest(secret: string | Buffer, head: string, body: string | Uint8Array): Buffer {
  return createHmac('sha256', secret).update(`${head}.`).update(body).digest();
}

/** The value of the signature header for a body, at a time in milliseconds since the epoch. */
export function signWebhook(body: string | Uint8Array, secret: string, now: number): string {
  const seconds = String(Math.floor(now / 1000));
  return `t=${seconds},v1=${webhookDigest(secret, seconds, body).toString('hex')}`;
}

/**
 * Whether the bytes were signed with the secret within five minutes of `now`. Pure; compares in constant time. That a
 * message is not taken twice is for whoever keeps `signature`.
 * @param body - the bytes as they came, before any parser
 * @param now - milliseconds since the epoch
 */
export function verifyWebhook(
  headers: SignedHeaders,
  body: string | Uint8Array,
  secret: string,
  now: number,
): WebhookCheck {
  const header = headers[SIGNATURE_HEADER];
  if (header === undefined) return { ok: false, reason: 'missing' };
  const match = typeof header === 'string' ? FORM.exec(header) : null;
  if (match === null) return { ok: false, reason: 'malformed' };
  const [, seconds, signature] = match as unknown as [string, string, string];
  // The signature first: who has no secret learns nothing of our clock.
  if (!timingSafeEqual(Buffer.from(signature, 'hex'), webhookDigest(secret, seconds, body))) {
    return { ok: false, reason: 'mismatch' };
  }
  const time = Number(seconds) * 1000;
  if (Math.abs(now - time) > SIGNATURE_WINDOW_MS) return { ok: false, reason: 'too_old' };
  return { ok: true, signature, time };
}
