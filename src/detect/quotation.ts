// Whether a stretch of a text stands in quotation marks: an apostrophe is none, and neither are the marks of two other
// quotations, one before it and one after it.

/** As folding leaves them: typographic marks have become straight ones. */
const MARKS = /["'`\u300c\u300d\u300e\u300f]/g;
const CORNERS: Readonly<Record<string, string>> = { '\u300d': '\u300c', '\u300f': '\u300e' };
const WORD = /[\p{L}\p{N}\p{M}]/u;
const BLANK = /^\s?$/;
/** Characters around the stretch in which its marks are looked for, within its line. */
const REACH = 80;

type Part = 'open' | 'close' | 'either' | 'none';

/** What a mark can be by what stands beside it. Scripts without blanks have words on both sides of a double one. */
function partOf(mark: string, before: string, after: string): Part {
  if (mark in CORNERS) return 'close';
  if (mark === '\u300c' || mark === '\u300e') return 'open';
  if (mark === "'" && WORD.test(before) && WORD.test(after)) return 'none';
  if (BLANK.test(before)) return BLANK.test(after) ? 'either' : 'open';
  if (BLANK.test(after)) return 'close';
  if (mark !== "'") return 'either';
  // Between a word and a sign it closes behind the word and opens before it.
  return WORD.test(before) ? 'close' : WORD.test(after) ? 'open' : 'either';
}

/**
 * Whether `[start, end)` of a folded text stands within one pair of marks of one kind, on its line; the marks may be its
 * own first and last character.
 */
export function isQuoted(folded: string, start: number, end: number): boolean {
  const from = Math.max(folded.lastIndexOf('\n', start) + 1, start - REACH, 0);
  const lineEnd = folded.indexOf('\n', end);
  const to = Math.min(lineEnd === -1 ? folded.length : lineEnd, end + REACH);
  const around = folded.slice(from, to);
  /** Where each kind of mark was opened and is not closed yet. */
  const opened = new Map<string, number>();
  for (const { 0: mark, index } of around.matchAll(MARKS)) {
    const at = from + index;
    const kind = CORNERS[mark] ?? mark;
    const part = partOf(mark, folded[at - 1] ?? '', folded[at + 1] ?? '');
    const open = opened.get(kind);
    if (part === 'none' || (part === 'close' && open === undefined)) continue;
    if (open === undefined) opened.set(kind, at);
    else if (part !== 'open') {
      if (open <= start && at >= end - 1) return true;
      opened.delete(kind);
    }
  }
  return false;
}
