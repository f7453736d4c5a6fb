// A folder on disk as a repository: its own files, read within bounds.
import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { FileReport } from '../../contract/index.ts';
import type { ScanRule } from '../rule.ts';
import { toVerdict } from '../verdict.ts';
import { examineRepository } from './examine.ts';

/** Folders without one of these are no model repositories. */
const CONFIGURATION =
  /^(?:config|tokenizer_config|processor_config|preprocessor_config|model_index|modules|adapter_config)\.json$|\.index\.json$/;

function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch {
    return 0;
  }
}

function read(path: string, most: number): Uint8Array | undefined {
  try {
    const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const stat = fstatSync(file);
      if (!stat.isFile()) return undefined;
      const into = Buffer.alloc(Math.min(most, stat.size));
      return into.subarray(0, readSync(file, into, 0, into.length, 0));
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}

/**
 * A report of what the files of a folder say together; undefined where they say nothing.
 * @param files - names of the folder's own files
 * @param shown - what the report calls the folder
 */
export function scanFolder(
  rules: ReadonlyMap<string, ScanRule>,
  path: string,
  files: readonly string[],
  shown: string,
): FileReport | undefined {
  if (!files.some((name) => CONFIGURATION.test(name))) return undefined;
  const found = examineRepository(
    {
      files: files.map((name) => ({ path: name, size: sizeOf(join(path, name)) })),
      read: (name, most) => read(join(path, name), most),
    },
    rules,
  );
  if (found.length === 0) return undefined;
  const findings = found.map(({ path: member, finding }) => ({ ...finding, member }));
  return {
    path: shown,
    format: 'repository',
    verdict: toVerdict(findings, []),
    size: 0,
    findings,
    unseen: [],
    members: [],
    assets: [],
  };
}
