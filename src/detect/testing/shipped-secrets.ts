// The shipped secret rules, for tests and tools that look at all of them.
import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type SecretRules, parseSecretFiles } from '../secrets/rule.ts';

/** Where the files of secret rules lie, with their fixtures and the everyday texts. */
export const SECRETS_FOLDER = resolve(import.meta.dirname, '../../../content/rules/secrets');

/** The names of the rule files: `cloud`, `passwords` and so on. */
export const SECRET_FILES: readonly string[] = readdirSync(SECRETS_FOLDER)
  .filter((name) => /^[a-z-]+\.yaml$/.test(name))
  .map((name) => name.slice(0, -'.yaml'.length));

export function shippedSecrets(): SecretRules {
  return parseSecretFiles(
    SECRET_FILES.map((name) => ({
      text: readFileSync(join(SECRETS_FOLDER, `${name}.yaml`), 'utf8'),
      file: `secrets/${name}.yaml`,
    })),
  );
}
