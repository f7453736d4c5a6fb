// Three packages of npm that look for prompt attacks, installed on demand to a scratch folder: to be measured beside.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

export interface Peer {
  readonly name: string;
  flags(text: string): Promise<boolean>;
}

const FOLDER = resolve(import.meta.dirname, '../../.bench/peers');
const PACKAGES = ['@andersmyrmel/vard@1.2.0', 'llm_guardrail@2.1.2', '@presidio-dev/hai-guardrails@1.12.0'];

/** A module of the scratch folder, entered as a program there would enter it. */
const ENTRY = `
import vard from '@andersmyrmel/vard';
import { checkInjection, checkJailbreak } from 'llm_guardrail';
import { injectionGuard } from '@presidio-dev/hai-guardrails';
const hai = injectionGuard({ roles: ['user'] }, { mode: 'pattern', threshold: 0.5 });
export const flagsOf = {
  'vard': async (text) => !vard.safe(text).safe,
  'llm_guardrail (injection or jailbreak)': async (text) =>
    !(await checkInjection(text)).allowed || !(await checkJailbreak(text)).allowed,
  'hai-guardrails (pattern)': async (text) => !(await hai([{ role: 'user', content: text }]))[0].passed,
};
`;

/** Installs the packages where they are not yet, and opens them. */
export async function openPeers(note: (what: string) => void): Promise<Peer[]> {
  if (!existsSync(join(FOLDER, 'node_modules'))) {
    note(`installing ${PACKAGES.join(', ')} to ${FOLDER}`);
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(join(FOLDER, 'package.json'), '{ "private": true, "type": "module" }\n');
    execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', ...PACKAGES], { cwd: FOLDER });
  }
  writeFileSync(join(FOLDER, 'entry.mjs'), ENTRY);
  // One of them starts a worker, for another of its modes, whose file is not in its package; it is not asked.
  process.on('uncaughtException', (thrown) => {
    if (!String(thrown).includes('hai-guardrails')) throw thrown;
  });
  const { flagsOf } = (await import(pathToFileURL(join(FOLDER, 'entry.mjs')).href)) as {
    flagsOf: Record<string, (text: string) => Promise<boolean>>;
  };
  return Object.entries(flagsOf).map(([name, flags]) => ({ name, flags }));
}
