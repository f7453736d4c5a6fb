// The file that says how a ledger is laid out: written once, before its first record.
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { AncileError, systemCode } from '../base/index.ts';
import { writeWhole } from './disk.ts';
import type { Layout } from './layout.ts';

const Format = z.strictObject({
  format: z.literal('ancile-ledger'),
  version: z.literal(1),
  segmentSize: z
    .int()
    .min(1)
    .max(1 << 20)
    .refine((size) => Number.isInteger(Math.log2(size)), 'must be a power of two'),
});
export type Format = z.infer<typeof Format>;

/**
 * The layout of an existing ledger; undefined where there is none.
 * @throws AncileError `ledger_corrupt` when the file is not one this program can read.
 */
export async function loadFormat(layout: Layout): Promise<Format | undefined> {
  let text: string;
  try {
    text = await readFile(layout.format, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    // eslint-disable-next-line no-restricted-properties -- our own file, held against a strict schema
    return Format.parse(JSON.parse(text));
  } catch (cause) {
    throw new AncileError('ledger_corrupt', `${layout.format} is not the format of a ledger of version 1`, {
      at: layout.format,
      hint: 'Restore the ledger from a copy, or run the version of ancile that wrote it.',
      cause,
    });
  }
}

export async function createFormat(layout: Layout, segmentSize: number): Promise<Format> {
  const format = Format.parse({ format: 'ancile-ledger', version: 1, segmentSize });
  await writeWhole(layout.format, JSON.stringify(format) + '\n');
  return format;
}
