// The lists under content/scan: read once, on first use, and held against their schema.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import type { z } from 'zod';
import { AncileError } from '../base/index.ts';

/** A shipped file, held against its schema. @throws AncileError `rules_invalid` that names file and field */
export function readShipped<T>(path: string, schema: z.ZodType<T>): T {
  const file = schema.safeParse(parse(readFileSync(path, 'utf8')));
  if (file.success) return file.data;
  const issue = file.error.issues[0]!;
  throw new AncileError('rules_invalid', `${issue.path.join('.')}: ${issue.message}`, { at: path });
}

/**
 * A reader of `content/scan/<name>` that reads the file on its first call.
 * @throws AncileError `rules_invalid`, by that call, when the shipped file was changed and is no longer in order
 */
export function shippedList<T>(name: string, schema: z.ZodType<T>): () => T {
  let list: T | undefined;
  return () => (list ??= readShipped(fileURLToPath(new URL(`../../content/scan/${name}`, import.meta.url)), schema));
}
