// The longest and the most memory that a file of 100 MB can be made to take: files built against each format, each scanned in a
// process of its own. Usage: npm run bench:scan-hostile [-- --only WORDS] [-- --all] (builds first; --check holds the bounds)
import { mkdtempSync, openSync, rmSync, statSync, writeSync, closeSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ARCHIVES } from './hostile/archives.ts';
import { MODELS } from './hostile/models.ts';
import { PICKLES } from './hostile/pickles.ts';
import { type Shape, chain } from './hostile/shape.ts';
import { TEXTS } from './hostile/texts.ts';
import { type Cost, scanInChild } from './scan-child.ts';

/** Most CPU time, which does not depend on what else the machine does, and most memory. */
const BOUND_MS = 2000;
const BOUND_MB = 200;
const SHOWN = 25;

const { values: flags } = parseArgs({
  options: {
    check: { type: 'boolean', default: false },
    all: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
  },
});

interface Row extends Cost {
  readonly what: string;
  readonly megabytes: number;
}

const line = ({ what, megabytes, cpu, wall, memory, format, verdict, fault }: Row): string =>
  `| ${what} | ${megabytes.toFixed(megabytes < 10 ? 1 : 0)} | ${cpu.toFixed(0)} | ${wall.toFixed(0)} | ${memory.toFixed(0)} | ${format}, ${fault ?? verdict} |`;
const isOver = ({ cpu, memory, fault }: Row): boolean => fault !== undefined || cpu > BOUND_MS || memory > BOUND_MB;
const share = ({ cpu, memory }: Row): number => Math.max(cpu / BOUND_MS, memory / BOUND_MB);
/** Makes a file, scans it, deletes it. */
function measure(folder: string, { what, file, make }: Shape): Row | string {
  const path = join(folder, file);
  mkdirSync(folder);
  try {
    const handle = openSync(path, 'w');
    try {
      for (const piece of chain(make())) for (let at = 0; at < piece.length;) at += writeSync(handle, piece, at);
    } catch (thrown) {
      return `${what}: skipped, ${String(thrown)}`;
    } finally {
      closeSync(handle);
    }
    return { what, megabytes: statSync(path).size / 1e6, ...scanInChild(path) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const root = mkdtempSync(join(tmpdir(), 'ancile-hostile-'));
const rows: Row[] = [];
try {
  for (const each of [...ARCHIVES, ...PICKLES, ...MODELS, ...TEXTS]) {
    if (!each.what.includes(flags.only)) continue;
    const row = measure(join(root, 'one'), each);
    if (typeof row === 'string') console.error(row);
    else {
      rows.push(row);
      if (isOver(row)) console.error(line(row));
    }
  }
} finally {
  rmSync(root, { recursive: true });
}

rows.sort((a, b) => share(b) - share(a));
console.log(
  `${rows.length} hostile files: the dearest\n\n| file | MB | CPU ms | wall ms | memory MB | said |\n|---|---:|---:|---:|---:|---|`,
);
for (const row of flags.all ? rows : rows.slice(0, Math.max(SHOWN, rows.filter(isOver).length))) console.log(line(row));
const over = rows.filter(isOver);
console.log(`\n${over.length} of ${rows.length} over ${BOUND_MS} ms of CPU or ${BOUND_MB} MB`);
if (flags.check && over.length > 0) process.exitCode = 1;
