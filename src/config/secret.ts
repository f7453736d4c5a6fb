// Secrets are named in the configuration, never written there: read from the environment or a file when needed.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { AncileError, systemCode } from '../base/index.ts';
import type { SecretRef } from '../contract/index.ts';

/**
 * The secret that a reference names, trimmed.
 * @param at - the configuration field that holds the reference, for errors
 * @param dir - folder that a relative `file` is relative to
 * @throws AncileError `config_invalid` when it is missing or empty; the message never holds the secret
 */
export function readSecret(ref: SecretRef, at: string, dir: string): string {
  if ('env' in ref) {
    const value = process.env[ref.env]?.trim();
    if (value) return value;
    throw new AncileError('config_invalid', `${at}: the environment variable ${ref.env} is not set`, {
      at,
      hint: `Set it before the start: export ${ref.env}=...`,
    });
  }
  const path = resolve(dir, ref.file);
  let value: string;
  try {
    value = readFileSync(path, 'utf8').trim();
  } catch (thrown) {
    throw new AncileError('config_invalid', `${at}: ${path} cannot be read (${systemCode(thrown) ?? 'unknown'})`, {
      at,
      hint: 'The file must exist and be readable by the user that runs ancile.',
      cause: thrown,
    });
  }
  if (value === '') throw new AncileError('config_invalid', `${at}: ${path} is empty`, { at });
  return value;
}
