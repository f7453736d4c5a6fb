// The lists of names under content/scan/globals, one file a library, read once when the first pickle needs them.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import { AncileError } from '../../../base/index.ts';
import { ScanCapability } from '../../../contract/index.ts';
import type { Grade, Level } from './global.ts';

const FOLDER = fileURLToPath(new URL('../../../../content/scan/globals/', import.meta.url));

/** Names of a module, separated by spaces. `*`: all of the module; `**`: and of those below it; `name*`: all that begin so. */
const Names = z.record(z.string().regex(/^[\w.]+$/), z.string().min(1));
const Modules = z.array(z.string().regex(/^[\w.]+$/));
const List = z.strictObject({
  library: z.string().min(1),
  /** May be called with anything. */
  call: Names.optional(),
  /** Classes: may be named, made without their constructor and given state. */
  make: Names.optional(),
  /** May only be named. */
  name: Names.optional(),
  /** Known to act, by what they do. */
  acts: z.partialRecord(ScanCapability, Names).optional(),
  /** Modules whose classes, and those of the modules below, are harmless in a use. */
  classes: z.strictObject({ call: Modules.optional(), make: Modules.optional(), name: Modules.optional() }).optional(),
  /** Modules whose functions, and those of the modules below, may be named. */
  functions: Modules.optional(),
  /** Modules within those that are not meant. */
  except: Modules.optional(),
  /** Top-level modules of Python itself. */
  standard: z.string().optional(),
  /** Types of Python that are written small. */
  types: z.string().optional(),
  /** Class names that no module's harmless classes comprise: they run, load or open things, and are imported into many modules. */
  never: z.string().optional(),
});

export interface Lists {
  /** By `module name`. */
  readonly exact: ReadonlyMap<string, Grade>;
  /** By module: what its names begin with. */
  readonly prefixes: ReadonlyMap<string, readonly (readonly [string, Grade])[]>;
  /** By `module *` and `module **`. */
  readonly whole: ReadonlyMap<string, Grade>;
  /** By module: its classes and those below; a grade `unlisted` ends the search. */
  readonly trees: ReadonlyMap<string, Grade>;
  readonly functions: ReadonlyMap<string, Grade>;
  readonly standard: ReadonlySet<string>;
  readonly types: ReadonlySet<string>;
  readonly never: ReadonlySet<string>;
  /** First parts of the modules in which something acts. */
  readonly acting: ReadonlySet<string>;
}

/**
 * @param folder - of YAML files
 * @throws AncileError `rules_invalid` that names file and field
 */
export function readLists(folder: string): Lists {
  const exact = new Map<string, Grade>();
  const prefixes = new Map<string, [string, Grade][]>();
  const whole = new Map<string, Grade>();
  const trees = new Map<string, Grade>();
  const functions = new Map<string, Grade>();
  const standard = new Set<string>();
  const types = new Set<string>();
  const never = new Set<string>();
  const acting = new Set<string>();

  for (const file of readdirSync(folder).filter((name) => name.endsWith('.yaml'))) {
    const at = join(folder, file);
    const parsed = List.safeParse(parse(readFileSync(at, 'utf8')));
    if (!parsed.success) {
      const issue = parsed.error.issues[0]!;
      throw new AncileError('rules_invalid', `${issue.path.join('.')}: ${issue.message}`, { at });
    }
    const list = parsed.data;
    const put = (names: z.infer<typeof Names> | undefined, grade: Grade): void => {
      for (const [module, all] of Object.entries(names ?? {})) {
        if (grade.level === 'acts') acting.add(module.split('.', 1)[0]!);
        for (const name of all.split(/\s+/)) {
          const key = `${module} ${name}`;
          if (name === '*' || name === '**') whole.set(key, grade);
          else if (name.endsWith('*'))
            prefixes.set(module, [...(prefixes.get(module) ?? []), [name.slice(0, -1), grade]]);
          else {
            const other = exact.get(key);
            if (other !== undefined && other.level !== grade.level) {
              throw new AncileError('rules_invalid', `${key} is both ${other.level} and ${grade.level}`, { at });
            }
            exact.set(key, grade);
          }
        }
      }
    };
    for (const level of ['call', 'make', 'name'] satisfies Level[]) {
      put(list[level], { level });
      for (const module of list.classes?.[level] ?? []) trees.set(module, { level });
    }
    for (const [capability, names] of Object.entries(list.acts ?? {})) {
      put(names, { level: 'acts', capability: ScanCapability.parse(capability) });
    }
    for (const module of list.functions ?? []) functions.set(module, { level: 'name' });
    for (const module of list.except ?? []) {
      for (const tree of [trees, functions]) if (!tree.has(module)) tree.set(module, { level: 'unlisted' });
    }
    for (const module of list.standard?.split(/\s+/) ?? []) standard.add(module);
    for (const type of list.types?.split(/\s+/) ?? []) types.add(type);
    for (const name of list.never?.split(/\s+/) ?? []) never.add(name);
  }
  return { exact, prefixes, whole, trees, functions, standard, types, never, acting };
}

let shipped: Lists | undefined;

/** The lists as they are shipped. */
export const lists = (): Lists => (shipped ??= readLists(FOLDER));
