// Whether a webhook is from the tracking server: its HMAC over id, time and body, as MLflow makes it.
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** A webhook is good for so long before and after its time, milliseconds: clocks differ, and deliveries are tried again. */
export const HOOK_WINDOW_MS = 5 * 60_000;

const DELIVERY = /^[A-Za-z0-9-]{8,64}$/;
const SIGNATURE = /^v1,([A-Za-z0-9+/]{43}=)$/;
const TIME = /^\d{1,12}$/;

export type HookCheck =
  | { readonly ok: true; readonly delivery: string }
  | { readonly ok: false; readonly reason: 'missing' | 'malformed' | 'mismatch' | 'too_old' };

/** The value of the signature's header. */
export function signHook(body: Uint8Array, secret: string, delivery: string, seconds: string): string {
  const digest = createHmac('sha256', secret).update(`${delivery}.${seconds}.`).update(body).digest('base64');
  return `v1,${digest}`;
}

/**
 * Compares in constant time. That one is not taken twice is for whoever keeps `delivery`.
 * @param body - the bytes as they came
 * @param now - milliseconds since the epoch
 */
export function verifyHook(headers: IncomingHttpHeaders, body: Uint8Array, secret: string, now: number): HookCheck {
  const [signature, delivery, seconds] = ['signature', 'delivery-id', 'timestamp'].map(
    (name) => headers[`x-mlflow-${name}`],
  );
  if (signature === undefined || delivery === undefined || seconds === undefined)
    return { ok: false, reason: 'missing' };
  const fits = [signature, delivery, seconds].every((value) => typeof value === 'string');
  if (!fits || !SIGNATURE.test(String(signature)) || !DELIVERY.test(String(delivery)) || !TIME.test(String(seconds))) {
    return { ok: false, reason: 'malformed' };
  }
  const due = Buffer.from(signHook(body, secret, String(delivery), String(seconds)));
  const given = Buffer.from(String(signature));
  // The signature first: who has no secret learns nothing of our clock.
  if (given.length !== due.length || !timingSafeEqual(given, due)) return { ok: false, reason: 'mismatch' };
  if (Math.abs(now - Number(seconds) * 1000) > HOOK_WINDOW_MS) return { ok: false, reason: 'too_old' };
  return { ok: true, delivery: String(delivery) };
}
