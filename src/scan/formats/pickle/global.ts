// A name that a pickle imports, with what the lists say of it.
import type { ScanCapability } from '../../../contract/index.ts';
import type { Special } from './special.ts';

/**
 * What may be done with a name. `call`: anything. `make`: name it, make an instance without its constructor, give that state.
 * `name`: only name it. `acts`: it is known to do something with the machine. `unlisted`: nobody has said.
 */
export type Level = 'call' | 'make' | 'name' | 'acts' | 'unlisted';

export interface Grade {
  readonly level: Level;
  /** What it does, where it acts. */
  readonly capability?: ScanCapability;
  /** The name it is known by, where it was reached by another way: `os.system` for `pathlib os.system`. */
  readonly known?: string;
  /** It lies in Python itself or in a module that is known to hold what acts: unlisted is more than unknown there. */
  readonly core?: boolean;
}

export class Global {
  readonly module: string;
  /** May be dotted; empty for the module itself. */
  readonly name: string;
  readonly grade: Grade;
  /** Where it was named first. */
  readonly offset: number;
  /** What a call of it depends on, beyond its grade. */
  readonly special: Special | undefined;
  /** Its calls were judged; it need not be spoken of as an import. */
  settled = false;
  /** It was given to someone else to call. */
  passed = false;

  constructor(module: string, name: string, grade: Grade, special: Special | undefined, offset: number) {
    this.module = module;
    this.name = name;
    this.grade = grade;
    this.special = special;
    this.offset = offset;
  }

  /** As a reader writes it. */
  get path(): string {
    if (this.name === '') return this.module;
    return this.module === 'builtins' || this.module === '__builtin__' ? this.name : `${this.module}.${this.name}`;
  }
}
