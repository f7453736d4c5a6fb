// Texts as protocol 0 writes them: Python's string escapes.
import { SIMPLE_ESCAPES } from '../../../reader/index.ts';

/** What a STRING opcode's argument stands for, its quotes included; undefined where the quotes are wrong. */
export function unquote(line: string): string | undefined {
  const text = line.trimEnd();
  const quote = text[0];
  if (text.length < 2 || (quote !== "'" && quote !== '"') || text[text.length - 1] !== quote) return undefined;
  const body = text.slice(1, -1);
  if (!body.includes('\\')) return body;
  return body.replace(
    /\\(?:x([0-9a-fA-F]{2})|([0-7]{1,3})|([\s\S]))/g,
    (whole, hex?: string, octal?: string, one?: string) => {
      if (hex !== undefined) return String.fromCharCode(parseInt(hex, 16));
      if (octal !== undefined) return String.fromCharCode(parseInt(octal, 8) & 0xff);
      return one === '\n' ? '' : (SIMPLE_ESCAPES[one!] ?? whole);
    },
  );
}

/** What a UNICODE opcode's argument stands for. */
export function rawUnicode(line: string): string {
  if (!line.includes('\\')) return line;
  return line.replace(/\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|[^uU])/g, (whole, short?: string, long?: string) => {
    // A backslash of two stands for itself, and so does what follows it.
    if (short === undefined && long === undefined) return whole;
    const code = parseInt(short ?? long!, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
