// The record's place in the ledger, reckoned in this browser: RFC 6962 hashes (SHA-256) and inclusion (RFC 9162, 2.1.3.2).

type Bytes = Uint8Array<ArrayBuffer>;

const HASH_BYTES = 32;

async function sha256(bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

function concat(...parts: readonly Bytes[]): Bytes {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

export function toHex(bytes: Bytes): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The bytes of a SHA-256 in hex; undefined where the text is none. */
export function readHash(hex: string): Bytes | undefined {
  if (!/^[0-9a-f]{64}$/.test(hex)) return undefined;
  return Uint8Array.from({ length: HASH_BYTES }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}

/** SHA-256(0x00 || UTF-8 of the line), hex. */
export async function hashLeaf(line: string): Promise<string> {
  const text = new TextEncoder().encode(line);
  return toHex(await sha256(concat(Uint8Array.of(0), text)));
}

const hashPair = (left: Bytes, right: Bytes): Promise<Bytes> => sha256(concat(Uint8Array.of(1), left, right));

/**
 * The root that a leaf and its audit path lead to, hex; undefined where the path cannot be that of leaf `index` in a
 * tree of `size` leaves.
 */
export async function rootOf(
  leaf: string,
  index: number,
  size: number,
  path: readonly string[],
): Promise<string | undefined> {
  let hash = readHash(leaf);
  if (hash === undefined || !Number.isSafeInteger(index) || index < 0 || index >= size) return undefined;
  let fn = index;
  let sn = size - 1;
  for (const hex of path) {
    const sibling = readHash(hex);
    if (sibling === undefined || sn === 0) return undefined;
    if (fn % 2 === 1 || fn === sn) {
      hash = await hashPair(sibling, hash);
      while (fn % 2 === 0 && fn !== 0) {
        fn = Math.floor(fn / 2);
        sn = Math.floor(sn / 2);
      }
    } else {
      hash = await hashPair(hash, sibling);
    }
    fn = Math.floor(fn / 2);
    sn = Math.floor(sn / 2);
  }
  return sn === 0 ? toHex(hash) : undefined;
}
