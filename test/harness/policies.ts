// A policy set of a test's own: the default one and what the test adds to it.
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { shippedPolicySet } from '../../src/policy/index.ts';
import { tempFolder } from './cleanup.ts';

/** The folder of the default set with these Cedar policies beside. */
export function policiesWith(cedar: string): string {
  const folder = tempFolder();
  cpSync(shippedPolicySet('default'), folder, { recursive: true });
  writeFileSync(join(folder, 'more.cedar'), cedar);
  const file = join(folder, 'policy-set.yaml');
  const manifest = parse(readFileSync(file, 'utf8')) as { policies: string[]; cases?: string };
  delete manifest.cases;
  writeFileSync(file, stringify({ ...manifest, name: 'test', policies: [...manifest.policies, 'more.cedar'] }));
  return folder;
}
