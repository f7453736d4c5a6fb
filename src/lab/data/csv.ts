// Tables as CSV (RFC 4180): a heading, numbers, and one column of labels.
import { AncileError } from '../../base/index.ts';

const MOST_COLUMNS = 100_000;
const MOST_CELLS = 2 ** 26;
const LABELS = ['label', 'labels', 'y', 'target', 'class', 'species'];

export interface Table {
  readonly columns: readonly string[];
  readonly rows: number;
  readonly x: Float32Array;
  readonly labels: Int32Array;
  /** Where labels are words: each class by its number, in the order of their signs. */
  readonly classNames?: readonly string[];
}

const refuse = (message: string, at: string): AncileError =>
  new AncileError('request_invalid', `${at}: ${message}`, { at });

/** Cells of each line; quoted ones may hold commas, line ends and doubled quotation marks. */
function* readLines(text: string): Generator<{ cells: string[]; line: number }> {
  let cells: string[] = [];
  let line = 1;
  let start = 1;
  for (let at = 0; at <= text.length;) {
    let cell: string;
    if (text[at] === '"') {
      let end = at + 1;
      for (; ; end++) {
        end = text.indexOf('"', end);
        if (end === -1) throw refuse('a quotation mark is never closed', `line ${start}`);
        if (text[end + 1] !== '"') break;
        end++;
      }
      cell = text.slice(at + 1, end).replaceAll('""', '"');
      for (let each = cell.indexOf('\n'); each !== -1; each = cell.indexOf('\n', each + 1)) line++;
      at = end + 1;
    } else {
      const match = /[,\r\n]/g;
      match.lastIndex = at;
      const end = match.exec(text)?.index ?? text.length;
      cell = text.slice(at, end).trim();
      at = end;
    }
    if (cells.push(cell) > MOST_COLUMNS) throw refuse(`more than ${MOST_COLUMNS} columns`, `line ${start}`);
    if (text[at] === ',') {
      at++;
      continue;
    }
    if (at < text.length && text[at] !== '\r' && text[at] !== '\n') {
      throw refuse('something follows a quotation mark', `line ${line}`);
    }
    if (cells.length > 1 || cells[0] !== '') yield { cells, line: start };
    cells = [];
    if (text[at] === '\r') at++;
    if (text[at] === '\n') at++;
    start = ++line;
    if (at >= text.length) return;
  }
}

function labelColumn(names: readonly string[], wanted: string | undefined): number {
  if (wanted !== undefined) {
    const at = names.indexOf(wanted);
    if (at !== -1) return at;
    throw new AncileError('usage', `the table has no column ${wanted}`, {
      hint: `It has ${names.slice(0, 20).join(', ')}.`,
    });
  }
  const at = names.findIndex((name) => LABELS.includes(name.toLowerCase()));
  return at === -1 ? names.length - 1 : at;
}

/**
 * @param label - name of the column of labels; default one that is called so, else the last
 * @throws AncileError `request_invalid` naming line and column
 */
export function parseCsv(text: string, label?: string): Table {
  const lines = readLines(text.replace(/^\ufeff/, ''));
  const first = lines.next();
  if (first.done === true) throw refuse('the table is empty', 'line 1');
  const names = first.value.cells;
  if (names.length < 2 || names.every((name) => name !== '' && Number.isFinite(Number(name)))) {
    throw refuse('expected a heading with the names of at least two columns', 'line 1');
  }
  const at = labelColumn(names, label);
  const columns = names.filter((_, i) => i !== at);
  const numbers: number[] = [];
  const words: string[] = [];
  for (const { cells, line } of lines) {
    if (cells.length !== names.length)
      throw refuse(`${cells.length} cells under ${names.length} names`, `line ${line}`);
    cells.forEach((cell, i) => {
      if (i === at) return void words.push(cell);
      const value = cell === '' ? NaN : Number(cell);
      if (!Number.isFinite(value)) {
        throw refuse(
          `column ${names[i]} holds ${JSON.stringify(cell.slice(0, 40))}, and a number was expected`,
          `line ${line}`,
        );
      }
      numbers.push(value);
    });
    if (numbers.length > MOST_CELLS) throw refuse(`more than ${MOST_CELLS} cells`, `line ${line}`);
  }
  const isNumber = words.every((word) => /^\d{1,9}(\.0*)?$/.test(word));
  const classNames = isNumber ? undefined : [...new Set(words)].sort((a, b) => (a < b ? -1 : 1));
  const numberOf = new Map(classNames?.map((name, i) => [name, i]));
  return {
    columns,
    rows: words.length,
    x: Float32Array.from(numbers),
    labels: Int32Array.from(words, (word) => numberOf.get(word) ?? Number(word)),
    ...(classNames === undefined ? {} : { classNames }),
  };
}
