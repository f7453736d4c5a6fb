// Secrets that become parts of headers.
import { AncileError } from '../base/index.ts';
import { readSecret } from '../config/index.ts';
import type { SecretRef } from '../contract/index.ts';

/**
 * @param what - of the secret, for the hint
 * @throws AncileError `config_invalid` naming the field, never the secret
 */
export function readHeaderSecret(ref: SecretRef, at: string, dir: string, what: 'key' | 'token'): string {
  const secret = readSecret(ref, at, dir);
  if (/^[\x21-\x7e]+$/.test(secret)) return secret;
  throw new AncileError('config_invalid', `${at}: the secret holds characters that no header can carry`, {
    at,
    hint: `A ${what} is one word of letters, digits and signs; look for blanks or line ends within it.`,
  });
}

/** Those of these fields that are there. Throws as `readHeaderSecret`. @param at - where the fields are */
export function readHeaderSecrets<K extends string>(
  refs: { readonly [F in K]?: SecretRef | undefined },
  fields: readonly K[],
  at: string,
  dir: string,
  what: 'key' | 'token',
): { [F in K]?: string } {
  const secrets: { [F in K]?: string } = {};
  for (const field of fields) {
    const ref = refs[field];
    if (ref !== undefined) secrets[field] = readHeaderSecret(ref, `${at}.${field}`, dir, what);
  }
  return secrets;
}
