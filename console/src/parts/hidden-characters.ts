// Outside text as it is, with nothing hidden in it: control, bidirectional and invisible characters are told apart.

/** A stretch of plain text, or one character that is not to be seen by itself. */
export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'hidden'; readonly text: string; readonly label: string; readonly name: string };

/** Names of those that are met in attacks; the rest go by their number (Unicode 16, names of the code charts). */
const NAMES: Readonly<Record<number, string>> = {
  0x00: 'null',
  0x07: 'bell',
  0x08: 'backspace',
  0x09: 'tab',
  0x0a: 'line feed',
  0x0d: 'carriage return',
  0x1b: 'escape',
  0x7f: 'delete',
  0xa0: 'no-break space',
  0xad: 'soft hyphen',
  0x34f: 'combining grapheme joiner',
  0x61c: 'Arabic letter mark',
  0x115f: 'Hangul choseong filler',
  0x1160: 'Hangul jungseong filler',
  0x180e: 'Mongolian vowel separator',
  0x200b: 'zero width space',
  0x200c: 'zero width non-joiner',
  0x200d: 'zero width joiner',
  0x200e: 'left-to-right mark',
  0x200f: 'right-to-left mark',
  0x2028: 'line separator',
  0x2029: 'paragraph separator',
  0x202a: 'left-to-right embedding',
  0x202b: 'right-to-left embedding',
  0x202c: 'pop directional formatting',
  0x202d: 'left-to-right override',
  0x202e: 'right-to-left override',
  0x2060: 'word joiner',
  0x2066: 'left-to-right isolate',
  0x2067: 'right-to-left isolate',
  0x2068: 'first strong isolate',
  0x2069: 'pop directional isolate',
  0x3164: 'Hangul filler',
  0xfeff: 'byte order mark',
  0xfffd: 'replacement character',
};

// Controls, formats, surrogates without their half, private use and unassigned; blanks that are not the space; fillers;
// variation selectors, which carry bytes unseen.
const HIDDEN =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\u00a0\u034f\u115f\u1160\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\u3164\uffa0\ufffd\u{fe00}-\u{fe0f}\u{e0100}-\u{e01ef}]/gu;

/** Parts of an emoji that stands as one picture: no secret is in them. */
const EMOJI_JOINED =
  /\p{Extended_Pictographic}\p{Emoji_Modifier}?\ufe0f?(?:\u200d\p{Extended_Pictographic}\p{Emoji_Modifier}?\ufe0f?)*/gu;

const SHORT: Readonly<Record<number, string>> = { 0x09: '⇥', 0x0a: '⏎', 0x0d: '␍', 0xa0: '⍽', 0x3000: '⍽' };

function hidden(text: string): Piece {
  const code = text.codePointAt(0)!;
  const number = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  const name = NAMES[code];
  return {
    kind: 'hidden',
    text,
    label: SHORT[code] ?? number,
    name: name === undefined ? number : `${number} ${name}`,
  };
}

function emojiSpans(text: string): (readonly [start: number, end: number])[] {
  return [...text.matchAll(EMOJI_JOINED)].map((match) => [match.index, match.index + match[0].length]);
}

/**
 * Splits a text so that everything in it can be shown. Joined, the pieces' texts are the text.
 * @param keep - line feeds and tabs stay text, for where they are shown as such
 */
export function revealHidden(text: string, keep = false): Piece[] {
  const pieces: Piece[] = [];
  const emoji = emojiSpans(text);
  let span = 0;
  let from = 0;
  for (const match of text.matchAll(HIDDEN)) {
    const at = match.index;
    if (keep && (match[0] === '\n' || match[0] === '\t')) continue;
    while (span < emoji.length && emoji[span]![1] <= at) span++;
    const picture = emoji[span];
    if (picture !== undefined && picture[0] < at && (match[0] === '\ufe0f' || match[0] === '\u200d')) continue;
    if (at > from) pieces.push({ kind: 'text', text: text.slice(from, at) });
    pieces.push(hidden(match[0]));
    from = at + match[0].length;
  }
  if (from < text.length) pieces.push({ kind: 'text', text: text.slice(from) });
  return pieces;
}
