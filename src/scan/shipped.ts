// The scanner as it is shipped: every format, with the rules and lists under content/scan.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Scanner } from './examine.ts';
import { FORMATS } from './formats/index.ts';
import { readScanRules, type ScanRule } from './rule.ts';

const CONTENT = fileURLToPath(new URL('../../content/scan/', import.meta.url));
const RULES = join(CONTENT, 'rules');

/** Over names and content of all files of a folder. */
function digestOf(folder: string): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    if (name.endsWith('.yaml')) hash.update(`${name.replaceAll('\\', '/')}\0`).update(readFileSync(join(folder, name)));
  }
  return hash.digest('hex');
}

let rules: ReadonlyMap<string, ScanRule> | undefined;

/** What the shipped rules mean, by id. @throws AncileError as `shippedScanner` */
export function scanRules(): ReadonlyMap<string, ScanRule> {
  if (rules === undefined) {
    const files = readdirSync(RULES).filter((name) => name.endsWith('.yaml'));
    rules = readScanRules(files.map((name) => join(RULES, name)));
  }
  return rules;
}

/** @throws AncileError `rules_invalid` when a shipped file was changed and is no longer in order */
export function shippedScanner(): Scanner {
  return { formats: FORMATS, rules: scanRules(), digest: digestOf(CONTENT) };
}
