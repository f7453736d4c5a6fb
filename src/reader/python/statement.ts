// Python statements, a flat list in the order of the text: who reads them follows scopes by indentation.
import { ExpressionReader } from './expression.ts';
import type { ImportedName, PythonNode, PythonStatement } from './node.ts';
import { type LogicalLine, type Token, readLogicalLines } from './tokens.ts';

/** Words before a block that say nothing themselves. */
const BLOCKS = new Set(['else', 'try', 'finally']);
const HEADS = new Set(['if', 'elif', 'while', 'except', 'match', 'case']);
const VERBS = new Set(['raise', 'assert', 'del', 'global', 'nonlocal', 'print', 'exec']);
const ASSIGNMENTS = new Set(['+=', '-=', '*=', '/=', '//=', '%=', '@=', '&=', '|=', '^=', '>>=', '<<=', '**=']);

/**
 * Reads a module's statements. Text that is no Python becomes statements as far as it can be read, so that nothing hides
 * behind a mistake.
 * @param step - called for each token; may throw to end the work
 * @throws PythonTooDeep, PythonTooLong: what lies behind is not read
 */
export function* readPython(text: string, step?: () => void): Generator<PythonStatement> {
  for (const line of readLogicalLines(text, step)) yield* new LineReader(line).statements();
}

const isOp = (token: Token | undefined, text: string): boolean => token?.kind === 'op' && token.text === text;

class LineReader {
  readonly #reader: ExpressionReader;
  #indent: number;

  constructor({ tokens, indent }: LogicalLine) {
    this.#reader = new ExpressionReader(tokens);
    this.#indent = indent;
  }

  *statements(): Generator<PythonStatement> {
    const reader = this.#reader;
    while (!reader.done) {
      const before = reader.at;
      const statement = this.#statement();
      if (statement !== undefined) yield statement;
      if (!reader.take(';') && reader.at === before) reader.at++;
    }
  }

  /** After a block's head: what follows on the line lies within it. */
  #block(): void {
    if (this.#reader.take(':')) this.#indent++;
  }

  #statement(): PythonStatement | undefined {
    const reader = this.#reader;
    const { line } = reader;
    const indent = this.#indent;
    const token = reader.tokens[reader.at]!;
    if (isOp(token, '@')) {
      reader.at++;
      return { kind: 'decorator', value: reader.expression(), line, indent };
    }
    if (token.kind !== 'name') return this.#expression();
    const next = reader.tokens[reader.at + 1];
    const word = token.text;
    if (word === 'async' && next?.kind === 'name') {
      reader.at++;
      return this.#statement();
    }
    if (BLOCKS.has(word) && isOp(next, ':')) {
      reader.at++;
      this.#block();
      return undefined;
    }
    if (word === 'import' || word === 'from') return this.#import();
    if (word === 'def' && next?.kind === 'name') return this.#def();
    if (word === 'class' && next?.kind === 'name') return this.#class();
    if (word === 'for') {
      reader.at++;
      const target = reader.targets();
      reader.take('in');
      const of = reader.expressions();
      this.#block();
      return { kind: 'for', target, of, line, indent };
    }
    if (word === 'with') return this.#with();
    if (word === 'return') {
      reader.at++;
      const values = reader.done || reader.is(';') ? [] : [reader.expressions()];
      return { kind: 'return', values, line, indent };
    }
    if (HEADS.has(word) && !this.#isName(word)) {
      reader.at++;
      const test = reader.is(':') ? undefined : reader.expressions();
      if (reader.take('as')) reader.name();
      if (reader.take('if')) {
        const guard = reader.expression();
        this.#block();
        return { kind: 'expression', values: [guard], line, indent };
      }
      this.#block();
      if (test === undefined) return undefined;
      if (word === 'if') return { kind: 'if', test, line, indent };
      return { kind: 'expression', values: [test], line, indent };
    }
    if (VERBS.has(word) && next !== undefined && (next.kind !== 'op' || '([{'.includes(next.text))) {
      // `print` and `exec` are statements in Python 2, and functions otherwise.
      if (!isOp(next, '(') || (word !== 'print' && word !== 'exec')) {
        if (word === 'exec') return this.#oldExec();
        reader.at++;
      }
    }
    return this.#expression();
  }

  /** Whether `match` or `case` is a plain name here: no colon outside brackets follows, or it is assigned to. */
  #isName(word: string): boolean {
    if (word !== 'match' && word !== 'case') return false;
    const { tokens, at } = this.#reader;
    let brackets = 0;
    for (let i = at + 1; i < tokens.length; i++) {
      const token = tokens[i]!;
      if (token.kind !== 'op') continue;
      if ('([{'.includes(token.text)) brackets++;
      else if (')]}'.includes(token.text)) brackets--;
      else if (brackets === 0 && token.text === ':') return i === at + 1;
      else if (brackets === 0 && token.text === '=') return true;
    }
    return true;
  }

  /** `exec code in scope` of Python 2, as a call. */
  #oldExec(): PythonStatement {
    const reader = this.#reader;
    const { line } = reader;
    reader.at++;
    const given = reader.expression();
    const value = given.kind === 'operation' && given.operator === 'in' ? given.of[0]! : given;
    const of: PythonNode = { kind: 'name', id: 'exec', line, depth: 0 };
    const call: PythonNode = { kind: 'call', of, args: [{ name: undefined, value }], line, depth: value.depth + 1 };
    return { kind: 'expression', values: [call], line, indent: this.#indent };
  }

  #expression(): PythonStatement {
    const reader = this.#reader;
    const { line } = reader;
    const indent = this.#indent;
    const values = [reader.expressions()];
    // An annotation says what is assigned; the value itself comes after it.
    let annotation: PythonNode | undefined;
    if (reader.take(':')) annotation = reader.expression();
    const token = reader.tokens[reader.at];
    if (token?.kind === 'op' && ASSIGNMENTS.has(token.text)) {
      reader.at++;
      return { kind: 'assign', targets: values, value: reader.expressions(), operator: token.text, line, indent };
    }
    while (reader.take('=')) values.push(reader.expressions());
    if (values.length > 1) {
      const value = values.pop()!;
      return { kind: 'assign', targets: values, value, operator: '=', line, indent };
    }
    while (reader.take('from') || reader.take('as')) values.push(reader.expressions());
    if (annotation !== undefined) values.push(annotation);
    return { kind: 'expression', values, line, indent };
  }

  #dotted(): string {
    const reader = this.#reader;
    let name = '';
    for (;;) {
      if (reader.take('.')) name += '.';
      else if (reader.take('...')) name += '...';
      else if (!reader.is('import') && !reader.is('as')) {
        const part = reader.name();
        if (part === undefined) return name;
        name += part;
        if (!reader.is('.')) return name;
      } else return name;
    }
  }

  #import(): PythonStatement {
    const reader = this.#reader;
    const { line } = reader;
    const names: ImportedName[] = [];
    if (reader.take('import')) {
      do {
        const module = this.#dotted();
        if (module !== '') names.push({ module, name: undefined, as: reader.take('as') ? reader.name() : undefined });
      } while (reader.take(','));
    } else {
      reader.take('from');
      const module = this.#dotted();
      reader.take('import');
      reader.take('(');
      do {
        const name = reader.take('*') ? '*' : reader.name();
        if (name !== undefined) names.push({ module, name, as: reader.take('as') ? reader.name() : undefined });
      } while (reader.take(','));
      reader.take(')');
    }
    return { kind: 'import', names, line, indent: this.#indent };
  }

  #def(): PythonStatement {
    const reader = this.#reader;
    const { line } = reader;
    const indent = this.#indent;
    reader.at++;
    const name = reader.name()!;
    if (reader.take('[')) reader.arguments(']');
    const params: string[] = [];
    // Annotations run as defaults do, when the function is made.
    const defaults: PythonNode[] = [];
    if (reader.take('(')) {
      while (!reader.done && !reader.take(')')) {
        const before = reader.at;
        while (reader.take('*') || reader.take('**') || reader.take('/'));
        const param = reader.name();
        if (param !== undefined) params.push(param);
        if (reader.take(':')) defaults.push(reader.expression());
        if (reader.take('=')) defaults.push(reader.expression());
        if (!reader.take(',') && reader.at === before) reader.at++;
      }
    }
    if (reader.take('->')) defaults.push(reader.expressions());
    this.#block();
    return { kind: 'def', name, params, defaults, line, indent };
  }

  #class(): PythonStatement {
    const reader = this.#reader;
    const { line } = reader;
    const indent = this.#indent;
    reader.at++;
    const name = reader.name()!;
    if (reader.take('[')) reader.arguments(']');
    const bases = reader.take('(') ? reader.arguments(')') : [];
    this.#block();
    return { kind: 'class', name, bases, line, indent };
  }

  #with(): PythonStatement {
    const reader = this.#reader;
    const { line } = reader;
    const indent = this.#indent;
    reader.at++;
    // Parentheses may stand around all items; an item in parentheses of its own reads the same here.
    const end = reader.tokens.length - 1;
    const around =
      reader.is('(') && isOp(reader.tokens[end], ':') && isOp(reader.tokens[end - 1], ')') && hasAs(reader);
    if (around) reader.at++;
    const items: { value: PythonNode; target: PythonNode | undefined }[] = [];
    do {
      if (around && reader.is(')')) break;
      const value = reader.expression();
      items.push({ value, target: reader.take('as') ? reader.targets() : undefined });
      // Two targets of one `as` would stand in parentheses: a comma begins the next item.
    } while (reader.take(','));
    if (around) reader.take(')');
    this.#block();
    return { kind: 'with', items, line, indent };
  }
}

/** Whether the first bracket of the line holds an `as` of its own: `with (open(a) as f, open(b) as g):`. */
function hasAs({ tokens, at }: ExpressionReader): boolean {
  let brackets = 0;
  for (let i = at; i < tokens.length; i++) {
    const token = tokens[i]!;
    if (token.kind === 'op' && '([{'.includes(token.text)) brackets++;
    else if (token.kind === 'op' && ')]}'.includes(token.text) && --brackets === 0) return false;
    else if (brackets === 1 && token.kind === 'name' && token.text === 'as') return true;
  }
  return false;
}
