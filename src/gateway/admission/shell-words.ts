// The words of a container's command, also where it is a script for a shell, with the values of variables that are known.

import type { Budget } from './budget.ts';

/** Stands for a value that is not in the object: of a ConfigMap, a Secret, a command. */
export const UNKNOWN = '\u0000';

export interface Word {
  /** Its parts that nobody knows are `UNKNOWN`. */
  readonly text: string;
  /** Which member it stands in. */
  readonly at: string;
}

export interface Variables {
  readonly values: ReadonlyMap<string, string>;
  /** Whether there are others that nobody knows. */
  readonly open?: boolean;
  /** A value counts as often as it is filled in. */
  readonly budget: Budget;
}

function valueOf({ values, budget }: Variables, name: string): string | undefined {
  const value = values.get(name);
  budget.take(value?.length ?? 0);
  return value;
}

/** What a word costs beside its characters. */
const WORD = 10;
const SHELL = /^(?:.*\/)?(?:ba|da|z|k|a)?sh$/;

/** `$(NAME)` as Kubernetes fills it in, which leaves it where there is none; a doubled `$$` is one. */
export function fillIn(text: string, variables: Variables): string {
  return text.replace(/\$\$|\$\(([A-Za-z_][\w.-]*)\)/g, (whole, name: string | undefined) =>
    name === undefined ? '$' : (valueOf(variables, name) ?? (variables.open === true ? UNKNOWN : whole)),
  );
}

/** `$NAME`, `${NAME}`, `${NAME:-otherwise}` as a shell fills it in: length, and value. */
function variableAt(text: string, at: number, variables: Variables): { length: number; value: string } {
  const rest = text.slice(at, at + 300);
  const braced = /^\$\{([A-Za-z_]\w*)(?::?-([^}]*))?\}/.exec(rest);
  const match = braced ?? /^\$([A-Za-z_]\w*)/.exec(rest);
  if (match !== null) {
    const known = valueOf(variables, match[1]!);
    const value = known === undefined || (known === '' && braced?.[2] !== undefined) ? braced?.[2] : known;
    return { length: match[0].length, value: value ?? UNKNOWN };
  }
  // A command's output, an expansion of a kind that is not read here.
  return { length: 1, value: /^\$[({0-9@*#]/.test(rest) ? UNKNOWN : '$' };
}

/** The words of a script. Operators divide it; they are words of their own, so that options do not run over them. */
function splitScript(script: string, at: string, variables: Variables): Word[] {
  const words: Word[] = [];
  let text: string | undefined;
  let quote = '';
  const push = (word: string): void => {
    variables.budget.take(WORD);
    words.push({ text: word, at });
  };
  const end = (): void => {
    if (text !== undefined) push(text);
    text = undefined;
  };
  for (let i = 0; i < script.length; i++) {
    const char = script[i]!;
    if (quote === "'") {
      if (char === "'") quote = '';
      else text = (text ?? '') + char;
    } else if (char === '\\') {
      i++;
      if (script[i] !== '\n') text = (text ?? '') + (script[i] ?? '');
    } else if (char === '$') {
      const { length, value } = variableAt(script, i, variables);
      text = (text ?? '') + value;
      i += length - 1;
    } else if (char === '`') {
      text = (text ?? '') + UNKNOWN;
    } else if (quote === '"') {
      if (char === '"') quote = '';
      else text = (text ?? '') + char;
    } else if (char === '"' || char === "'") {
      quote = char;
      text ??= '';
    } else if (/\s/.test(char)) {
      end();
      if (char === '\n') push(';');
    } else if (/[;&|<>()]/.test(char)) {
      end();
      push(';');
    } else if (char === '#' && text === undefined) {
      while (i + 1 < script.length && script[i + 1] !== '\n') i++;
    } else {
      text = (text ?? '') + char;
    }
  }
  end();
  return words;
}

/**
 * The words that a container runs with.
 * @param at - of the container: `spec.containers[0]`
 * @throws BeyondBudget
 */
export function commandWords(
  command: readonly string[],
  args: readonly string[],
  at: string,
  variables: Variables,
): Word[] {
  for (const { length } of [...command, ...args]) variables.budget.take(length + WORD);
  const all = [
    ...command.map((text, i) => ({ text: fillIn(text, variables), at: `${at}.command[${i}]` })),
    ...args.map((text, i) => ({ text: fillIn(text, variables), at: `${at}.args[${i}]` })),
  ];
  let isShell = false;
  return all.flatMap((word, i) => {
    const before = all[i - 1];
    const isScript = isShell && before !== undefined && /^-[a-z]*c$/.test(before.text);
    isShell ||= SHELL.test(word.text);
    // One argument that is a whole command line: what `sh -c` was meant to be given, or a shell as entrypoint.
    return isScript || /\s-{1,2}[a-z]|\n/.test(word.text) ? splitScript(word.text, word.at, variables) : [word];
  });
}
