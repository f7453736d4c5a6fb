// The scanner as it is shipped: every format, with the rules and lists under content/scan.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Scanner } from './examine.ts';
import { FORMATS } from './formats/index.ts';
import { readScanRules } from './rule.ts';

const RULES = fileURLToPath(new URL('../../content/scan/rules/', import.meta.url));

/** @throws AncileError `rules_invalid` when a shipped file was changed and is no longer in order */
export function shippedScanner(): Scanner {
  const files = readdirSync(RULES).filter((name) => name.endsWith('.yaml'));
  return { formats: FORMATS, rules: readScanRules(files.map((name) => join(RULES, name))) };
}
