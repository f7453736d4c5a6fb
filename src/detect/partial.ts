// Turns a pattern into one that matches where the text ends in the middle of it: the question every stream asks of a
// rule. "4111 11" at the end of a text is no card number yet; of the pattern for cards it is the beginning.

type Node =
  | { readonly kind: 'atom'; readonly text: string }
  | { readonly kind: 'edge' }
  | { readonly kind: 'behind'; readonly text: string }
  | { readonly kind: 'ahead'; readonly text: string; readonly body: Node }
  | { readonly kind: 'group'; readonly branches: readonly (readonly Node[])[] }
  | { readonly kind: 'repeat'; readonly body: Node; readonly most: number; readonly count: string };

const GROUP = /\((?:\?(?:[:=!]|<[=!]|<\w+>))?/y;
const CLASS = /\[(?:\\.|[^\]\\])*\]/suy;
const ESCAPE = /\\(?:[pP]\{[^}]*\}|u\{[0-9a-f]+\}|u[0-9a-f]{4}|x[0-9a-f]{2}|k<\w+>|.)/isuy;
const QUANTIFIER = /(?:[*+?]|\{(\d+)(,?)(\d*)\})\??/y;

class Parser {
  readonly #source: string;
  #at = 0;
  /** Capturing groups in the order they open; a back-reference is read as whatever its group may match. */
  readonly #captures: (Node | undefined)[] = [];
  readonly #names = new Map<string, number>();

  constructor(source: string) {
    this.#source = source;
  }

  parse(): Node {
    const node = this.#readBranches();
    if (this.#at < this.#source.length) throw new SyntaxError('a ")" too many');
    return node;
  }

  #take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#source);
    if (found !== null) this.#at += found[0].length;
    return found;
  }

  #readBranches(): Node {
    const branches: Node[][] = [[]];
    while (this.#at < this.#source.length && this.#source[this.#at] !== ')') {
      if (this.#source[this.#at] === '|') {
        this.#at++;
        branches.push([]);
        continue;
      }
      branches.at(-1)!.push(this.#readQuantified());
    }
    return { kind: 'group', branches };
  }

  #readQuantified(): Node {
    const body = this.#readItem();
    const quantifier = this.#take(QUANTIFIER);
    if (quantifier === null) return body;
    const [count, least, comma, high] = quantifier;
    const most =
      count[0] === '?' ? 1 : least === undefined ? Infinity : comma === '' ? least : high === '' ? Infinity : high;
    return { kind: 'repeat', body, most: Number(most), count };
  }

  #readItem(): Node {
    const start = this.#at;
    const opening = this.#take(GROUP)?.[0];
    if (opening !== undefined) return this.#readGroup(opening, start);
    const set = this.#take(CLASS)?.[0];
    if (set !== undefined) return { kind: 'atom', text: set };
    const escape = this.#take(ESCAPE)?.[0];
    if (escape !== undefined) return this.#toEscape(escape);
    const symbol = String.fromCodePoint(this.#source.codePointAt(this.#at)!);
    this.#at += symbol.length;
    if (symbol === '^') return { kind: 'behind', text: '^' };
    return symbol === '$' ? { kind: 'edge' } : { kind: 'atom', text: symbol };
  }

  #toEscape(escape: string): Node {
    if (escape === '\\b' || escape === '\\B') return { kind: 'edge' };
    const named = /^\\k<(\w+)>$/.exec(escape)?.[1];
    const number = named === undefined ? Number(/^\\([1-9])$/.exec(escape)?.[1] ?? 0) - 1 : this.#names.get(named)!;
    if (number < 0) return { kind: 'atom', text: escape };
    // A group that did not take part matches as nothing.
    return { kind: 'group', branches: [[this.#captures[number]!], []] };
  }

  #readGroup(opening: string, start: number): Node {
    const captures = opening === '(' || /^\(\?<\w/.test(opening);
    const number = this.#captures.length;
    if (captures) {
      this.#captures.push(undefined);
      if (opening !== '(') this.#names.set(opening.slice(3, -1), number);
    }
    const body = this.#readBranches();
    if (this.#source[this.#at] !== ')') throw new SyntaxError('a "(" is not closed');
    this.#at++;
    const text = this.#source.slice(start, this.#at);
    if (captures) this.#captures[number] = body;
    if (opening === '(?=' || opening === '(?!') return { kind: 'ahead', text, body };
    if (opening === '(?<=' || opening === '(?<!') return { kind: 'behind', text };
    return body;
  }
}

/** The node as it was, without captures. An edge is taken to hold: to ask more of it could only hold less back. */
function toWhole(node: Node): string {
  switch (node.kind) {
    case 'atom':
      return node.text;
    case 'ahead':
    case 'behind':
      // Captures are gone, and what would refer to them with them.
      return /\\[1-9k]/.test(node.text) ? '' : node.text;
    case 'edge':
      return '';
    case 'group':
      return `(?:${node.branches.map((branch) => branch.map(toWhole).join('')).join('|')})`;
    case 'repeat':
      return toWhole(node.body) + node.count;
  }
}

/** What matches where the text ends before the node does; undefined for a node that never looks ahead. */
function toPartial(node: Node): string | undefined {
  switch (node.kind) {
    case 'atom':
    case 'edge':
      return '$';
    case 'behind':
      return undefined;
    case 'ahead':
      return toPartial(node.body);
    case 'repeat': {
      const body = toPartial(node.body);
      if (body === undefined || node.most === 0) return undefined;
      if (node.most === 1) return body;
      const before = node.most === Infinity ? '*' : `{0,${node.most - 1}}`;
      return `(?:${toWhole(node.body)})${before}${body}`;
    }
    case 'group': {
      const branches = node.branches.map(partialOfBranch).filter((part) => part !== undefined);
      return branches.length === 0 ? undefined : `(?:${branches.join('|')})`;
    }
  }
}

/** Ends within the first, or after the first within the second, and so on. */
function partialOfBranch(items: readonly Node[]): string | undefined {
  let rest: string | undefined;
  for (const item of [...items].reverse()) {
    const here = toPartial(item);
    const after = rest === undefined ? undefined : toWhole(item) + rest;
    const parts = [here, after].filter((part) => part !== undefined);
    rest = parts.length === 0 ? undefined : parts.length === 1 ? parts[0] : `(?:${parts.join('|')})`;
  }
  return rest;
}

/**
 * The source of a pattern that matches, up to the end of the text, wherever `source` would look beyond that end: where
 * it may come to match, or to match otherwise, when more text follows. Where it does not match, no later text changes
 * what `source` finds there. Errs on the side of matching (edges are not checked, back-references match whatever
 * their group may).
 * @param source of a pattern without the flags m and v
 */
export function toPartialPattern(source: string): string {
  // A pattern that never looks ahead never matches in part.
  return toPartial(new Parser(source).parse()) ?? '(?!)';
}
