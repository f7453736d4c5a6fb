// Text of a hostile file, made fit to be shown: one line, no control or invisible characters, bounded.

const UNSHOWN =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\uffff]|[\u{e0000}-\u{e0fff}]|\p{Cs}/gu;

const escapeUnit = (text: string): string => {
  const code = text.codePointAt(0)!;
  if (code === 10) return '\\n';
  if (code === 9) return '\\t';
  return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
};

/**
 * @param most - characters; what is longer ends in an ellipsis
 */
export function show(text: string, most: number): string {
  const cut = text.length > most ? `${text.slice(0, most - 1)}…` : text;
  return cut.replace(UNSHOWN, escapeUnit);
}
