// The secret that a caller presents: how it is made, told apart from a typo, and digested.
import { hash } from 'node:crypto';
import { randomToken } from '../base/index.ts';

const PREFIX = 'ancile_';
const SECRET_LENGTH = 40;
const CHECKSUM_LENGTH = 6;
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const SHAPE = /^ancile_[0-9a-hjkmnp-tv-z]{46}$/;

/** 30 bits of the SHA-256 of the secret part: a typo passes once in a thousand million. It protects nothing else. */
function checksum(secret: string): string {
  const digest = hash('sha256', PREFIX + secret, 'buffer');
  let out = '';
  for (let i = 0; i < CHECKSUM_LENGTH; i++) out += ALPHABET[digest[i]! & 31];
  return out;
}

/** A new key: prefix (so that secret scanners know it), 200 random bits, checksum. */
export function createToken(): string {
  const secret = randomToken(SECRET_LENGTH);
  return PREFIX + secret + checksum(secret);
}

/** Whether a text has the form of a key, checksum included. Looks at no more than the length of one. */
export function isToken(text: string): boolean {
  if (text.length !== PREFIX.length + SECRET_LENGTH + CHECKSUM_LENGTH || !SHAPE.test(text)) return false;
  const secret = text.slice(PREFIX.length, PREFIX.length + SECRET_LENGTH);
  return checksum(secret) === text.slice(-CHECKSUM_LENGTH);
}

/**
 * What is stored in a key's place: its SHA-256, hex. A slow hash would add nothing: it makes guessing dear where
 * people choose the secret, and 200 random bits cannot be guessed at any speed; it would only slow each request.
 */
export function tokenDigest(token: string): string {
  return hash('sha256', token, 'hex');
}
