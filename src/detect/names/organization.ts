// Organisations that say so: a name with the form of a company behind it.
import { ORDINARY_WORD } from './lexicon.ts';
import type { NameMatch } from './match.ts';
import { isLower, type Reader, type Word } from './reader.ts';
import { sticky } from './sticky.ts';

const FORM = sticky(
  ',? (?:Inc|LLC|L\\.L\\.C|Ltd|PLC|Plc|plc|LLP|GmbH|Corp|Corporation|Pty|S\\.A|S\\.p\\.A|B\\.V|N\\.V|Oyj|KG|SARL|and Sons|& Sons|& Co)(?![A-Za-z])',
  16,
);
const JOINED = sticky('(?:, | and | & |, and )(?=[A-Z])', 7);
const WORDS_MOST = 4;

/** A capital behind which a company's form stands, at most three words on. */
export function organizationAt(reader: Reader, first: Word): NameMatch | undefined {
  if (first.written === 'lower' || (first.flags & ORDINARY_WORD) !== 0) return undefined;
  let { end } = first;
  // Most capitals stand before a word in lower case, which is of no company's name.
  const sign = reader.code(end);
  if (sign !== 44 && sign !== 32 && sign !== 0) return undefined;
  const next = sign === 32 ? reader.code(end + 1) : 0;
  if (isLower(next) && next !== 97 && next !== 112) return undefined;
  for (let count = 1; ; count++) {
    const form = reader.match(FORM, end);
    if (form >= 0) return { rule: 'pii.organization', severity: 'info', start: first.start, end: form, score: 0.2 };
    if (count === WORDS_MOST) return undefined;
    const joined = reader.match(JOINED, end);
    const next = joined < 0 ? reader.nextWord(end) : reader.wordAt(joined);
    if (next === undefined || next.written === 'lower') return undefined;
    end = next.end;
  }
}
