// Addresses, links and account numbers within a text: what says where something goes. Linear in the text: it is cut at what no
// address holds, and each piece is judged within bounds.
import { normalise } from './normal.ts';

const CUT = /[\s<>"'`()[\]{}|,;“”‘’«»]+/u;
/** Characters at either end of a piece that belong to the sentence around it. */
const EDGE = new Set('.:!?*_#~-=/\\');
const MOST = 2048;

/** Endings of file names that look like those of hosts. */
const FILES = new Set(
  (
    'doc docx xls xlsx ppt pptx pdf txt csv md json yaml yml xml html htm js ts py java c h cpp rs go rb sh bat log png jpg jpeg ' +
    'gif svg zip tar gz rar 7z mp3 mp4 wav eml ics ini cfg conf toml sql db bak tmp odt ods rtf tex'
  ).split(' '),
);

const EMAIL = /^[^\s@:/]{1,64}@[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){1,8}$/u;
const SCHEME = /^[a-z][a-z0-9+.-]{1,15}:\/\//i;
const HOST = /^(?:[\p{L}\p{N}_-]{1,63}\.){1,8}(\p{L}{2,24}|xn--[a-z0-9-]{1,60})\.?(?::\d{1,5})?(?:[/?#].*)?$/u;
const NUMERIC_HOST = /^\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?(?:[/?#].*)?$/;
const IBAN =
  /(?<![\p{L}\p{N}])[a-z]{2}\d{2}(?:[a-z0-9]{8,30}|(?:[ -][a-z0-9]{4}){2,7}(?:[ -][a-z0-9]{1,3})?)(?![\p{L}\p{N}])/giu;
const DIGITS = /(?<![\p{L}\p{N}])\+?\d(?:[ ().-]{0,2}\d){7,30}/gu;
/** Digits that are a date or a time and no account. */
const DATE = /^\d{4}[-./]\d{1,2}[-./]\d{1,2}(?:\D|$)|^\d{1,2}[-./]\d{1,2}[-./]\d{4}(?:\D|$)/;

/** A text without what of `edge` stands at its ends; a loop, as an expression would try every place. */
function trim(text: string, edge: ReadonlySet<string>, start = true): string {
  let from = 0;
  let to = text.length;
  while (start && from < to && edge.has(text[from]!)) from++;
  while (to > from && edge.has(text[to - 1]!)) to--;
  return text.slice(from, to);
}

const SLASH = new Set('/');

/** A link without what makes no other place of it. A scheme other than the web's does. */
function normaliseUrl(url: string): string {
  const plain = trim(url.replace(/^https?:\/\//i, '').replace(/^www\./i, ''), SLASH, false);
  const cut = plain.search(/[/?#]/);
  // The host has no case; what follows has.
  return cut < 0 ? plain.toLowerCase() : plain.slice(0, cut).toLowerCase() + plain.slice(cut);
}

/** What one piece of text is, as an address; undefined for an ordinary word. */
function toAddress(piece: string): string | undefined {
  // A link that long has room for anything: it is like no other.
  if (piece.length > MOST) return /:\/\/|@|^www\./i.test(piece.slice(0, MOST)) ? `${piece.slice(0, 200)}…` : undefined;
  const bare = trim(piece, EDGE).replace(/^mailto:/i, '');
  if (bare.length < 4) return undefined;
  if (EMAIL.test(bare)) return normalise(bare);
  if (SCHEME.test(bare)) return normaliseUrl(bare);
  if (NUMERIC_HOST.test(bare)) return normaliseUrl(bare);
  const host = HOST.exec(bare);
  if (host === null) return undefined;
  const path = /[/?#]/.test(bare);
  return !path && FILES.has(host[1]!.toLowerCase()) ? undefined : normaliseUrl(bare);
}

/** The digits and letters of an account or telephone number alone. */
function toAccount(text: string): string {
  return text.replace(/[^\p{L}\p{N}]/gu, '').toLowerCase();
}

/** Every address in a text, in normal form. */
export function addressesIn(text: string): Set<string> {
  const found = new Set<string>();
  for (const piece of text.split(CUT)) {
    if (!piece.includes('.') && !piece.includes('@') && !piece.includes(':')) continue;
    const address = toAddress(piece);
    if (address !== undefined) found.add(address);
    if (piece.length > MOST) continue;
    // `cc:m@x.example`, `to=m@x.example`, `http:\\\\x.example`: what follows a sign of assignment is looked at by itself.
    for (const part of address === undefined ? piece.split(/[:=]/u).slice(1, 9) : []) {
      const inner = toAddress(part);
      if (inner !== undefined) found.add(inner);
    }
  }
  for (const [match] of text.matchAll(IBAN)) {
    const account = toAccount(match);
    if (/^[a-z]{2}\d{2}/.test(account) && (account.match(/\d/g)?.length ?? 0) >= 8) found.add(account);
  }
  for (const [match] of text.matchAll(DIGITS)) if (!DATE.test(match)) found.add(toAccount(match));
  return found;
}

/** The normal form of a value that is an address as a whole. */
export function asAddress(value: string): string | undefined {
  const trimmed = value.trim();
  if (/\s/.test(trimmed)) {
    const account = toAccount(trimmed);
    return /^[a-z]{2}\d{2}[a-z0-9]{8,30}$/.test(account) ? account : undefined;
  }
  const address = toAddress(trimmed);
  if (address !== undefined) return address;
  const account = toAccount(trimmed);
  return /^[a-z]{2}\d{2}[a-z0-9]{8,30}$/.test(account) || (/^[+\d().-]+$/.test(trimmed) && account.length >= 8)
    ? account
    : undefined;
}
