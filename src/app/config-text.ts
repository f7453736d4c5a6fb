// Text files that a configuration names.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { AncileError, systemCode } from '../base/index.ts';

/**
 * @param dir - folder of the configuration file
 * @param at - the field that names the file: `forward.ca`
 * @throws AncileError `config_invalid`
 */
export function readConfigText(dir: string, path: string, at: string): string {
  const file = resolve(dir, path);
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const message = `${at}: ${file} cannot be read (${systemCode(cause) ?? 'unknown'})`;
    throw new AncileError('config_invalid', message, { at, cause });
  }
}
