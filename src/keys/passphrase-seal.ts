// A stream of bytes sealed under a passphrase: nobody reads it without, and nothing of it can be changed, moved or cut
// off unseen.
//
//   header = "ANCILE-SEALED-1\n" || log2 N || r || p || 0 || salt (16) || nonce prefix (7)
//   key    = scrypt(passphrase, salt, N, r, p), 32 bytes                                  (RFC 7914)
//   chunk  = AES-256-GCM(key, nonce = prefix || number (4, big-endian) || 1 for the last else 0, 64 KiB, AAD = header)
//
// The chunks are the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár, CRYPTO 2015): each is authentic at its
// number, and only the last says that it is the last.
import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';
import { AncileError } from '../base/index.ts';

const MAGIC = Buffer.from('ANCILE-SEALED-1\n');
const SALT_BYTES = 16;
const PREFIX_BYTES = 7;
const HEADER_BYTES = MAGIC.length + 4 + SALT_BYTES + PREFIX_BYTES;
const CHUNK_BYTES = 65_536;
const TAG_BYTES = 16;
/** OWASP's first choice for passwords: 128 MB and some tenths of a second for each guess. */
const COST = { log2N: 17, r: 8, p: 1 };
/** What a header may ask of who opens it: a file must not cost more memory than this (256 MB). */
const MAX_LOG2_N = 18;
/** Shorter ones are guessed, whatever the cost of a guess. */
const MIN_PASSPHRASE = 12;

interface Cost {
  readonly log2N: number;
  readonly r: number;
  readonly p: number;
}

function deriveKey(passphrase: string, salt: Buffer, { log2N, r, p }: Cost): Promise<Buffer> {
  const N = 2 ** log2N;
  return new Promise((resolve, reject) => {
    scrypt(passphrase.normalize('NFC'), salt, 32, { N, r, p, maxmem: 256 * N * r }, (fault, key) => {
      if (fault === null) resolve(key);
      else reject(new AncileError('internal', 'a key could not be derived', { cause: fault }));
    });
  });
}

function nonceOf(prefix: Buffer, number: number, last: boolean): Buffer {
  if (number > 0xffff_ffff) throw new RangeError('seal: too long a stream');
  const nonce = Buffer.alloc(PREFIX_BYTES + 5);
  prefix.copy(nonce);
  nonce.writeUInt32BE(number, PREFIX_BYTES);
  nonce[PREFIX_BYTES + 4] = last ? 1 : 0;
  return nonce;
}

/** Chunks of `size` bytes from chunks of any size, with whether each is the last, which may be shorter or empty. */
async function* regroup(
  source: AsyncIterable<Buffer>,
  size: number,
): AsyncGenerator<{ readonly bytes: Buffer; readonly last: boolean }> {
  let held: Buffer[] = [];
  let length = 0;
  for await (const bytes of source) {
    held.push(bytes);
    length += bytes.length;
    if (length <= size) continue;
    // One byte more than a chunk shows that it is not the last.
    let all = Buffer.concat(held);
    while (all.length > size) {
      yield { bytes: all.subarray(0, size), last: false };
      all = all.subarray(size);
    }
    held = [all];
    length = all.length;
  }
  yield { bytes: Buffer.concat(held), last: true };
}

/** Whether bytes begin as a sealed stream does. */
export function isSealed(beginning: Uint8Array): boolean {
  return MAGIC.equals(beginning.subarray(0, MAGIC.length));
}

/**
 * Seals a stream.
 * @throws AncileError `usage` for a passphrase of fewer than 12 characters
 */
export async function* sealStream(
  passphrase: string,
  source: AsyncIterable<Buffer>,
  cost: Cost = COST,
): AsyncGenerator<Buffer> {
  if (passphrase.length < MIN_PASSPHRASE) {
    throw new AncileError('usage', `a passphrase has at least ${MIN_PASSPHRASE} characters`, {
      at: 'passphrase',
      hint: 'Take several words, or 32 random characters, and keep them apart from the backup.',
    });
  }
  const salt = randomBytes(SALT_BYTES);
  const prefix = randomBytes(PREFIX_BYTES);
  const header = Buffer.concat([MAGIC, Buffer.from([cost.log2N, cost.r, cost.p, 0]), salt, prefix]);
  const key = await deriveKey(passphrase, salt, cost);
  yield header;
  let number = 0;
  for await (const { bytes, last } of regroup(source, CHUNK_BYTES)) {
    const cipher = createCipheriv('aes-256-gcm', key, nonceOf(prefix, number++, last), { authTagLength: TAG_BYTES });
    cipher.setAAD(header);
    yield Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
  }
}

function readCost(header: Buffer): Cost {
  const [log2N = 0, r = 0, p = 0, zero] = header.subarray(MAGIC.length, MAGIC.length + 4);
  if (log2N < 14 || log2N > MAX_LOG2_N || r !== 8 || p < 1 || p > 4 || zero !== 0)
    throw unopened('has a header of another form');
  return { log2N, r, p };
}

function unopened(what: string): AncileError {
  return new AncileError('request_invalid', `the sealed file ${what}`, {
    at: 'passphrase',
    hint: 'Check the passphrase; where it is right, the file was cut short or changed: take another copy of it.',
  });
}

/**
 * Opens a sealed stream. What it has given is authentic; that it is all is known when it ends.
 * @throws AncileError `request_invalid` where the passphrase is wrong, or anything was changed, moved or cut off
 */
export async function* openSealedStream(passphrase: string, source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let header: Buffer | undefined;
  const body = async function* (): AsyncGenerator<Buffer> {
    let begun: Buffer = Buffer.alloc(0);
    for await (const bytes of source) {
      if (header !== undefined) {
        yield bytes;
        continue;
      }
      begun = Buffer.concat([begun, bytes]);
      if (begun.length < HEADER_BYTES) continue;
      header = begun.subarray(0, HEADER_BYTES);
      yield begun.subarray(HEADER_BYTES);
    }
  };
  let key: Buffer | undefined;
  let number = 0;
  for await (const { bytes, last } of regroup(body(), CHUNK_BYTES + TAG_BYTES)) {
    if (header === undefined || !isSealed(header) || bytes.length < TAG_BYTES) throw unopened('ends too early');
    key ??= await deriveKey(passphrase, header.subarray(MAGIC.length + 4, -PREFIX_BYTES), readCost(header));
    const nonce = nonceOf(header.subarray(-PREFIX_BYTES), number++, last);
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(header);
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    const opened = decipher.update(bytes.subarray(0, -TAG_BYTES));
    try {
      decipher.final();
    } catch {
      throw unopened(number === 1 ? 'does not open with this passphrase' : 'was changed or cut short');
    }
    yield opened;
  }
}
