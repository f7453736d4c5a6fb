// Escapes in Python strings: "String and Bytes literals" of the language reference.

/** What the letter behind a backslash stands for. */
export const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
};
const ESCAPE = /\\(?:\r\n|([0-7]{1,3})|x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|N\{[^}]{0,80}\}|([^]))/g;

/** What a literal says. An unknown escape stays as it is written, as Python has it; so does a character's name. */
export function decodeEscapes(literal: string, bytes: boolean): string {
  if (!literal.includes('\\')) return literal;
  return literal.replace(
    ESCAPE,
    (whole, octal?: string, hex?: string, short?: string, long?: string, simple?: string) => {
      if (octal !== undefined) return String.fromCharCode(parseInt(octal, 8));
      if (hex !== undefined) return String.fromCharCode(parseInt(hex, 16));
      const unicode = short ?? long;
      if (unicode !== undefined) {
        const point = parseInt(unicode, 16);
        return bytes || point > 0x10ffff ? whole : String.fromCodePoint(point);
      }
      if (simple === undefined) return whole.startsWith('\\N') ? whole : '';
      if (simple === '\n' || simple === '\r') return '';
      return SIMPLE_ESCAPES[simple] ?? whole;
    },
  );
}
