// Statements of a Jinja template: its text, outputs and tags as a tree.
import { JinjaReader } from './expression.ts';
import type { JinjaExpression, JinjaParameter, JinjaStatement } from './node.ts';
import { JinjaBroken, tokenizeJinja } from './tokens.ts';

/** Tags of extensions that stand alone; any other unknown tag is taken to have a body when its `end` follows somewhere. */
const ALONE = new Set(['break', 'continue', 'debug']);

type Body = readonly JinjaStatement[];

class Parser {
  readonly #reader: JinjaReader;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
    this.#reader = new JinjaReader(tokenizeJinja(text));
  }

  template(): Body {
    const body = this.#body([]);
    const { kind, text, at } = this.#reader.token;
    if (kind !== 'end') throw new JinjaBroken(`the tag ${text} has no beginning`, at);
    return body;
  }

  /** Statements up to a tag of these names, whose opening and name are taken; up to the end where none are given. */
  #body(ends: readonly string[]): Body {
    const reader = this.#reader;
    const statements: JinjaStatement[] = [];
    for (;;) {
      const token = reader.token;
      const { at } = token;
      if (token.kind === 'end') {
        if (ends.length > 0) throw new JinjaBroken(`${ends.at(-1)} is missing`, at);
        return statements;
      }
      reader.next();
      if (token.kind === 'text') statements.push({ kind: 'text', text: token.text, at });
      else if (token.text === '{{') {
        const value = reader.expression(true);
        reader.expect('close');
        statements.push({ kind: 'output', value, at });
      } else {
        const name = reader.expect('name').text;
        if (ends.includes(name)) {
          this.#ended = name;
          return statements;
        }
        if (name.startsWith('end') || name === 'else' || name === 'elif') {
          throw new JinjaBroken(`the tag ${name} has no beginning`, at);
        }
        statements.push(reader.deeper(() => this.#tag(name, at)));
      }
    }
  }

  /** The tag that ended the latest body. */
  #ended = '';

  /** A body up to its end tag, that taken whole. */
  #whole(end: string): Body {
    this.#reader.expect('close');
    const body = this.#body([end]);
    // `endblock name` and the like.
    while (this.#reader.token.kind === 'name') this.#reader.next();
    this.#reader.expect('close');
    return body;
  }

  #tag(name: string, at: number): JinjaStatement {
    const reader = this.#reader;
    switch (name) {
      case 'if':
        return this.#if(at);
      case 'for':
        return this.#for(at);
      case 'set':
        return this.#set(at);
      case 'do': {
        const value = reader.expression(true);
        reader.expect('close');
        return { kind: 'do', value, at };
      }
      case 'print': {
        const value = reader.expression(true);
        reader.expect('close');
        return { kind: 'output', value, at };
      }
      case 'macro': {
        const called = reader.expect('name').text;
        const parameters = this.#parameters();
        return { kind: 'macro', name: called, parameters, body: this.#whole('endmacro'), at };
      }
      case 'call': {
        const parameters = reader.is('operator', '(') ? this.#parameters() : [];
        const call = reader.expression();
        return { kind: 'call-block', call, parameters, body: this.#whole('endcall'), at };
      }
      case 'filter': {
        const filter = reader.filters(undefined, true)!;
        return { kind: 'filter-block', filter, body: this.#whole('endfilter'), at };
      }
      case 'with':
        return this.#with(at);
      case 'include':
      case 'extends':
      case 'import':
      case 'from':
        return this.#load(name, at);
      default:
        return this.#other(name, at);
    }
  }

  #if(at: number): JinjaStatement {
    const reader = this.#reader;
    const branches: { test: JinjaExpression | undefined; body: Body }[] = [];
    let test: JinjaExpression | undefined = reader.expression(true, true);
    for (;;) {
      reader.expect('close');
      const body = this.#body(['elif', 'else', 'endif']);
      branches.push({ test, body });
      if (this.#ended === 'endif') break;
      test = this.#ended === 'elif' ? reader.expression(true, true) : undefined;
    }
    reader.expect('close');
    return { kind: 'if', branches, at };
  }

  #for(at: number): JinjaStatement {
    const reader = this.#reader;
    const target = reader.target();
    reader.expect('name', 'in');
    const over = reader.expression(true, false);
    const where = reader.take('name', 'if') ? reader.expression() : undefined;
    reader.take('name', 'recursive');
    reader.expect('close');
    const body = this.#body(['else', 'endfor']);
    let otherwise: Body = [];
    if (this.#ended === 'else') {
      reader.expect('close');
      otherwise = this.#body(['endfor']);
    }
    reader.expect('close');
    return { kind: 'for', target, over, where, body, otherwise, at };
  }

  #set(at: number): JinjaStatement {
    const reader = this.#reader;
    const target = reader.target();
    if (reader.take('operator', '=')) {
      const value = reader.expression(true);
      reader.expect('close');
      return { kind: 'set', target, value, at };
    }
    const filter = reader.filters(undefined);
    return { kind: 'capture', target, filter, body: this.#whole('endset'), at };
  }

  #parameters(): JinjaParameter[] {
    const reader = this.#reader;
    const parameters: JinjaParameter[] = [];
    reader.expect('operator', '(');
    while (!reader.take('operator', ')')) {
      if (parameters.length > 0) {
        reader.expect('operator', ',');
        if (reader.take('operator', ')')) break;
      }
      const { text } = reader.expect('name');
      parameters.push({ name: text, default: reader.take('operator', '=') ? reader.expression() : undefined });
    }
    return parameters;
  }

  #with(at: number): JinjaStatement {
    const reader = this.#reader;
    const sets: [JinjaExpression, JinjaExpression][] = [];
    while (reader.token.kind !== 'close') {
      if (sets.length > 0) reader.expect('operator', ',');
      const { text, at: where } = reader.expect('name');
      reader.expect('operator', '=');
      sets.push([{ kind: 'name', name: text, at: where }, reader.expression()]);
    }
    return { kind: 'with', sets, body: this.#whole('endwith'), at };
  }

  #load(tag: string, at: number): JinjaStatement {
    const reader = this.#reader;
    const template = reader.expression();
    const names: string[] = [];
    if (tag === 'import' && reader.take('name', 'as')) names.push(reader.expect('name').text);
    if (tag === 'from' && reader.take('name', 'import')) {
      while (reader.token.kind === 'name' && !reader.is('name', 'with') && !reader.is('name', 'without')) {
        const { text } = reader.next();
        names.push(reader.take('name', 'as') ? reader.expect('name').text : text);
        if (!reader.take('operator', ',')) break;
      }
    }
    // `ignore missing`, `with context`.
    while (reader.token.kind === 'name') reader.next();
    reader.expect('close');
    return { kind: 'load', tag, template, names, at };
  }

  #other(tag: string, at: number): JinjaStatement {
    const reader = this.#reader;
    const first = reader.token;
    while (reader.token.kind !== 'close') {
      if (reader.token.kind === 'end') throw new JinjaBroken(`the tag ${tag} does not end`, at);
      reader.next();
    }
    if (!ALONE.has(tag) && this.#ends(tag, at)) {
      return { kind: 'body', tag, name: first.kind === 'name' ? first.text : '', body: this.#whole(`end${tag}`), at };
    }
    reader.expect('close');
    return { kind: 'tag', tag, at };
  }

  /** Whether an end tag of this name stands behind a place. */
  #ends(tag: string, at: number): boolean {
    const known = this.#lastEnd.get(tag);
    const last =
      known ?? Math.max(...['', ' ', '- ', '-', '+'].map((gap) => this.#text.lastIndexOf(`{%${gap}end${tag}`)));
    this.#lastEnd.set(tag, last);
    return last > at;
  }

  readonly #lastEnd = new Map<string, number>();
}

/**
 * Parses a Jinja template. The bound on its length is the caller's; nesting is bounded here.
 * @throws JinjaBroken for what Jinja would not take either, and for what is nested more than 150 deep
 */
export function parseJinja(text: string): readonly JinjaStatement[] {
  return new Parser(text).template();
}
