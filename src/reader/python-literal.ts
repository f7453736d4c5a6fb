// Literals of Python as numpy writes its headers with them: strings, numbers, tuples, lists and dicts, and nothing that is evaluated.

export type PythonLiteral = null | boolean | number | string | PythonLiteral[] | Map<PythonLiteral, PythonLiteral>;

/** Containers within containers. */
const DEEPEST = 32;
const TOKEN =
  /\s*(?:([+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)L?)|[bu]?'((?:[^'\\\n]|\\[\s\S])*)'|[bu]?"((?:[^"\\\n]|\\[\s\S])*)"|(True|False|None)\b|([[\](){},:]))/y;
const NAMED = { True: true, False: false, None: null } as const;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\n': '' };

/**
 * Parses one literal. Tuples become arrays as lists do. A bound on depth holds; of length, the text is one.
 * @returns undefined where the text is no literal, or more than one
 */
export function parsePythonLiteral(text: string): PythonLiteral | undefined {
  let at = 0;
  let token: RegExpExecArray | null = null;

  const advance = (): void => {
    TOKEN.lastIndex = at;
    token = TOKEN.exec(text);
    if (token !== null) at = TOKEN.lastIndex;
  };
  const sign = (): string | undefined => token?.[5];
  const plain = (body: string): string =>
    body.replace(/\\([\s\S])/g, (_, escaped: string) => ESCAPES[escaped] ?? escaped);

  const value = (depth: number): PythonLiteral | undefined => {
    if (token === null || depth > DEEPEST) return undefined;
    const [, number, single, double, named] = token;
    if (number !== undefined) {
      advance();
      return Number(number.replace('L', ''));
    }
    if (single !== undefined || double !== undefined) {
      advance();
      return plain(single ?? double!);
    }
    if (named !== undefined) {
      advance();
      return NAMED[named as keyof typeof NAMED];
    }
    const open = sign();
    if (open === '{') return dict(depth);
    return open === '(' || open === '[' ? sequence(depth, open === '(' ? ')' : ']') : undefined;
  };

  const sequence = (depth: number, close: string): PythonLiteral | undefined => {
    const items: PythonLiteral[] = [];
    let commas = 0;
    advance();
    while (sign() !== close) {
      if (items.length > commas) return undefined;
      const item = value(depth + 1);
      if (item === undefined) return undefined;
      items.push(item);
      if (sign() === ',') {
        commas++;
        advance();
      }
    }
    advance();
    // One value in parentheses is that value.
    return close === ')' && items.length === 1 && commas === 0 ? items[0]! : items;
  };

  const dict = (depth: number): PythonLiteral | undefined => {
    const entries = new Map<PythonLiteral, PythonLiteral>();
    advance();
    while (sign() !== '}') {
      const key = value(depth + 1);
      if (key === undefined || sign() !== ':') return undefined;
      advance();
      const held = value(depth + 1);
      if (held === undefined) return undefined;
      entries.set(key, held);
      if (sign() === ',') advance();
      else if (sign() !== '}') return undefined;
    }
    advance();
    return entries;
  };

  advance();
  const parsed = value(0);
  return parsed === undefined || text.slice(at).trim() !== '' || token !== null ? undefined : parsed;
}
