// Files that a program fetches and then runs: two calls that are ordinary by themselves.
import { pythonCalls } from './calls.ts';
import type { Call } from './evaluate.ts';
import type { Judgement } from './judge.ts';
import { commandText } from './value.ts';

/** Calls and commands that fetch into a file. */
const FETCHES = /^(?:urllib\.request\.urlretrieve|urllib\.urlretrieve|wget\.download)$/;
const FETCHED_TO = /\b(?:curl|wget)\b[^|;&\n]{0,600}\s(?:-o|-O|--output|--output-document)[ =]?([^\s|;&]{2,300})/;
/** Characters of a command that are looked at. */
const MOST = 2000;

export class Fetched {
  /** What is written to, as the program names it. */
  readonly #files = new Set<string>();

  /** @returns what a call means that runs such a file */
  call(path: string, args: Call['args']): Judgement | undefined {
    if (FETCHES.test(path)) {
      const to = (args.find(({ name }) => name === 'filename' || name === 'out') ?? args[1])?.value.text;
      if (to !== undefined) this.#files.add(to);
    }
    const [first] = args;
    if (first === undefined || !pythonCalls().commands.has(path)) return undefined;
    const command = commandText(first.value).slice(0, MOST);
    // The file itself, or an interpreter and the file.
    const run = command.split(/\s+/, 2).find((word) => this.#files.has(word));
    const to = FETCHED_TO.exec(command)?.[1];
    if (to !== undefined) this.#files.add(to);
    if (run === undefined) return undefined;
    const message = `runs what it fetched into ${run}`;
    return (when, model) =>
      model || when === 'load'
        ? { rule: 'python.fetched-code', severity: 'high', capability: 'execute', message }
        : undefined;
  }
}
