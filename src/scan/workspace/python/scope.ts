// Names and what they stand for, by scope, as a module's text is read from top to bottom.
import type { Value } from './value.ts';

/** When code runs: as its file is loaded, when it is run as a program, or when somebody calls the function it is in. */
export interface Running {
  /** The function it is in; undefined at the top of the module and in the bodies of classes. */
  readonly def: string | undefined;
  /** Under `if __name__ == "__main__":`. */
  readonly main: boolean;
}

interface Scope {
  readonly kind: 'module' | 'class' | 'def' | 'main';
  readonly name: string;
  /** Of its head: what is indented no more ends it. */
  readonly indent: number;
  readonly names: Map<string, Value>;
  readonly params: ReadonlySet<string>;
}

const MOST_SCOPES = 100;
const NONE: ReadonlySet<string> = new Set();

export class Scopes {
  readonly #scopes: Scope[] = [{ kind: 'module', name: '', indent: -1, names: new Map(), params: NONE }];
  /** Modules whose names all came in with `from x import *`. */
  readonly stars: string[] = [];

  /** Leaves the scopes that a statement of this indentation is no longer in. */
  leaveTo(indent: number): void {
    while (this.#scopes.length > 1 && indent <= this.#scopes.at(-1)!.indent) this.#scopes.pop();
  }

  enter(kind: 'class' | 'def' | 'main', name: string, indent: number, params: readonly string[] = []): void {
    if (this.#scopes.length >= MOST_SCOPES) return;
    const names = kind === 'main' ? this.#scopes.at(-1)!.names : new Map<string, Value>();
    this.#scopes.push({ kind, name, indent, names, params: new Set(params) });
  }

  get running(): Running {
    let def: string | undefined;
    let main = false;
    for (const scope of this.#scopes) {
      if (scope.kind === 'def') def ??= scope.name;
      if (scope.kind === 'main') main = true;
    }
    return { def, main };
  }

  /** The innermost function's name: `__reduce__` in a class in a function. */
  get innermost(): string | undefined {
    return this.#scopes.findLast(({ kind }) => kind === 'def')?.name;
  }

  get atModule(): boolean {
    return this.#scopes.every(({ kind }) => kind === 'module' || kind === 'main');
  }

  set(name: string, value: Value): void {
    this.#scopes.at(-1)!.names.set(name, value);
  }

  /** Attributes of `self` belong to the class, in whichever method they are set. */
  setOnSelf(name: string, value: Value): void {
    const scope = this.#scopes.findLast(({ kind }) => kind === 'class') ?? this.#scopes[0]!;
    scope.names.set(`self.${name}`, value);
  }

  get(name: string): Value | undefined {
    for (let at = this.#scopes.length - 1; at >= 0; at--) {
      const scope = this.#scopes[at]!;
      const value = scope.names.get(name);
      if (value !== undefined) return value;
      if (scope.params.has(name)) return { param: name, path: `?${name}`, from: 0 };
    }
    return undefined;
  }
}
