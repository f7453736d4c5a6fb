// What a node sent, checked as far as it can be without knowing what came before: its form, its signature, its lines.
import { AncileError, isObject } from '../../base/index.ts';
import { parseJson } from '../../codec/index.ts';
import { LedgerRecord, type RecordBody } from '../../contract/index.ts';
import { WITHHELD } from '../../export/index.ts';
import type { PublicKey } from '../../keys/index.ts';
import { ForwardNote, batchDigest, leafOf, verifyForward } from '../../ledger/index.ts';

export const BODY_BYTES = 4_500_000;
const NOTE_BYTES = 32_768;
const LINES_MOST = 1000;
const DEPTH = 60;

export interface Batch {
  readonly note: ForwardNote;
  readonly lines: readonly { readonly bytes: Buffer; readonly leaf: Buffer }[];
}

function malformed(what: string): AncileError {
  return new AncileError('request_invalid', `the batch ${what}`);
}

function* splitLines(body: Buffer): Generator<Buffer> {
  for (let at = 0; at < body.length;) {
    const end = body.indexOf(10, at);
    if (end === -1) throw malformed('does not end with a line');
    yield body.subarray(at, end);
    at = end + 1;
  }
}

/** @throws AncileError `request_invalid`, `unauthenticated` where this key did not sign it as it is */
export function readBatch(body: Buffer, key: PublicKey): Batch {
  const [first, ...rest] = splitLines(body);
  if (first === undefined || first.length > NOTE_BYTES || rest.length > LINES_MOST) throw malformed('is out of bounds');
  const parsed = ForwardNote.safeParse(parseJson(first, { maxDepth: 4, what: 'the note' }));
  if (!parsed.success) throw malformed('begins with no note');
  const note = parsed.data;
  if (!verifyForward(note, key))
    throw new AncileError('unauthenticated', 'the batch is not signed by the key it names');
  const withheld = new RegExp(`^${WITHHELD}[0-9a-f]{64}$`);
  const lines = rest.map((bytes) => {
    const isHash = bytes.length === 65 && withheld.test(bytes.toString('latin1'));
    return { bytes, leaf: isHash ? Buffer.from(bytes.toString('latin1', 1), 'hex') : leafOf(bytes) };
  });
  // The signature is over the lines too: what somebody changed on the way is no word of the node.
  if (note.size - note.from !== lines.length || batchDigest(lines.map(({ leaf }) => leaf)) !== note.batch) {
    throw new AncileError('unauthenticated', 'the lines of the batch are not those that were signed');
  }
  return { note, lines };
}

/** A line as a record of this ledger. @throws AncileError `request_invalid` where it is no line of a ledger */
export function toForwarded(
  node: string,
  seq: number,
  { bytes, leaf }: Batch['lines'][number],
): Extract<RecordBody, { kind: 'forwarded' }> {
  const origin = { node, seq, digest: leaf.toString('hex') };
  if (bytes[0] === WITHHELD.charCodeAt(0)) return { kind: 'forwarded', origin, unread: 'size' };
  const record = parseJson(bytes, { maxDepth: DEPTH, maxBytes: BODY_BYTES, what: `record ${seq}` });
  // Written again it is the same line: whoever has this ledger can make the digest anew.
  if (!isObject(record) || record['seq'] !== seq || JSON.stringify(record) !== bytes.toString('utf8')) {
    throw malformed(`holds a line that is not record ${seq} of a ledger`);
  }
  const body = { kind: 'forwarded' as const, origin, record };
  return LedgerRecord.safeParse(record).success ? body : { ...body, unread: 'form' };
}
