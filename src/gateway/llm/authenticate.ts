// Who asks: a virtual key as each dialect's clients send it in a header (one in the address would end up in logs). One
// answer for every kind of wrong key.
import type { IncomingMessage } from 'node:http';
import { type AccessKey, type KeyRing, toFrozen } from '../../access/index.ts';
import { AncileError } from '../../base/index.ts';

function readToken(request: Pick<IncomingMessage, 'headers'>): string | undefined {
  const { authorization } = request.headers;
  // Some clients of Hugging Face take no token that does not begin with hf_.
  if (authorization !== undefined) return /^Bearer +(?:hf_(?=ancile_))?(\S+)$/i.exec(authorization)?.[1];
  const apiKey = request.headers['x-api-key'] ?? request.headers['x-goog-api-key'];
  return typeof apiKey === 'string' ? apiKey : undefined;
}

/** @throws AncileError `frozen`; `unauthenticated`: it does not tell an unknown key from a revoked or expired one */
export function authenticate(keys: KeyRing, request: Pick<IncomingMessage, 'headers'>): AccessKey {
  const token = readToken(request);
  if (token === undefined) {
    throw new AncileError('unauthenticated', 'no key was given', {
      hint: 'Send a key made with `ancile key create` as "Authorization: Bearer ...", "x-api-key: ..." or "x-goog-api-key: ...".',
    });
  }
  const result = keys.authenticate(token);
  if (result.ok) return result.key;
  if (result.reason === 'frozen') throw toFrozen();
  throw new AncileError('unauthenticated', 'the key is not valid', {
    hint: 'It may be mistyped, expired or revoked; `ancile key list` shows the keys there are.',
  });
}
