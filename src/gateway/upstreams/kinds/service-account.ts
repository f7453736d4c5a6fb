// A Google service account: its key file, and the assertion by which it asks for tokens (RFC 7523).
// https://developers.google.com/identity/protocols/oauth2/service-account
import { type KeyObject, createPrivateKey, sign } from 'node:crypto';
import { AncileError } from '../../../base/index.ts';
import { parseJson } from '../../../codec/index.ts';
import { isLoopbackUrl } from '../../exposure.ts';

export interface ServiceAccount {
  readonly email: string;
  readonly keyId: string | undefined;
  readonly key: KeyObject;
  /** Where tokens are to be had. */
  readonly tokenUri: URL;
}

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
/** Seconds that an assertion is good for; Google takes an hour at most. */
const ASSERTION_SECONDS = 3600;
const MIN_RSA_BITS = 2048;

function invalid(at: string, what: string): AncileError {
  return new AncileError('config_invalid', `${at}: ${what}`, {
    at,
    hint: 'Name the JSON key file of a service account, as the Google Cloud console makes it.',
  });
}

function readKey(pem: unknown, at: string): KeyObject {
  let key: KeyObject;
  try {
    if (typeof pem !== 'string') throw new TypeError('no text');
    key = createPrivateKey(pem);
  } catch {
    // What OpenSSL says of it may quote it.
    throw invalid(at, 'private_key is not a private key in PEM form');
  }
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (key.asymmetricKeyType !== 'rsa' || bits < MIN_RSA_BITS) {
    throw invalid(at, `private_key is not an RSA key of ${MIN_RSA_BITS} bits or more`);
  }
  return key;
}

function readTokenUri(value: unknown, at: string): URL {
  const uri = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  const safe = uri?.protocol === 'https:' || (uri?.protocol === 'http:' && isLoopbackUrl(uri));
  if (uri === undefined || !safe || uri.username !== '' || uri.password !== '') {
    throw invalid(at, 'token_uri is not an https address');
  }
  return uri;
}

/** Reads the text of a key file. @throws AncileError `config_invalid`, which quotes nothing of it */
export function parseServiceAccount(text: string, at: string): ServiceAccount {
  const body = parseJson(text, { what: `${at}: the key file`, code: 'config_invalid', maxBytes: 64 * 1024 });
  const file = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  if (file['type'] !== 'service_account') throw invalid(at, 'the file is not the key of a service account');
  const email = file['client_email'];
  if (typeof email !== 'string' || email === '') throw invalid(at, 'client_email is missing');
  const keyId = file['private_key_id'];
  return {
    email,
    keyId: typeof keyId === 'string' ? keyId : undefined,
    key: readKey(file['private_key'], at),
    tokenUri: readTokenUri(file['token_uri'], at),
  };
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** The form that asks for a token. @param now - milliseconds since the epoch */
export function toTokenForm({ email, keyId, key, tokenUri }: ServiceAccount, now: number): string {
  const issued = Math.floor(now / 1000);
  const head = encode({ alg: 'RS256', typ: 'JWT', ...(keyId !== undefined && { kid: keyId }) });
  const claims = encode({ iss: email, scope: SCOPE, aud: tokenUri.href, iat: issued, exp: issued + ASSERTION_SECONDS });
  const signature = sign('RSA-SHA256', Buffer.from(`${head}.${claims}`), key).toString('base64url');
  return new URLSearchParams({ grant_type: GRANT, assertion: `${head}.${claims}.${signature}` }).toString();
}
