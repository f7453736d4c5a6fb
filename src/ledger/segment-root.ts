// The roots of sealed segments: one small file each, kept when the segment's lines are pruned.
import { readdir, readFile } from 'node:fs/promises';
import { systemCode } from '../base/index.ts';
import { writeWhole } from './disk.ts';
import { type Layout, parseSegmentName, type SegmentPart } from './layout.ts';

/** What the folder holds of each segment, in order of first seq. */
export async function listSegments(layout: Layout): Promise<Map<number, Set<SegmentPart>>> {
  let names: string[];
  try {
    names = await readdir(layout.dir);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return new Map();
    throw error;
  }
  const parts = names.flatMap((name) => parseSegmentName(name) ?? []).sort((a, b) => a.first - b.first);
  const segments = new Map<number, Set<SegmentPart>>();
  for (const { first, part } of parts) segments.set(first, (segments.get(first) ?? new Set()).add(part));
  return segments;
}

/** The stored root of a sealed segment; undefined where there is none or it is no root. */
export async function loadSegmentRoot(layout: Layout, first: number): Promise<Buffer | undefined> {
  try {
    const text = await readFile(layout.segment(first, 'root'), 'utf8');
    return /^[0-9a-f]{64}\n$/.test(text) ? Buffer.from(text.trim(), 'hex') : undefined;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

export async function saveSegmentRoot(layout: Layout, first: number, root: Uint8Array): Promise<void> {
  await writeWhole(layout.segment(first, 'root'), Buffer.from(root).toString('hex') + '\n');
}
