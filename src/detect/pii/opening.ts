// From where on a text that goes on may hold personal data whose end has not come.
import { settledText } from '../open-end.ts';
import { toPartialPattern } from '../partial.ts';
import type { TextView } from '../view.ts';
import { anchorsOf } from './anchors.ts';
import { startOfLocal } from './email.ts';
import { openBirthDate } from './ids-by-name.ts';
import { MATCH_REACH, type Anchor, type PiiKind } from './kind.ts';
import { startOfAddress } from './network.ts';
import { startOf } from './phone.ts';

/** Two letters and a space at the end: of the kinds that begin so, the digits may follow. */
const SET_APART = /(?<![A-Za-z0-9])[A-Za-z]{2} $/;
const PHONE_SIGN = /\+?\(?$/;

/** What no number and no address has in it: nothing that began before such a character is open. */
const BARRIER = /[^0-9A-Za-z .,/()+:@年月日-]/g;

/** The place behind the last barrier among the last `MATCH_REACH` characters. */
function behindBarrier(text: string): number {
  const least = Math.max(0, text.length - MATCH_REACH);
  let place = least;
  BARRIER.lastIndex = least;
  for (let hit = BARRIER.exec(text); hit !== null; hit = BARRIER.exec(text)) place = BARRIER.lastIndex;
  return place;
}

/** One pattern an anchor: where it matches, at least one kind is open. */
function openingsOf(kinds: readonly PiiKind[]): Readonly<Record<Anchor, RegExp>> {
  const of = (anchor: Anchor): RegExp => {
    const shapes = kinds.filter((kind) => kind.anchors.includes(anchor)).flatMap((kind) => kind.shapes);
    return new RegExp(shapes.map((shape) => toPartialPattern(shape.source)).join('|'), 'yi');
  };
  return { digit: of('digit'), letter: of('letter'), at: of('at'), colon: of('colon') };
}

/** Makes the search for matches that are open at the end of a text. */
export function findOpenings(kinds: readonly PiiKind[]): (view: TextView) => number {
  const openings = openingsOf(kinds);
  return (view) => {
    const { folded, lower, length } = settledText(view);
    // The last word may become an address, or a number that begins with letters.
    let open = Math.min(startOfLocal(folded, length), openBirthDate(lower));
    open = Math.min(open, SET_APART.exec(folded)?.index ?? open, PHONE_SIGN.exec(folded)!.index);
    anchorsOf(folded, behindBarrier(folded), (anchor, at) => {
      const place = anchor === 'colon' ? startOfAddress(lower, at) : at;
      if (place < 0) return;
      const pattern = openings[anchor];
      pattern.lastIndex = place;
      if (!pattern.test(folded)) return;
      const start = anchor === 'at' ? startOfLocal(folded, at) : anchor === 'digit' ? startOf(folded, at) : place;
      open = Math.min(open, start);
    });
    return open;
  };
}
