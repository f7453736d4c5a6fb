// What a dotted Python name reaches when a loader imports it because a configuration says so.
import { z } from 'zod';
import { ScanCapability, type Severity } from '../../contract/index.ts';
import { shippedList } from '../lists.ts';

const words = z.string().transform((text) => text.split(/\s+/).filter((word) => word !== ''));

const list = shippedList(
  'names.yaml',
  z
    .strictObject({
      acts: z.partialRecord(ScanCapability, words),
      harmless: words,
      standard: words,
      known: words,
    })
    .transform(({ acts, harmless, standard, known }) => {
      const grades = new Map<string, NameGrade>();
      for (const name of standard) grades.set(name, { level: 'core' });
      for (const name of known) grades.set(name, { level: 'known' });
      for (const name of harmless) grades.set(name, { level: 'harmless' });
      for (const [capability, names] of Object.entries(acts) as [ScanCapability, string[]][])
        for (const name of names) grades.set(name, { level: 'acts', capability });
      return grades;
    }),
);

export interface NameGrade {
  /**
   * `acts`: does what its capability says. `core`: of Python itself, and no known harmless part of it; `harmless`: such a part.
   * `known`: of a library that configurations name. `unlisted`: anything else, mostly the user's own code.
   */
  readonly level: 'acts' | 'core' | 'harmless' | 'known' | 'unlisted';
  readonly capability?: ScanCapability;
}

/** Modules that many libraries import: reached through any of them (`numpy.f2py.os.system`) they act the same. */
const REACHED = new Set(
  'os sys subprocess builtins __builtins__ importlib shutil ctypes runpy pickle marshal pty posix'.split(' '),
);
const DUNDER = /^__(?!init__$|main__$|version__$|future__$|builtin__$|builtins__$)\w+__$/;
const DOTTED = /^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*$/;
const MOST = 300;

/** Whether text has the form of a dotted name of at least `parts` parts. */
export const isDotted = (text: string, parts = 2): boolean =>
  text.length <= MOST && DOTTED.test(text) && text.split('.').length >= parts;

/** Whether the last part is written as classes are. */
export const isClassLike = (name: string): boolean => /^_?[A-Z]/.test(name.slice(name.lastIndexOf('.') + 1));

/** @param name - `module.attribute`, however many parts; Python strips spaces nowhere, and neither does this */
export function gradeName(name: string): NameGrade {
  const grades = list();
  const parts = name.slice(0, MOST).split(/[.:]/);
  const dunder = parts.some((part) => DUNDER.test(part));
  for (let count = parts.length; count > 0; count--) {
    const grade = grades.get(parts.slice(0, count).join('.'));
    if (grade === undefined) continue;
    if (grade.level === 'acts') return grade;
    const inner = parts.findIndex((part, at) => at > 0 && at < parts.length - 1 && REACHED.has(part));
    if (inner > 0) return gradeName(parts.slice(inner).join('.'));
    return dunder ? { level: 'acts', capability: 'attribute' } : grade;
  }
  const inner = parts.findIndex((part, at) => at > 0 && at < parts.length - 1 && REACHED.has(part));
  if (inner > 0) return gradeName(parts.slice(inner).join('.'));
  return dunder ? { level: 'acts', capability: 'attribute' } : { level: 'unlisted' };
}

/** How bad it is that a loader imports a name which acts, and calls it or hands it on. */
export const severityOf = ({ level, capability }: NameGrade): Severity => {
  if (level === 'core') return 'medium';
  if (level !== 'acts') return 'low';
  return capability === 'execute' || capability === 'native' || capability === 'deserialize' ? 'critical' : 'high';
};

const DOES: Readonly<Record<ScanCapability, string>> = {
  execute: 'runs commands or code',
  import: 'imports any module',
  file: 'reads or writes files',
  network: 'connects to other machines',
  attribute: 'reaches any attribute',
  native: 'loads native code',
  deserialize: 'loads other files or byte strings',
  exhaust: 'uses up memory or time',
};

/** What a name does, for a sentence: `runs commands or code`. */
export const whatItDoes = ({ capability }: NameGrade): string =>
  capability === undefined ? 'is not known to be harmless' : DOES[capability];
