// Which files a copy of the ledger is made of, and how much of each: all of them only ever grow.
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Layout, parseSegmentName } from './layout.ts';

/** The files of the ledger with their present lengths. To be called between writes. */
export async function listLedgerFiles(layout: Layout): Promise<{ readonly name: string; readonly bytes: number }[]> {
  const notes = new Set([layout.format, layout.checkpoints, layout.prunes].map((path) => basename(path)));
  const names = (await readdir(layout.dir)).filter((name) => notes.has(name) || parseSegmentName(name) !== undefined);
  return Promise.all(
    names.sort().map(async (name) => ({
      name: `${basename(layout.dir)}/${name}`,
      bytes: (await stat(join(layout.dir, name))).size,
    })),
  );
}
