// Escapes that a text carries: percent-encoding, HTML character references, backslash escapes.
import { DecodedBuilder, type Decoded } from './decode-piece.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** References that matter to matching; the rest of HTML's two thousand names stay. */
const ENTITIES: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  amp: '&',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  sol: '/',
  bsol: '\\',
  lpar: '(',
  rpar: ')',
  colon: ':',
  excl: '!',
  num: '#',
  lsqb: '[',
  rsqb: ']',
  newline: '\n',
  tab: '\t',
  period: '.',
  comma: ',',
};

function codePointText(digits: string, radix: number): string | undefined {
  const value = Number.parseInt(digits, radix);
  return value <= 0x10ffff ? String.fromCodePoint(value) : undefined;
}

function undoPercent(found: string): string | undefined {
  const bytes = Uint8Array.from(found.slice(1).split('%'), (digits) => Number.parseInt(digits, 16));
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

function undoEntity(found: string): string | undefined {
  const numeric = /^&#(x?)([0-9a-f]+);?$/i.exec(found);
  if (numeric !== null) return codePointText(numeric[2]!, numeric[1] === '' ? 10 : 16);
  const name = found.slice(1, -1).toLowerCase();
  return Object.hasOwn(ENTITIES, name) ? ENTITIES[name] : undefined;
}

const CONTROL_ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', "'": "'", '/': '/' };

function undoBackslash(found: string): string | undefined {
  const digits = /^\\(?:u\{([0-9a-f]{1,6})\}|u([0-9a-f]{4})|U([0-9a-f]{8})|x([0-9a-f]{2}))$/i.exec(found);
  if (digits === null) return CONTROL_ESCAPES[found[1]!];
  return codePointText((digits[1] ?? digits[2] ?? digits[3] ?? digits[4])!, 16);
}

interface Escape {
  /** A character without which the text has no such escape. */
  readonly sign: string;
  readonly pattern: RegExp;
  undo(found: string): string | undefined;
}

/** The escapes by the name a layer gives them. */
const ESCAPES: Readonly<Record<'percent' | 'html' | 'escape', Escape>> = {
  percent: { sign: '%', pattern: /(?:%[0-9a-f]{2})+/gi, undo: undoPercent },
  html: { sign: '&', pattern: /&(?:#x[0-9a-f]{1,6};?|#\d{1,7};?|[a-z]{2,8};)/gi, undo: undoEntity },
  escape: {
    sign: '\\',
    pattern: /\\(?:u\{[0-9a-f]{1,6}\}|u[0-9a-f]{4}|U[0-9a-f]{8}|x[0-9a-f]{2}|[nrt"'/])/g,
    undo: undoBackslash,
  },
};

/** The whole text with one kind of escape undone, or nothing where there is none. */
export function undoEscapes(text: string, kind: keyof typeof ESCAPES): Decoded | undefined {
  const { sign, pattern, undo } = ESCAPES[kind];
  if (!text.includes(sign)) return undefined;
  const builder = new DecodedBuilder();
  let copied = 0;
  for (const found of text.matchAll(pattern)) {
    const plain = undo(found[0]);
    if (plain === undefined) continue;
    builder.append(text.slice(copied, found.index), copied, found.index);
    copied = found.index + found[0].length;
    builder.append(plain, found.index, copied);
  }
  if (copied === 0) return undefined;
  builder.append(text.slice(copied), copied, text.length);
  return builder.finish();
}
