// Finds where a refused JSON text went wrong. Runs only after a refusal, so it may be slow; it must be bounded.

export interface JsonProblem {
  readonly message: string;
  readonly hint: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units. */
  readonly column: number;
}

const WELL_FORMED = 'Check the text with a JSON validator.';
const SPACE = /[ \t\n\r]*/y;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

function matchAt(pattern: RegExp, text: string, offset: number): number {
  pattern.lastIndex = offset;
  return pattern.test(text) ? pattern.lastIndex : -1;
}

/** Where the string that opens at `start` ends (past its quote); -1 when it is malformed. By hand: a pattern overflows. */
function stringEnd(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 34) return i + 1;
    if (unit < 32) return -1;
    if (unit === 92) {
      const end = matchAt(ESCAPE, text, i);
      if (end === -1) return -1;
      i = end - 1;
    }
  }
  return -1;
}

type Expecting = 'value' | 'first-key' | 'key' | 'colon' | 'comma' | 'first-item' | 'end';
const WANTED: Record<Expecting, string> = {
  value: 'a value was expected',
  'first-key': 'a quoted member name or "}" was expected',
  key: 'a quoted member name was expected',
  colon: '":" was expected',
  comma: '"," or a closing bracket was expected',
  'first-item': 'a value or "]" was expected',
  end: 'the text should end here',
};

function at(text: string, offset: number, message: string, hint: string): JsonProblem {
  let line = 1;
  let begin = 0;
  for (let end = text.indexOf('\n'); end !== -1 && end < offset; end = text.indexOf('\n', begin)) {
    line++;
    begin = end + 1;
  }
  return { message, hint, line, column: offset - begin + 1 };
}

/** The first thing wrong with `text`: syntax, depth, a repeated member name or `__proto__`. Linear, iterative. */
export function locateProblem(text: string, maxDepth: number): JsonProblem {
  // One entry an open bracket: the names seen of an object, or null for an array.
  const open: (Set<string> | null)[] = [];
  let expecting: Expecting = 'value';
  let offset = 0;
  const wrong = (where: number): JsonProblem => at(text, where, WANTED[expecting], WELL_FORMED);
  const afterValue = (): Expecting => (open.length === 0 ? 'end' : 'comma');
  for (;;) {
    const start = matchAt(SPACE, text, offset);
    const mark = text[start] ?? '';
    const isMark = mark !== '' && '[]{}:,'.includes(mark);
    offset = isMark ? start + 1 : mark === '"' ? stringEnd(text, start) : matchAt(SCALAR, text, start);
    if (offset === -1) return wrong(start);
    if (mark === '"' && (expecting === 'key' || expecting === 'first-key')) {
      const names = open.at(-1)!;
      const name = JSON.parse(text.slice(start, offset)) as string;
      if (name === '__proto__') return at(text, start, 'a member is named __proto__', 'Rename the member.');
      if (names.has(name)) return at(text, start, 'an object has two members of one name', 'Name each member once.');
      names.add(name);
      expecting = 'colon';
    } else if (!isMark) {
      if (expecting !== 'value' && expecting !== 'first-item') return wrong(start);
      expecting = afterValue();
    } else if (mark === '{' || mark === '[') {
      if (expecting !== 'value' && expecting !== 'first-item') return wrong(start);
      open.push(mark === '{' ? new Set() : null);
      if (open.length > maxDepth) {
        return at(text, start, `it is nested deeper than ${maxDepth}`, 'Send a flatter structure.');
      }
      expecting = mark === '{' ? 'first-key' : 'first-item';
    } else if (mark === '}' || mark === ']') {
      const names = open.at(-1);
      const closes = mark === '}' ? 'first-key' : 'first-item';
      if (
        names === undefined ||
        (names === null) !== (mark === ']') ||
        (expecting !== 'comma' && expecting !== closes)
      ) {
        return wrong(start);
      }
      open.pop();
      expecting = afterValue();
    } else if (mark === ',') {
      if (expecting !== 'comma') return wrong(start);
      expecting = open.at(-1) === null ? 'value' : 'key';
    } else {
      if (expecting !== 'colon') return wrong(start);
      expecting = 'value';
    }
  }
}
