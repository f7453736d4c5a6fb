// Where the package's own content lies: rules and policies as data.
import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The package's folder: two up from src/app as from dist/app. */
const PACKAGE = resolve(import.meta.dirname, '../..');

/** Where the console lies once it is built. */
export const CONSOLE_FOLDER = join(PACKAGE, 'dist/console');

/** The path of a file under `content/`. */
export function shippedContent(name: string): string {
  return join(PACKAGE, 'content', name);
}

/** A file under `content/`: its text and the name that errors give it. */
export function readContent(name: string): { text: string; file: string } {
  const file = shippedContent(name);
  return { text: readFileSync(file, 'utf8'), file };
}

/** A file of the shipped rules: its text and the name that errors give it. */
export function readShippedRules(name: string): { text: string; file: string } {
  return readContent(`rules/${name}`);
}

/** Files under content/rules that hold prompt-attack rules. */
export const SHIPPED_ATTACK_RULES: readonly string[] = readdirSync(join(PACKAGE, 'content/rules/attack'))
  .filter((name) => name.endsWith('.yaml') && !name.endsWith('.fixtures.yaml'))
  .map((name) => `attack/${name}`);

/** The secret rules that are shipped, a file each: text and name. */
export function readSecretRules(): { text: string; file: string }[] {
  return readdirSync(join(PACKAGE, 'content/rules/secrets'))
    .filter((name) => /^[a-z-]+\.yaml$/.test(name))
    .map((name) => readShippedRules(`secrets/${name}`));
}

/** The trained prompt-attack model: its bytes. */
export function readShippedModel(): Uint8Array {
  return readFileSync(shippedContent('models/prompt-attack.bin'));
}
