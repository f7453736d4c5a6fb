// Pictures in PNG, by their chunks: what stands behind the last one is no part of the picture, and looked at as whatever it is.
import type { Format, Look } from '../format.ts';
import type { Source } from '../source.ts';
import { StreamSource, sliceOf } from '../stream-source.ts';

const SIGNATURE = '\x89PNG\r\n\x1a\n';
/** Length and type in front of a chunk; with the checksum behind it. */
const HEAD = 8;
const AROUND = 12;

/** Where the picture ends: behind its last chunk, or where something else than a chunk stands. */
function endOf(source: Source, look: Look): number {
  for (let at = SIGNATURE.length; ;) {
    look.budget.step();
    const head = Buffer.from(source.read(at, HEAD));
    const type = head.toString('latin1', 4);
    if (head.length < HEAD || !/^[A-Za-z]{4}$/.test(type)) return at;
    at += AROUND + head.readUInt32BE(0);
    if (type === 'IEND') return at;
  }
}

export const PNG: Format = {
  id: 'image',
  match: ({ text }) => (text.startsWith(SIGNATURE) ? 'likely' : false),
  scan(source, look) {
    const end = endOf(source, look);
    const behind = source.read(end, HEAD);
    if (behind.every((byte) => byte === 0)) return;
    const left = source instanceof StreamSource ? Infinity : source.size - end;
    look.member('behind the picture', sliceOf(source, end, left), 'data');
  },
};
