// Secrets that are handed out once and stored as digests: session tokens and one-time links.
import { createHmac, randomBytes } from 'node:crypto';

/** 256 random bits, base64url. */
export function createSecretToken(): string {
  return randomBytes(32).toString('base64url');
}

/**
 * What a session's holder sends along to prove that his own page asked (OWASP: a token bound to the session). Made from
 * the token, so that nothing else need be kept and a copy of the store does not help to make one.
 */
export function csrfToken(token: string): string {
  return createHmac('sha256', token).update('ancile csrf v1').digest('base64url');
}
