// AWS event-stream messages (application/vnd.amazon.eventstream), read from chunks that split anywhere:
// https://docs.aws.amazon.com/lexv2/latest/dg/event-stream-encoding.html
import { AncileError, Gathered } from '../base/index.ts';

export interface AwsMessage {
  /** Headers of the type string, by name; those of other types are checked and left out. */
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: Uint8Array;
}

export interface AwsEventStreamParser {
  /** Messages that this chunk completes. @throws AncileError `upstream_malformed` on a wrong checksum or past a limit */
  push(chunk: Uint8Array): AwsMessage[];
  /** The stream is over. @throws AncileError `upstream_malformed` amid a message */
  end(): void;
}

/** Total length, length of the headers, checksum of both. */
const PRELUDE = 12;
/** The prelude and the checksum over all that is before it. */
const OVERHEAD = 16;
/** The format's own bound. */
const MAX_HEADERS = 128 * 1024;
/** An event of 4,000,000 bytes in base64, with room for what stands around it. */
const MAX_MESSAGE = 6_000_000;
const TYPE_STRING = 7;
/** Bytes of a value of each type; -1: two bytes say how many follow. */
const VALUE_SIZES = [0, 0, 1, 2, 4, 8, -1, -1, 8, 16];

/** The table of CRC-32 (ISO 3309, as gzip uses it), of Node's zlib and every other runtime alike. */
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc >>> 0;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ CRC_TABLE[(crc ^ byte) & 0xff]!;
  return (crc ^ 0xffffffff) >>> 0;
}

function malformed(message: string): AncileError {
  return new AncileError('upstream_malformed', message, {
    hint: 'The upstream does not send an AWS event stream; check its kind and baseUrl.',
  });
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function decodeText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw malformed('a header of the event stream is not valid UTF-8');
  }
}

function readHeaders(bytes: Uint8Array): Record<string, string> {
  const headers: Record<string, string> = Object.create(null) as Record<string, string>;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const need = (count: number): number => {
    const from = at;
    at += count;
    if (at > bytes.length) throw malformed('the headers of an event-stream message are cut short');
    return from;
  };
  while (at < bytes.length) {
    const length = bytes[need(1)]!;
    const start = need(length);
    const name = decodeText(bytes.subarray(start, start + length));
    const type = bytes[need(1)]!;
    const fixed = VALUE_SIZES[type];
    if (fixed === undefined || length === 0)
      throw malformed('a header of the event stream has no name or no known type');
    const size = fixed === -1 ? view.getUint16(need(2)) : fixed;
    const value = need(size);
    if (type !== TYPE_STRING) continue;
    if (name in headers) throw malformed('a header of an event-stream message is given twice');
    headers[name] = decodeText(bytes.subarray(value, value + size));
  }
  return headers;
}

/** A parser of one stream. Both checksums of each message are checked before anything of it is used. */
export function createAwsEventStreamParser(): AwsEventStreamParser {
  const gathered = new Gathered();
  /** Length of the message that is being gathered, once its prelude is there. */
  let total: number | undefined;

  function readPrelude(bytes: Uint8Array): number {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const length = view.getUint32(0);
    if (view.getUint32(8) !== crc32(bytes.subarray(0, 8)))
      throw malformed('the checksum of a message prelude is wrong');
    const headers = view.getUint32(4);
    if (length > MAX_MESSAGE || headers > MAX_HEADERS || length < OVERHEAD + headers) {
      throw malformed(`a message of the event stream is longer than ${MAX_MESSAGE} bytes, or its lengths disagree`);
    }
    return length;
  }

  function readMessage(bytes: Uint8Array): AwsMessage {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const end = bytes.length - 4;
    if (view.getUint32(end) !== crc32(bytes.subarray(0, end))) throw malformed('the checksum of a message is wrong');
    const body = PRELUDE + view.getUint32(4);
    return { headers: readHeaders(bytes.subarray(PRELUDE, body)), payload: bytes.slice(body, end) };
  }

  return {
    push(chunk) {
      const messages: AwsMessage[] = [];
      gathered.add(chunk);
      for (;;) {
        if (total === undefined) {
          if (gathered.size < PRELUDE) return messages;
          total = readPrelude(gathered.take());
        }
        if (gathered.size < total) return messages;
        const bytes = gathered.take();
        messages.push(readMessage(bytes.subarray(0, total)));
        gathered.clear();
        gathered.add(bytes.subarray(total));
        total = undefined;
      }
    },
    end() {
      if (gathered.size > 0) throw malformed('the event stream ends amid a message');
    },
  };
}
