// Messages as lines (the protocol's stdio form), within bounds on their length.
import { AncileError } from '../../../base/index.ts';
import { parseJson } from '../../../codec/index.ts';
import { type RpcMessage, readMessage } from '../json-rpc.ts';

const NEWLINE = 10;
/** Deepest nesting that is read. */
export const DEPTH_MOST = 64;

export interface LineReader {
  /** @throws AncileError `upstream_malformed` past the bound on a line */
  push(chunk: Buffer): void;
}

/** @param take - given each message; what is no message is told to `reject` */
export function createLineReader(
  maxBytes: number,
  take: (message: RpcMessage) => void,
  reject: (error: AncileError) => void,
): LineReader {
  let parts: Buffer[] = [];
  let size = 0;

  function line(bytes: Buffer): void {
    if (bytes.every((byte) => byte === 32 || byte === 13 || byte === 9)) return;
    let message;
    try {
      message = readMessage(parseJson(bytes, { maxBytes, maxDepth: DEPTH_MOST, what: 'a message' }));
    } catch (thrown) {
      if (!(thrown instanceof AncileError)) throw thrown;
      reject(thrown);
      return;
    }
    take(message);
  }

  const tooLarge = (): AncileError =>
    new AncileError('upstream_malformed', `a message is larger than ${maxBytes} bytes`);

  return {
    push(chunk) {
      let from = 0;
      for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
        const piece = chunk.subarray(from, end);
        from = end + 1;
        if (size + piece.length > maxBytes) throw tooLarge();
        const whole = parts.length === 0 ? piece : Buffer.concat([...parts, piece]);
        parts = [];
        size = 0;
        line(whole);
      }
      const rest = chunk.subarray(from);
      size += rest.length;
      if (size > maxBytes) throw tooLarge();
      if (rest.length > 0) parts.push(rest);
    },
  };
}
