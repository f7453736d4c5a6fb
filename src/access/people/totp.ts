// Time-based one-time codes (RFC 6238): six digits, 30 seconds, SHA-1, which is what every authenticator understands.
import { Secret, TOTP } from 'otpauth';

const PERIOD_S = 30;
/** Steps before and after the present one that are taken: RFC 6238 (5.2) recommends one, for clocks and slow typing. */
const WINDOW = 1;
const SETTINGS = { issuer: 'Ancile', algorithm: 'SHA1', digits: 6, period: PERIOD_S };

/** 160 random bits, base32: the length of the hash, as RFC 4226 (4) recommends. */
export function createTotpSecret(): string {
  return new Secret({ size: 20 }).base32;
}

/** What an authenticator reads from a QR code. */
export function toTotpUri(secret: string, name: string): string {
  return new TOTP({ ...SETTINGS, label: name, secret: Secret.fromBase32(secret) }).toString();
}

/** Whether a text has the form of a code, spaces aside; else it can only be a recovery code. */
export function isTotpCode(text: string): boolean {
  return /^\d{6}$/.test(text.replaceAll(/\s/g, ''));
}

/**
 * The time step whose code this is, among those accepted now and after `last`; a code is good once (RFC 6238, 5.2).
 * @param now - milliseconds since the epoch
 */
export function findTotpStep(secret: string, code: string, now: number, last: number): number | undefined {
  const token = code.replaceAll(/\s/g, '');
  const present = Math.floor(now / 1000 / PERIOD_S);
  const totp = new TOTP({ ...SETTINGS, secret: Secret.fromBase32(secret) });
  for (let step = Math.max(present - WINDOW, last + 1); step <= present + WINDOW; step++) {
    if (totp.validate({ token, timestamp: step * PERIOD_S * 1000, window: 0 }) === 0) return step;
  }
  return undefined;
}
