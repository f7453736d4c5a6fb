// A small writer of zip archives for tests: every field of both descriptions of a member can be made wrong.
import { crc32, deflateRawSync } from 'node:zlib';

export interface ZipPart {
  readonly name: string;
  readonly content: Uint8Array | string;
  readonly deflated?: boolean;
  /** Content as it is packed, by another method than these. */
  readonly packed?: { readonly method: number; readonly data: Uint8Array };
  /** Of the directory alone. */
  readonly flags?: number;
  /** Of the local header alone. */
  readonly localName?: string;
  readonly localFlags?: number;
  readonly localMethod?: number;
  readonly localSize?: number;
  /** Extra fields of both. */
  readonly extra?: Uint8Array;
  /** Bytes in front of the local header. */
  readonly gap?: Uint8Array;
  readonly crc?: number;
  /** Unix mode, such as 0o120777 of a link. */
  readonly mode?: number;
  /** Leaves the member out of the directory. */
  readonly hidden?: boolean;
}

export function writeZip(parts: readonly ZipPart[]): Buffer {
  const body: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const part of parts) {
    const plain = Buffer.from(part.content as Uint8Array);
    const data = part.packed?.data ?? (part.deflated === true ? deflateRawSync(plain) : plain);
    const method = part.packed?.method ?? (part.deflated === true ? 8 : 0);
    const extra = Buffer.from(part.extra ?? []);
    const crc = part.crc ?? crc32(plain);
    const header = (name: Buffer, flags: number, method: number, size: number): Buffer => {
      const fields = Buffer.alloc(26);
      fields.writeUInt16LE(20, 0);
      fields.writeUInt16LE(flags, 2);
      fields.writeUInt16LE(method, 4);
      fields.writeUInt32LE(crc, 10);
      fields.writeUInt32LE(data.length, 14);
      fields.writeUInt32LE(size, 18);
      fields.writeUInt16LE(name.length, 22);
      fields.writeUInt16LE(extra.length, 24);
      return fields;
    };
    const name = Buffer.from(part.name);
    const localName = Buffer.from(part.localName ?? part.name);
    const gap = Buffer.from(part.gap ?? []);
    at += gap.length;
    const local = Buffer.concat([
      Buffer.from('PK\u0003\u0004'),
      header(localName, part.localFlags ?? part.flags ?? 0, part.localMethod ?? method, part.localSize ?? plain.length),
      localName,
      extra,
      data,
    ]);
    if (part.hidden !== true) {
      const tail = Buffer.alloc(14);
      tail.writeUInt32LE(((part.mode ?? 0) << 16) >>> 0, 6);
      tail.writeUInt32LE(at, 10);
      directory.push(
        Buffer.concat([
          Buffer.from('PK\u0001\u0002'),
          Buffer.from([20, 3]),
          header(name, part.flags ?? 0, method, plain.length),
          tail,
          name,
          extra,
        ]),
      );
    }
    body.push(gap, local);
    at += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\u0005\u0006', 0, 'latin1');
  end.writeUInt16LE(directory.length, 8);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...body, central, end]);
}
