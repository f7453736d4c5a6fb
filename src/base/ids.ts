// Identifiers that sort by time and cannot be guessed.

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const pool = new Uint8Array(1600);
let unused = pool.length;

function randomBytes(count: number): Uint8Array {
  if (unused + count > pool.length) {
    crypto.getRandomValues(pool);
    unused = 0;
  }
  unused += count;
  return pool.subarray(unused - count, unused);
}

function base32(value: number, digits: number): string {
  let out = '';
  for (let i = 0; i < digits; i++) {
    out = ALPHABET[value % 32]! + out;
    value = Math.floor(value / 32);
  }
  return out;
}

/**
 * A new identifier: prefix, 48 bits of milliseconds, 80 random bits, in Crockford's base 32 (a ULID in lower case).
 * @example newId('ex') // 'ex_01kq3v8m2f9x6t4r0w5y7z1abc'
 */
export function newId(prefix: string, now: number = Date.now()): string {
  const bytes = randomBytes(16);
  let tail = '';
  for (let i = 0; i < 16; i++) tail += ALPHABET[bytes[i]! & 31];
  return `${prefix}_${base32(now, 10)}${tail}`;
}

/** `length` random characters of Crockford's base 32: 5 bits each, from the system's generator. For secrets. */
export function randomToken(length: number): string {
  let out = '';
  for (const byte of crypto.getRandomValues(new Uint8Array(length))) out += ALPHABET[byte & 31];
  return out;
}
