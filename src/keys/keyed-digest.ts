// HMAC-SHA-256 by two one-shot hashes: three digests a request, each at a third of what a Hmac object costs.
import { type KeyObject, createHmac, hash } from 'node:crypto';

const BLOCK = 64;
const DIGEST = 32;
/** Larger contents are worth a Hmac object rather than a copy. */
const MAX_COPIED = 256 * 1024;

/** The key in a block of its own, each byte combined with `pad` (RFC 2104). The key is no longer than a block. */
function padded(key: Buffer, pad: number): Buffer {
  const block = Buffer.alloc(BLOCK, pad);
  for (let i = 0; i < key.length; i++) block[i] = key[i]! ^ pad;
  return block;
}

/** A function from a text (as UTF-8) or bytes to its HMAC-SHA-256 under `key`, in hex. */
export function createKeyedDigest(key: KeyObject): (content: string | Uint8Array) => string {
  const secret = key.export();
  if (secret.length > BLOCK) throw new RangeError('keyed digest: the key is longer than a block');
  const inner = Buffer.alloc(BLOCK + MAX_COPIED);
  padded(secret, 0x36).copy(inner);
  const outer = Buffer.concat([padded(secret, 0x5c), Buffer.alloc(DIGEST)]);
  secret.fill(0);
  return (content) => {
    // A UTF-16 unit takes at most three bytes.
    const most = typeof content === 'string' ? content.length * 3 : content.length;
    if (most > MAX_COPIED) return createHmac('sha256', key).update(content).digest('hex');
    let size = most;
    if (typeof content === 'string') size = inner.write(content, BLOCK);
    else inner.set(content, BLOCK);
    hash('sha256', inner.subarray(0, BLOCK + size), 'buffer').copy(outer, BLOCK);
    return hash('sha256', outer, 'hex');
  };
}

/**
 * A function from a text to 128 bits that only the key's holder can make, in hex: SHA-256 over a secret of one block's
 * length and the text, cut in half (so that it cannot be extended). Cheaper than HMAC, for labels that name a group.
 */
export function createKeyedLabel(digest: (content: string) => string): (text: string) => string {
  const secret = digest('ancile keyed label v1');
  return (text) => hash('sha256', secret + text, 'hex').slice(0, 32);
}
