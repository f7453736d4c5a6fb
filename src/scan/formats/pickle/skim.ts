// A search for the names that a pickle imports, where it could not be followed: behind a break, or where the budget ended.
import type { Source } from '../../source.ts';
import type { Global } from './global.ts';
import { gradeOf } from './grades.ts';
import { lists } from './lists.ts';
import { canonical } from './python2.ts';

const BLOCK = 1 << 18;
/** Bytes that two blocks have in common: no name is longer. */
const OVERLAP = 512;
/** GLOBAL and INST with two lines; two short texts, memoised or not, and STACK_GLOBAL. */
const NAMES =
  /[ci]([A-Za-z_][\w.]{0,99})\n([A-Za-z_][\w.]{0,99})\n|[\x8cU].([A-Za-z_][\w.]{0,99})(?:\x94|q.|p\d+\n)?[\x8cU].([A-Za-z_][\w.]{0,99})(?:\x94|q.|p\d+\n)?\x93/gs;

/** Names that are told, and that are looked up. */
const MOST = 50;
const MOST_LOOKED = 50_000;

export interface Skimmed {
  readonly module: string;
  readonly name: string;
  readonly offset: number;
  readonly capability: Global['grade']['capability'];
}

/**
 * Names that are known to act, each once.
 * @param most - bytes that are looked at
 */
export function skim(source: Source, from: number, most: number): Skimmed[] {
  const { acting } = lists();
  const found = new Map<string, Skimmed>();
  let looked = 0;
  const end = from + most;
  for (let at = from; at < end; at += BLOCK) {
    const bytes = source.read(at, Math.min(BLOCK + OVERLAP, end - at));
    if (bytes.length === 0) break;
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
    for (const match of text.matchAll(NAMES)) {
      const [module, name] = [match[1] ?? match[3]!, match[2] ?? match[4]!];
      const key = `${module} ${name}`;
      if (found.has(key) || found.size >= MOST || looked >= MOST_LOOKED) continue;
      const top = canonical(module, '')[0].split('.', 1)[0]!;
      if (!acting.has(top) && !name.includes('.')) continue;
      looked++;
      const grade = gradeOf(module, name);
      if (grade.level === 'acts')
        found.set(key, { module, name, offset: at + match.index, capability: grade.capability });
    }
    if (bytes.length < BLOCK) break;
  }
  return [...found.values()];
}
