// Cedar and YAML cut into what is coloured; for the eye only, the server decides what is valid.

export type TokenKind = 'plain' | 'keyword' | 'string' | 'comment' | 'annotation' | 'number';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

const CEDAR =
  /(?<comment>\/\/[^\n]*)|(?<string>"(?:[^"\\\n]|\\.)*"?)|(?<annotation>@[A-Za-z_]\w*)|(?<keyword>\b(?:permit|forbid|when|unless|principal|action|resource|context|in|has|like|is|if|then|else|true|false)\b)|(?<number>\b\d+\b)/g;

const YAML =
  /(?<comment>(?<=^|\s)#[^\n]*)|(?<string>"(?:[^"\\\n]|\\.)*"?|'(?:[^'\n]|'')*'?)|(?<keyword>^[ \t-]*[A-Za-z_][\w.-]*(?=:(?:\s|$)))|(?<number>(?<=[\s:[,])-?\d+(?:\.\d+)?\b)/gm;

const KINDS: readonly TokenKind[] = ['comment', 'string', 'annotation', 'keyword', 'number'];

/** The language of a file of a policy set, by its name. */
export function grammarOf(file: string): 'cedar' | 'yaml' {
  return file.endsWith('.cedar') ? 'cedar' : 'yaml';
}

/** Cuts a text into tokens. Joined, their texts are the text. */
export function tokenize(text: string, grammar: 'cedar' | 'yaml'): Token[] {
  const tokens: Token[] = [];
  let from = 0;
  for (const match of text.matchAll(grammar === 'cedar' ? CEDAR : YAML)) {
    if (match[0] === '') continue;
    if (match.index > from) tokens.push({ kind: 'plain', text: text.slice(from, match.index) });
    const kind = KINDS.find((each) => match.groups?.[each] !== undefined) ?? 'plain';
    tokens.push({ kind, text: match[0] });
    from = match.index + match[0].length;
  }
  if (from < text.length) tokens.push({ kind: 'plain', text: text.slice(from) });
  return tokens;
}
