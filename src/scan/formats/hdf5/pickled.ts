// Whether a value of another format is a pickle: cheap, for millions of them, and rather once too often.

const isOpcodeOfData = (byte: number): boolean =>
  (byte >= 0x20 && byte < 0x7f) || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** @param bytes - whole, without padding */
export function couldBePickle(bytes: Uint8Array): boolean {
  if (bytes.length < 3 || bytes[bytes.length - 1] !== 0x2e) return false;
  const [first, second] = bytes;
  if (first === 0x80 && second! <= 5) return true;
  // Protocols 0 and 1 have no header: an empty or marked container, or a global, as picklers write them first.
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 200)).toString('latin1');
  if (/^c[A-Za-z_][\w.]{0,100}\n[A-Za-z_][\w.]{0,100}\n/.test(head)) return true;
  if (/^\((?:[dlt]?p\d+\n|[dlt]\.|[dlt]$|c[\w.]{1,100}\n|i[\w.]{1,100}\n|[SVIFLKMJX])/.test(head))
    return isOpcodeOfData(bytes[1]!);
  return (
    /^[\]})][q\x94.(r]/.test(head) ||
    (/^[ISVFL][^\n]{0,150}\n(?:p\d+\n)?[.]?/.test(head) && /^[ISVFL][^\n]{0,150}\np\d+\n/.test(head))
  );
}
