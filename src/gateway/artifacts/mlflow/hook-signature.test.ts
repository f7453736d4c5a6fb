import { expect, it } from 'vitest';
import { HOOK_WINDOW_MS, signHook, verifyHook } from './hook-signature.ts';

const NOW = Date.parse('2026-01-02T03:04:05Z');
const SECONDS = String(NOW / 1000);
const BODY = Buffer.from('{"entity": "model_version"}');
const ID = '0b4d8a6e-0d3b-4a0e-9c1a-000000000001';
const headers = (secret = 's', id = ID, seconds = SECONDS, body = BODY) => ({
  'x-mlflow-signature': signHook(body, secret, id, seconds),
  'x-mlflow-delivery-id': id,
  'x-mlflow-timestamp': seconds,
});

it('is what MLflow makes of it', () => {
  // By MLflow's own function (mlflow/webhooks/delivery.py), of these values.
  expect(signHook(BODY, 's3cret', ID, '1767323045')).toBe('v1,Udq7CfI8yhH/XZtFCHpLYYwgEj9x0Qw+Z8475yIw7J4=');
});

it('holds within the window, for the bytes, the id and the time that were signed', () => {
  const check = (fields: Record<string, string>, body = BODY, now = NOW) => {
    const result = verifyHook(fields, body, 's', now);
    return result.ok ? result.delivery : result.reason;
  };
  expect(check(headers())).toBe(ID);
  expect(check(headers(), BODY, NOW + HOOK_WINDOW_MS)).toBe(ID);
  expect(check(headers(), BODY, NOW + HOOK_WINDOW_MS + 1000)).toBe('too_old');
  expect(check(headers(), BODY, NOW - HOOK_WINDOW_MS - 1000)).toBe('too_old');
  expect(check(headers('other'))).toBe('mismatch');
  expect(check(headers(), Buffer.from('{}'))).toBe('mismatch');
  expect(check({ ...headers(), 'x-mlflow-delivery-id': `${ID}0` })).toBe('mismatch');
  expect(check({ ...headers(), 'x-mlflow-timestamp': String(Number(SECONDS) + 1) })).toBe('mismatch');
  expect(check({ ...headers(), 'x-mlflow-signature': 'v1,x' })).toBe('malformed');
  expect(check({ ...headers(), 'x-mlflow-timestamp': '1e9' })).toBe('malformed');
  const { 'x-mlflow-signature': _gone, ...unsigned } = headers();
  expect(check(unsigned)).toBe('missing');
});
