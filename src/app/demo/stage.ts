// The demo's own server: a real one, in a folder of its own, with the practice model behind it and a policy that holds.
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { type LoadedConfig, loadConfig } from '../../config/index.ts';
import { shippedPolicySet } from '../../policy/index.ts';
import { shippedContent } from '../content.ts';

const HOLD = 'hold.cedar';

/** The default policies and one that holds, as a set of their own. */
function writePolicies(folder: string): void {
  cpSync(shippedPolicySet('default'), folder, { recursive: true });
  copyFileSync(shippedContent(`demo/${HOLD}`), join(folder, HOLD));
  const file = join(folder, 'policy-set.yaml');
  const manifest = parse(readFileSync(file, 'utf8')) as { policies: string[]; cases?: string };
  // The cases are the default set's: the policy that holds rules otherwise on some of them.
  delete manifest.cases;
  writeFileSync(file, stringify({ ...manifest, name: 'demo', policies: [...manifest.policies, HOLD] }));
}

/**
 * A configuration in a new folder: `ancile.yaml`, policies, an anchor file outside the data folder.
 * @param more - further members of the configuration, or others in their place
 */
export function writeStage(port: number, more: Readonly<Record<string, unknown>> = {}): LoadedConfig {
  const dir = mkdtempSync(join(tmpdir(), 'ancile-demo-'));
  mkdirSync(join(dir, 'policies'));
  writePolicies(join(dir, 'policies'));
  const config = {
    server: { port },
    dataDir: 'data',
    policy: { set: 'policies' },
    capture: { enabled: true, retention: '1d' },
    ledger: { anchorFile: 'anchor.txt', checkpointInterval: '1s' },
    approvals: { wait: '20s', expires: '5m' },
    ...more,
  };
  const file = join(dir, 'ancile.yaml');
  writeFileSync(file, stringify(config));
  return loadConfig(file);
}
