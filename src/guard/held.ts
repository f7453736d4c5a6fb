// What an approver is shown of a held thing: its texts, those with findings first in line for the room there is.
import type { Finding, HeldText, Segment } from '../contract/index.ts';

/** Characters kept of all texts, and of one in which nothing was found. */
const ALL_MOST = 400_000;
const PLAIN_MOST = 20_000;
/** Of a text with findings, as far behind the last as says what it is about. */
const BEHIND = 2000;
const TEXTS_MOST = 500;

/** The text as far as it is kept, cut between characters. */
function keep({ path, channel, text }: Segment, most: number): HeldText {
  if (text.length <= most) return { path, channel, text };
  const half = (text.charCodeAt(most - 1) & 0xfc00) === 0xd800;
  return { path, channel, text: text.slice(0, half ? most - 1 : most), cut: true };
}

/**
 * The texts of a request or an answer as they are kept for whoever decides, in their order: all of them where there is
 * room, and `cut` where there is not. Offsets of findings hold in them.
 */
export function heldTexts(
  segments: readonly Segment[],
  findings: readonly Pick<Finding, 'segment' | 'end'>[],
): HeldText[] {
  const ends = new Map<string, number>();
  for (const { segment, end } of findings) ends.set(segment, Math.max(ends.get(segment) ?? 0, end));
  // Ids and names are no texts; what the caller says in settings and unknown fields is sent like all else.
  const spoken = segments.filter(
    ({ text, channel, origin, path }) => text !== '' && (channel !== 'metadata' || origin === 'user' || ends.has(path)),
  );
  let room = ALL_MOST;
  const share = (segment: Segment, most: number): HeldText => {
    const held = keep(segment, Math.max(0, Math.min(room, most)));
    room -= held.text.length;
    return held;
  };
  // Texts with findings get their room first, then the newest: they are what is being decided on.
  const kept = new Map<Segment, HeldText>();
  for (const segment of spoken) {
    const end = ends.get(segment.path);
    if (end !== undefined && kept.size < TEXTS_MOST)
      kept.set(segment, share(segment, Math.max(PLAIN_MOST, end + BEHIND)));
  }
  const isSetting = ({ channel }: Segment): boolean => channel === 'metadata';
  const newest = [...spoken].reverse();
  for (const segment of [...newest.filter((each) => !isSetting(each)), ...newest.filter(isSetting)]) {
    if (!kept.has(segment) && kept.size < TEXTS_MOST) kept.set(segment, share(segment, PLAIN_MOST));
  }
  const texts = spoken.flatMap((segment) => kept.get(segment) ?? []);
  // Whoever decides must know that there is more.
  const missing = spoken.length - texts.length;
  return missing === 0
    ? texts
    : [...texts, { path: '', channel: 'metadata', text: `${missing} texts more`, cut: true }];
}
