// Cuts Cedar text into statements and refuses what would overflow the stack of the engine: nesting some 200 deep
// does not merely fail there, it leaves the WebAssembly instance broken for every later call of the process.

/** One policy of a file, with where it begins (UTF-16 code units). */
export interface Statement {
  readonly text: string;
  readonly offset: number;
  /** Why the engine must not be given it, where so. */
  readonly refused?: string;
}

/** Bounds well inside what the engine was seen to survive (nesting 60 of 200, chains 200 of 600). */
export const STATEMENT_LIMITS = { length: 4000, brackets: 32, conditionals: 32, operators: 400, depth: 200 } as const;

/** Signs that make chains of any length without a bracket; `&&` counts twice. */
const OPERATORS = '.+-*&|!';

const WORD = /[\p{L}\p{N}_]/u;

function isWordAt(text: string, at: number, word: string): boolean {
  return text.startsWith(word, at) && !WORD.test(text[at - 1] ?? ' ') && !WORD.test(text[at + word.length] ?? ' ');
}

/** Index after the string that opens at `at`, or the end of the text where it never closes. */
function skipString(text: string, at: number): number {
  for (let i = at + 1; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '"') return i + 1;
  }
  return text.length;
}

/**
 * Splits at the semicolons that lie outside strings, comments and brackets. What is left after the last one is a
 * statement too, for the parser to complain of. Linear in the text.
 */
export function splitStatements(text: string): Statement[] {
  const found: Statement[] = [];
  let start = -1;
  let depth = 0;
  let deepest = 0;
  let conditionals = 0;
  let operators = 0;
  const close = (end: number): void => {
    if (start === -1) return;
    const length = end - start;
    const refused =
      length > STATEMENT_LIMITS.length
        ? `is ${length} characters long; the limit is ${STATEMENT_LIMITS.length}`
        : deepest > STATEMENT_LIMITS.brackets
          ? `nests brackets ${deepest} deep; the limit is ${STATEMENT_LIMITS.brackets}`
          : conditionals > STATEMENT_LIMITS.conditionals
            ? `has ${conditionals} conditionals; the limit is ${STATEMENT_LIMITS.conditionals}`
            : operators > STATEMENT_LIMITS.operators
              ? `has ${operators} operators; the limit is ${STATEMENT_LIMITS.operators}`
              : undefined;
    found.push({ text: text.slice(start, end), offset: start, ...(refused === undefined ? {} : { refused }) });
    start = -1;
    depth = deepest = conditionals = operators = 0;
  };
  for (let i = 0; i < text.length;) {
    const char = text[i]!;
    if (char === '/' && text[i + 1] === '/') {
      const newline = text.indexOf('\n', i);
      i = newline === -1 ? text.length : newline + 1;
      continue;
    }
    if (start === -1 && !/\s/.test(char)) start = i;
    if (char === '"') {
      i = skipString(text, i);
      continue;
    }
    if (char === '(' || char === '[' || char === '{') deepest = Math.max(deepest, ++depth);
    else if (char === ')' || char === ']' || char === '}') depth = Math.max(0, depth - 1);
    else if (char === 'i' && isWordAt(text, i, 'if')) conditionals++;
    else if (OPERATORS.includes(char)) operators++;
    i++;
    if (char === ';' && depth === 0) close(i);
  }
  close(text.trimEnd().length);
  return found;
}
