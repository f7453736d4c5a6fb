// Texts as protocol 0 writes them: Python's string escapes.
import { SIMPLE_ESCAPES } from '../../../reader/index.ts';

/** What a STRING opcode's argument stands for, its quotes included; undefined where the quotes are wrong. */
export function unquote(line: string): string | undefined {
  const text = line.trimEnd();
  const quote = text[0];
  if (text.length < 2 || (quote !== "'" && quote !== '"') || text[text.length - 1] !== quote) return undefined;
  const body = text.slice(1, -1);
  let plain = '';
  let at = 0;
  // By hand: a pickle may hold millions of these, and a pattern that calls back takes three times as long.
  for (let escape = body.indexOf('\\'); escape !== -1; escape = body.indexOf('\\', at)) {
    plain += body.slice(at, escape);
    const one = body[escape + 1];
    at = escape + 2;
    if (one === undefined) return `${plain}\\`;
    const [high, low] = [digitOf(body, at), digitOf(body, at + 1)];
    if (one === 'x' && high !== -1 && low !== -1) {
      plain += String.fromCharCode(high * 16 + low);
      at += 2;
    } else if (one >= '0' && one <= '7') {
      let value = Number(one);
      for (const end = at + 2; at < end && body[at]! >= '0' && body[at]! <= '7'; at++)
        value = value * 8 + Number(body[at]);
      plain += String.fromCharCode(value & 0xff);
    } else if (one !== '\n') plain += SIMPLE_ESCAPES[one] ?? `\\${one}`;
  }
  return plain + body.slice(at);
}

/** The hexadecimal digit at a place, -1 where there is none. */
function digitOf(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code >= 48 && code <= 57) return code - 48;
  const letter = code | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
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
