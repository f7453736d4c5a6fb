// What the lists under content/scan/globals say of a name that a pickle imports: harmless and in which use, or acting and how, or nothing.
import { lists } from './lists.ts';
import type { Grade } from './global.ts';
import { canonical } from './python2.ts';

/** A class by the way it is written, or a nested one. Modules are written small: a name that is one is never taken for a class. */
const CLASS = /^_{0,2}[A-Z]\w*$/;
/** What Cython writes to make an instance of a class that the pickle gives it. */
const CYTHON = /^__pyx_unpickle_\w+$/;
export const isCython = (name: string): boolean => CYTHON.test(name);
const DUNDER = /^__\w+__$/;
/** Parts of a dotted name that are looked at; no honest one has as many. */
const MOST_PARTS = 8;

const NOTHING: ReadonlyMap<string, Grade> = new Map();
const UNLISTED: Grade = { level: 'unlisted' };
const UNLISTED_CORE: Grade = { level: 'unlisted', core: true };

/** What is said of a name that is not dotted. What stands nearer to the name counts before what stands further up. */
function plain(module: string, name: string): Grade | undefined {
  const { exact, prefixes, whole, trees, functions, standard, never } = lists();
  const listed = exact.get(`${module} ${name}`) ?? prefixes.get(module)?.find(([start]) => name.startsWith(start))?.[1];
  if (listed !== undefined) return listed;
  const all = whole.get(`${module} *`);
  const foreign = standard.has(name.replace(/^_+/, '')) || never.has(name);
  if (all !== undefined && (all.level === 'acts' || !foreign)) return all;
  const tree = foreign ? NOTHING : CLASS.test(name) || isCython(name) ? trees : functions;
  let excepted = false;
  for (let at = module; ; at = at.slice(0, at.lastIndexOf('.'))) {
    const grade = excepted ? undefined : tree.get(at);
    if (grade?.level === 'unlisted') excepted = true;
    else if (grade !== undefined) return grade;
    const below = whole.get(`${at} **`);
    if (below !== undefined || !at.includes('.')) return below;
  }
}

/** Whether the path leads to something that acts: `os.system` within `pathlib os.system`, `_sys.modules.get`. */
function reaches(module: readonly string[], names: readonly string[], inClass: boolean): Grade | undefined {
  const parts = [...module, ...names];
  // What lies deepest says most: `os.system` rather than the module that it was reached through.
  for (let start = parts.length - 2; start >= 0; start--) {
    // The module is one name; a path begins in it as a whole, or behind it.
    if (start > 0 && start < module.length) continue;
    for (let middle = start + 1; middle < parts.length; middle++) {
      // What lies within a class that is harmless is no module below this one.
      if (inClass && start === 0 && middle >= module.length) continue;
      const inner = parts.slice(start, middle).join('.').replace(/^_+/, '');
      for (let end = parts.length; end > middle; end--) {
        const name = parts.slice(middle, end).join('.');
        const grade = plain(...canonical(inner, name));
        if (grade?.level === 'acts') return { ...grade, known: `${inner}.${parts.slice(middle).join('.')}` };
      }
    }
  }
  return undefined;
}

function dotted(module: string, parts: readonly string[]): Grade {
  if (parts.length > MOST_PARTS) return UNLISTED_CORE;
  const base = plain(module, parts[0]!);
  const isClass = base?.level === 'make' || (base?.level === 'call' && CLASS.test(parts[0]!));
  const acting = reaches(module.split('.').slice(-MOST_PARTS), parts, isClass);
  if (acting !== undefined) return acting;
  if (parts.some((part) => DUNDER.test(part))) return { level: 'acts', capability: 'attribute' };
  if (base?.level === 'acts') return base;
  if (!isClass) {
    // The types of Python itself are written small; their methods are harmless to name.
    const type = base !== undefined && module === 'builtins' && lists().types.has(parts[0]!) && parts.length === 2;
    return type ? { level: 'name' } : UNLISTED_CORE;
  }
  if (parts.every((part) => CLASS.test(part))) return { level: base.level };
  const harmless = parts.length === 2 && !isStandard(module) && !lists().never.has(parts[1]!);
  return harmless ? { level: 'name' } : UNLISTED_CORE;
}

/** Whether a module belongs to Python itself. */
export const isStandard = (module: string): boolean => {
  const dot = module.indexOf('.');
  return lists().standard.has(dot === -1 ? module : module.slice(0, dot));
};

/**
 * @param module - as the pickle names it
 * @param name - may be dotted; empty for the module itself
 */
export function gradeOf(module: string, name: string): Grade {
  const [known, short] = canonical(module, name);
  const { exact } = lists();
  const grade = short.includes('.') ? exact.get(`${known} ${short}`) : plain(known, short);
  if (grade !== undefined) return grade;
  if (short.includes('.')) return dotted(known, short.split('.'));
  return isStandard(known) ? UNLISTED_CORE : UNLISTED;
}
