// What lies behind the end of a container: padding, or another file that only some readers find.
import type { Look } from '../../format.ts';
import type { Source } from '../../source.ts';
import { StreamSource, sliceOf } from '../../stream-source.ts';

const BLOCK = 1 << 16;
/** Zeros behind an end that are passed over in search of something else. */
const MOST_PADDING = 64 << 20;

/** The first byte that is not zero at or behind an offset; undefined where there is none. */
function afterPadding(source: Source, from: number): number | undefined {
  for (let at = from; at < from + MOST_PADDING; at += BLOCK) {
    const block = source.read(at, BLOCK);
    const within = block.findIndex((byte) => byte !== 0);
    if (within !== -1) return at + within;
    if (block.length < BLOCK) return undefined;
  }
  return from + MOST_PADDING;
}

/**
 * Looks at what lies behind the end of a container as at a file of its own; padding is none.
 * @param end - of the container
 * @param what - the container, as the report calls it
 */
export function lookBehind(source: Source, end: number, what: string, look: Look): void {
  const at = afterPadding(source, end);
  if (at === undefined) return;
  // The size of a stream is not known before its end, which it need not reach.
  const left = source instanceof StreamSource ? Infinity : source.size - at;
  look.report('archive.trailing', {
    message: `${Number.isFinite(left) ? `${left} bytes stand` : 'more stands'} behind the end of the ${what}`,
    offset: at,
  });
  look.member(`behind the ${what}`, sliceOf(source, at, left));
}
