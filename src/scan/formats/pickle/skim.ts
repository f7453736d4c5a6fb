// A search for the names that a pickle imports, where it could not be followed: behind a break, or where the budget ended.
import type { ScanCapability } from '../../../contract/index.ts';
import type { Source } from '../../source.ts';
import { gradeOf } from './grades.ts';
import { lists } from './lists.ts';
import { canonical } from './python2.ts';

const BLOCK = 1 << 18;
/** Bytes that two blocks have in common: no two names are longer. */
const OVERLAP = 512;
const LONGEST = 100;
/** Names that are told, that are looked up, that are put together, and places where one may be. */
const MOST = 50;
const MOST_LOOKED = 50_000;
const MOST_TRIED = 400_000;
const MOST_PLACES = 4_000_000;

const NEWLINE = 10;
const STACK_GLOBAL = 0x93;
const MEMOIZE = 0x94;
const BINPUT = 0x71;
const SHORT_BINUNICODE = 0x8c;
const SHORT_BINSTRING = 0x55;
const GLOBAL = 0x63;
const INST = 0x69;

/** 1 for what a name may hold. */
const WORD = new Uint8Array(256);
for (const sign of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.') WORD[sign.charCodeAt(0)] = 1;

export interface Skimmed {
  readonly module: string;
  readonly name: string;
  readonly offset: number;
  readonly capability: ScanCapability | undefined;
}

/** Where a run of a name's signs that ends at `end` begins, at most `LONGEST` before it. */
function wordBefore(bytes: Buffer, end: number): number {
  let at = end;
  while (at > 0 && end - at < LONGEST && WORD[bytes[at - 1]!] === 1) at--;
  return at;
}

/** The short text, memoised or not, that ends at `end`: where its opcode stands, and where it ends itself. */
function textBefore(bytes: Buffer, end: number): readonly [number, number] | undefined {
  const stop = bytes[end - 1] === MEMOIZE ? end - 1 : bytes[end - 2] === BINPUT ? end - 2 : end;
  for (let length = 1; length <= LONGEST && WORD[bytes[stop - length]!] === 1; length++) {
    const opcode = bytes[stop - length - 2];
    if (bytes[stop - length - 1] === length && (opcode === SHORT_BINUNICODE || opcode === SHORT_BINSTRING)) {
      return [stop - length - 2, stop];
    }
  }
  return undefined;
}

/**
 * Names that are known to act, each once.
 * @param most - bytes that are looked at
 */
export function skim(source: Source, from: number, most: number): Skimmed[] {
  const { acting } = lists();
  const found = new Map<string, Skimmed>();
  let looked = 0;
  let tried = 0;
  let places = 0;

  const consider = (module: string, name: string, offset: number): void => {
    tried++;
    const key = `${module} ${name}`;
    if (found.has(key) || found.size >= MOST || looked >= MOST_LOOKED) return;
    if (!acting.has(canonical(module, '')[0].split('.', 1)[0]!) && !name.includes('.')) return;
    looked++;
    const { level, capability } = gradeOf(module, name);
    if (level === 'acts') found.set(key, { module, name, offset, capability });
  };

  for (let base = from; base < from + most && tried < MOST_TRIED && places < MOST_PLACES; base += BLOCK) {
    const read = source.read(base, Math.min(BLOCK + OVERLAP, from + most - base));
    if (read.length === 0) break;
    const bytes = Buffer.from(read.buffer, read.byteOffset, read.byteLength);
    // Two lines, of which the first ends in an opcode and a module.
    for (let first = bytes.indexOf(NEWLINE); first !== -1;) {
      const second = bytes.indexOf(NEWLINE, first + 1);
      if (second === -1) break;
      if (second - first - 1 <= LONGEST && second > first + 1 && wordBefore(bytes, second) === first + 1) {
        places += 8;
        const name = bytes.toString('latin1', first + 1, second);
        for (let at = wordBefore(bytes, first); at < first - 1; at++) {
          if (bytes[at] === GLOBAL || bytes[at] === INST)
            consider(bytes.toString('latin1', at + 1, first), name, base + at);
        }
      }
      first = second;
    }
    // Two short texts in front of the opcode that takes them for a name.
    for (
      let at = bytes.indexOf(STACK_GLOBAL);
      at !== -1 && tried < MOST_TRIED && places++ < MOST_PLACES;
      at = bytes.indexOf(STACK_GLOBAL, at + 1)
    ) {
      const name = textBefore(bytes, at);
      const module = name === undefined ? undefined : textBefore(bytes, name[0]);
      if (name === undefined || module === undefined) continue;
      consider(
        bytes.toString('latin1', module[0] + 2, module[1]),
        bytes.toString('latin1', name[0] + 2, name[1]),
        base + module[0],
      );
    }
    if (read.length < BLOCK) break;
  }
  return [...found.values()];
}
