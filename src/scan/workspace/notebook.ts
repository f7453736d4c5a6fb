// Jupyter notebooks: their cells as Python and as shell, their saved outputs for secrets.
import type { Format, Look, Probe } from '../format.ts';
import { judgeCommand } from './command.ts';
import { list, readJson, record, string } from './json.ts';
import { reportInstall } from './packages/install.ts';
import { analysePython } from './python/analyse.ts';
import { findSecrets, reportSecrets } from './secrets.ts';

/** Notebooks with many pictures are long; longer ones are not read. */
const MOST_BYTES = 24 << 20;
/** Characters of one output that are searched: pictures and tables are longer, and hold no secrets. */
const MOST_OUTPUT = 100_000;

/** Steps of a cell. */
const CELL = 30;

const joinText = (value: unknown): string =>
  typeof value === 'string'
    ? value
    : list(value)
        .filter((each) => typeof each === 'string')
        .join('');

/** Where the lines of the code that is read come from. */
interface Place {
  readonly cell: number;
  readonly line: number;
}

/** A look that says which cell is meant. */
function lookAt(look: Look, placeOf: (line: number) => Place): Look {
  return {
    ...look,
    budget: look.budget,
    report(rule, found) {
      if (found.line === undefined) return look.report(rule, found);
      const { cell, line } = placeOf(found.line);
      look.report(rule, { ...found, message: `cell ${cell}: ${found.message}`, line });
    },
  };
}

/** A line of shell. */
function reportCommand(text: string, look: Look, line: number): void {
  const command = text.trim();
  if (command === '') return;
  const found = judgeCommand(command, 'build');
  const says = found?.says ?? 'runs a command';
  const message = `${says}: ${command.slice(0, 200)}`;
  if (found !== undefined && found.severity !== 'low' && found.severity !== 'info') {
    look.report('notebook.hostile-command', { message, severity: found.severity, line, capability: 'execute' });
  } else look.report('notebook.command', { message, line, capability: 'execute' });
  reportInstall(command, look, line);
}

const SHELL_CELL = /^%%(?:bash|sh|script\s+(?:--\S+\s+){0,5}(?:ba|z|da)?sh|cmd|powershell|system|sx|!)\b/;
/** Cells of other languages: nothing of them is Python. */
const OTHER_CELL =
  /^%%(?:html|javascript|js|latex|markdown|svg|perl|ruby|R|sql|bigquery|writefile|file|cypher|configure|spark)\b/;

/** The Python of a cell, with its shell put aside: each line keeps its place. */
function takeShell(source: string, look: Look): string {
  const lines = source.split('\n');
  const first = lines.findIndex((line) => line.trim() !== '');
  const head = lines[first]?.trim() ?? '';
  if (SHELL_CELL.test(head)) {
    const body = lines.slice(first + 1);
    // Each line by itself says where it stands; what spans lines is judged as a whole.
    const whole = judgeCommand(body.join('\n'), 'build');
    let told = false;
    body.forEach((line, at) => {
      if (line.trim() === '' || line.trim().startsWith('#')) return;
      reportCommand(line, look, first + 2 + at);
      told ||= judgeCommand(line, 'build') !== undefined;
    });
    if (whole !== undefined && !told) reportCommand(body.join('\n'), look, first + 1);
    return '';
  }
  if (OTHER_CELL.test(head)) return '';
  return lines
    .map((line, at) => {
      const shell = /^(\s*)(?:[\w., ]{1,80}=\s*)?(?:!{1,2}|%(?:system|sx|sc|bash)\s)(.*)$/.exec(line);
      if (shell !== null && !/^\s*[\w., ]+=\s*!=/.test(line)) {
        reportCommand(shell[2]!, look, at + 1);
        return `${shell[1]}pass`;
      }
      const magic = /^(\s*)%{1,2}(\w+)\s*(.*)$/.exec(line);
      if (magic === null) return /^\s*\?|\?{1,2}\s*$/.test(line) ? '' : line;
      const [, indent, name, rest] = magic;
      if (
        (name === 'run' || name === 'load' || name === 'loadpy' || name === 'load_ext') &&
        /https?:\/\//.test(rest!)
      ) {
        look.report('notebook.remote-code', { message: `runs code from ${rest}`, line: at + 1, capability: 'execute' });
      } else if (name === 'pip' || name === 'conda' || name === 'mamba' || name === 'uv')
        reportInstall(`${name} ${rest}`, look, at + 1);
      else if (name === 'time' || name === 'timeit' || name === 'prun' || name === 'memit') {
        return `${indent}${rest!.replace(/^(?:-\w+\s*\d*\s+)+/, '')}`;
      }
      return `${indent}pass`;
    })
    .join('\n');
}

function reportOutput(output: unknown, cell: number, look: Look): void {
  const { text, data, traceback } = record(output);
  const texts = [joinText(text), joinText(traceback)];
  for (const [type, value] of Object.entries(record(data))) {
    if (
      type === 'application/javascript' ||
      (type === 'text/html' && /<script\b/i.test(joinText(value).slice(0, MOST_OUTPUT)))
    ) {
      look.report('notebook.active-output', { message: `the output of cell ${cell} holds script` });
    }
    if (type.startsWith('text/') || type === 'application/json')
      texts.push(typeof value === 'object' && !Array.isArray(value) ? '' : joinText(value));
  }
  for (const each of texts) {
    look.budget.step(1 + (each.length >> 10));
    for (const { rule, sure, evidence } of findSecrets(each.slice(0, MOST_OUTPUT), look.name, look.budget)) {
      if (!sure) continue;
      const kind = rule.replace('secret.', '').replaceAll('_', ' ');
      look.report('notebook.secret-in-output', {
        message: `the output of cell ${cell} holds a secret: ${kind}`,
        evidence,
      });
      look.asset('key', kind, 'in an output');
    }
  }
}

function match({ text, name }: Probe): 'sure' | 'likely' | false {
  if (!/^\s*\{/.test(text)) return false;
  if (/"cell_type"\s*:/.test(text) && /"(?:cells|worksheets)"\s*:/.test(text)) return 'sure';
  return name.endsWith('.ipynb') ? 'likely' : false;
}

export const notebook: Format = {
  id: 'notebook',
  match,
  scan(source, look) {
    const file = readJson(source, look, MOST_BYTES);
    if (file === undefined) return;
    const top = record(file.value);
    const cells = [...list(top['cells']), ...list(top['worksheets']).flatMap((sheet) => list(record(sheet)['cells']))];
    const kernel = string(record(record(top['metadata'])['kernelspec'])['language']) ?? 'python';
    const code: string[] = [];
    const places: Place[] = [];
    cells.forEach((cell, at) => {
      look.budget.step(CELL);
      const { cell_type: type, source: lines, input, outputs } = record(cell);
      const text = joinText(lines ?? input);
      const here = lookAt(look, (line) => ({ cell: at + 1, line }));
      reportSecrets(text, here);
      if (type === 'code') {
        const shown = kernel === 'python' ? takeShell(text, here) : '';
        shown.split('\n').forEach((_, line) => places.push({ cell: at + 1, line: line + 1 }));
        code.push(shown);
      }
      for (const output of list(outputs)) reportOutput(output, at + 1, look);
    });
    const inCells = lookAt(look, (line) => places[line - 1] ?? { cell: cells.length, line: 1 });
    analysePython(code, inCells, { name: look.name, interactive: true });
  },
};
