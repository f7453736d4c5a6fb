// What a template does with names, weighed: one finding for each place and rule.
import type { Look, Reported } from '../../format.ts';
import { type Place, placeIndex } from './place.ts';
import { couldBe, leads, leadsAsKey, names } from './names.ts';

const EXECUTES = { capability: 'execute' } as const;
/** Iterations, characters or bits that no prompt needs. */
const TOO_MANY = 5e7;

export class TemplateJudge {
  readonly #look: Look;
  readonly #text: string;
  /** A page of a web application: what it calls and loads is its own matter. */
  readonly #page: boolean;
  readonly #told = new Set<string>();
  /** Made when the first is told: most templates are in order. */
  #placeOf: ((at: number) => Place) | undefined;

  constructor(text: string, look: Look, page: boolean) {
    this.#text = text;
    this.#look = look;
    this.#page = page;
  }

  /** A name that is reached as an attribute. */
  attribute(name: string, at: number): boolean {
    if (!leads(name)) return false;
    this.#say('jinja.escape', at, `reaches ${name}, from where any Python code can be run`, EXECUTES);
    return true;
  }

  /** A path as `map(attribute=...)` takes it. */
  path(path: string, at: number): void {
    for (const name of path.split('.').slice(0, 50)) {
      this.attribute(name, at);
      if (name === 'format' || name === 'format_map') this.stored(name, at);
    }
  }

  /** A name by which an item is asked for: an attribute where there is no such item. */
  key(name: string, at: number): boolean {
    return leadsAsKey(name) && this.attribute(name, at);
  }

  /**
   * A name of which only pieces are known.
   * @param always - whether nothing but an attribute can be meant
   */
  pieces(pieces: readonly string[], at: number, always: boolean): void {
    const name = couldBe(pieces);
    if (name !== undefined) {
      const written = pieces.join('…');
      this.#say(
        'jinja.computed',
        at,
        `works out the name of what it reaches: ${written}, which can be ${name}`,
        EXECUTES,
      );
    } else if (always) {
      this.#say('jinja.computed', at, 'reaches an attribute whose name it works out', { capability: 'attribute' });
    }
  }

  /** A function of the renderer that is called by its name. */
  call(name: string, shown: string, at: number): void {
    if (names().commands.has(name)) this.#say('jinja.command', at, `calls ${name}(${shown})`, EXECUTES);
    else if (name === 'lipsum' || !names().functions.has(name)) {
      if (names().objects.has(name)) this.object(name, at);
      else this.#say('jinja.function', at, `calls ${name}, which whoever renders it must provide`);
    }
  }

  method(name: string, at: number): void {
    if (names().acts.has(name)) return this.#say('jinja.command', at, `calls the method ${name}`, EXECUTES);
    if (this.attribute(name, at) || names().methods.has(name) || name === 'format' || name === 'format_map') return;
    this.#say('jinja.unlisted', at, `calls the method ${name} of a value`, {
      capability: 'attribute',
      ...this.#lesser(),
    });
  }

  filter(name: string, at: number): void {
    if (names().filters.has(name) || this.attribute(name, at)) return;
    if (names().commands.has(name)) this.#say('jinja.command', at, `applies the filter ${name}`, EXECUTES);
    else this.#say('jinja.function', at, `applies the filter ${name}, which whoever renders it must provide`);
  }

  /** An object of the renderer or a web framework that is looked into. */
  object(name: string, at: number): void {
    if (!names().objects.has(name)) return;
    this.#say('jinja.internals', at, `looks into ${name}, which is no value of a prompt`, {
      capability: 'attribute',
      ...this.#lesser(),
    });
  }

  debug(at: number): void {
    this.#say('jinja.internals', at, 'writes out everything that the renderer knows', this.#lesser());
  }

  /** A field of a format string that goes into its value: `0.a[b]`. */
  field(field: string, at: number): void {
    const steps = field.split(/[.[\]]+/).slice(1);
    const bad = steps.find((step) => leads(step));
    if (bad !== undefined) {
      this.#say(
        'jinja.escape',
        at,
        `reaches ${bad} by a format string, from where the interpreter can be read`,
        EXECUTES,
      );
    } else if (steps.some((step) => step !== '')) {
      this.#say('jinja.format', at, `reads attributes by a format string: {${field}}`, {
        severity: 'medium',
        capability: 'attribute',
      });
    }
  }

  /** A reference to `format` that is not called at once. */
  stored(name: string, at: number): void {
    this.#say(
      'jinja.format',
      at,
      `takes a string's ${name} without calling it, which goes round the sandbox`,
      EXECUTES,
    );
  }

  load(tag: string, template: string | undefined, at: number): void {
    const out = template !== undefined && (/^[/\\~]|^\w+:/.test(template) || template.split(/[/\\]/).includes('..'));
    const shown =
      template === undefined ? 'a template whose name it works out' : `the template ${JSON.stringify(template)}`;
    this.#say('jinja.load', at, `${tag}s ${shown}`, {
      capability: 'file',
      ...(out ? { severity: 'high' as const } : this.#lesser()),
    });
  }

  /** @param much - iterations, characters or bits */
  amount(much: number, what: string, at: number): void {
    if (!(much > TOO_MANY)) return;
    this.#say('jinja.exhaust', at, `${what}: ${much.toExponential(0)}`, { capability: 'exhaust' });
  }

  /** A template that could not be parsed: only what stands in its tags in plain words is told. */
  plain(text: string): void {
    for (const match of text.matchAll(/\.\s*(__\w{1,40}__)|\[\s*["'](__\w{1,40}__)["']|\|\s*attr\s*\(/g)) {
      this.#look.budget.step();
      const name = match[1] ?? match[2];
      if (name === undefined) this.pieces(['', ''], match.index, true);
      else if (leadsAsKey(name)) this.attribute(name, match.index);
    }
  }

  #lesser(): { severity?: 'low' } {
    return this.#page ? { severity: 'low' } : {};
  }

  #say(rule: string, at: number, message: string, more: Partial<Reported> = {}): void {
    const key = `${rule}\0${at}\0${message}`;
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.#placeOf ??= placeIndex(this.#text);
    const near = Math.max(at - 60, 0);
    const start = near + Math.max(this.#text.slice(near, at + 1).lastIndexOf('{'), 0);
    this.#look.report(rule, {
      message: `the template ${message}`,
      ...this.#placeOf(at),
      evidence: this.#text.slice(start, at + 100),
      ...more,
    });
  }
}
