// Writes AWS event-stream messages, for the tests of reading them. Checksums are zlib's, not those of the reader.
import { crc32 } from 'node:zlib';

function uint(size: 1 | 2 | 4, value: number): Buffer {
  const bytes = Buffer.alloc(size);
  bytes.writeUIntBE(value, 0, size);
  return bytes;
}

export function encodeHeader(name: string, type: number, value: Buffer): Buffer {
  return Buffer.concat([uint(1, Buffer.byteLength(name)), Buffer.from(name), uint(1, type), value]);
}

export function encodeMessage(headers: Readonly<Record<string, string>>, payload: Uint8Array, more?: Buffer): Buffer {
  const fields = Object.entries(headers).map(([name, value]) =>
    encodeHeader(name, 7, Buffer.concat([uint(2, Buffer.byteLength(value)), Buffer.from(value)])),
  );
  const block = Buffer.concat([...fields, more ?? Buffer.alloc(0)]);
  const prelude = Buffer.concat([uint(4, 16 + block.length + payload.length), uint(4, block.length)]);
  const head = Buffer.concat([prelude, uint(4, crc32(prelude)), block, payload]);
  return Buffer.concat([head, uint(4, crc32(head))]);
}

/** An event of a Bedrock stream, as InvokeModelWithResponseStream frames it. */
export function encodeBedrockEvent(event: unknown): Buffer {
  const bytes = Buffer.from(JSON.stringify(event)).toString('base64');
  const headers = { ':event-type': 'chunk', ':content-type': 'application/json', ':message-type': 'event' };
  return encodeMessage(headers, Buffer.from(JSON.stringify({ bytes, p: 'abcdefgh' })));
}
