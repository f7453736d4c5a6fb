// How the command line speaks: results on standard output, everything said to a person on standard error.
import { styleText } from 'node:util';
import { wantsColor } from '../config/index.ts';

// A reader that has seen enough (`| head`) is no fault of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  // A full disk: what was found is not told, and 1 would say that it was.
  process.stderr.write(`ancile: the result cannot be written (${error.code ?? error.message})\n`);
  process.exit(3);
});

type Style = Parameters<typeof styleText>[0];

/** Marks text for a terminal; leaves it as it is where colour is not wanted. */
export function paint(style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return wantsColor(stream.isTTY === true) ? styleText(style, text, { validateStream: false }) : text;
}

/** A line of the result. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value));
}

/** A line for the person at the terminal, which a pipe does not get. */
export function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}

/**
 * Text from outside, safe to show: control characters (and so escape sequences) and bidirectional overrides made
 * visible, so that what was scanned cannot steer the terminal.
 */
export function showText(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** Rows under headings, columns as wide as their widest cell. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = headings.map((heading, i) => Math.max(heading.length, ...rows.map((row) => (row[i] ?? '').length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd();
  return [paint('bold', line(headings)), ...rows.map(line)].join('\n');
}
