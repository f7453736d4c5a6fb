// Playbooks from where they lie: those that come with the program, and files and folders that the configuration names.
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { AncileError, systemCode } from '../base/index.ts';
import type { LoadedConfig } from '../config/index.ts';
import { type ReadPlaybook, readPlaybook } from '../respond/index.ts';
import { shippedContent } from './content.ts';

const MOST = 200;
const MOST_BYTES = 500_000;

function invalid(at: string, message: string, cause?: unknown): AncileError {
  return new AncileError('config_invalid', `${at}: ${message}`, { at, cause });
}

function jsonFilesOf(folder: string): string[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return names.sort().map((name) => join(folder, name));
}

/** @throws AncileError `request_invalid` that names file and step; `usage` where the file cannot be read */
export function readPlaybookFile(path: string, shipped = false): ReadPlaybook {
  let text: Buffer;
  try {
    if (statSync(path).size > MOST_BYTES) throw new AncileError('usage', `${path} is larger than ${MOST_BYTES} bytes`);
    text = readFileSync(path);
  } catch (thrown) {
    if (thrown instanceof AncileError) throw thrown;
    throw new AncileError('usage', `${path} cannot be read (${systemCode(thrown) ?? 'unknown'})`, { at: path });
  }
  return readPlaybook({ file: basename(path), text, shipped });
}

/** The playbooks that are shipped. */
export function shippedPlaybooks(): ReadPlaybook[] {
  return jsonFilesOf(shippedContent('playbooks')).map((path) => readPlaybookFile(path, true));
}

/** All of them. @throws AncileError `config_invalid` that names file and step, and where two have one name */
export function openPlaybooks({ config, dir }: LoadedConfig): ReadPlaybook[] {
  const all = new Map(shippedPlaybooks().map((read) => [read.summary.playbook, read]));
  for (const [i, named] of config.incidents.playbooks.entries()) {
    const at = `incidents.playbooks[${i}]`;
    const path = resolve(dir, named);
    try {
      const files = statSync(path).isDirectory() ? jsonFilesOf(path) : [path];
      for (const file of files) {
        const read = readPlaybookFile(file);
        if (all.has(read.summary.playbook)) throw invalid(at, `there are two playbooks ${read.summary.playbook}`);
        all.set(read.summary.playbook, read);
        if (all.size > MOST) throw invalid(at, `there are more than ${MOST} playbooks`);
      }
    } catch (thrown) {
      if (thrown instanceof AncileError && thrown.code === 'config_invalid') throw thrown;
      const why = thrown instanceof AncileError ? thrown.message : `${path} cannot be read (${systemCode(thrown)})`;
      throw invalid(at, why, thrown);
    }
  }
  for (const [i, { playbook }] of config.incidents.start.entries()) {
    if (!all.has(playbook)) throw invalid(`incidents.start[${i}].playbook`, `there is no playbook ${playbook}`);
  }
  return [...all.values()];
}

/** @throws AncileError `config_invalid` where a playbook waits for a rule that there is not */
export function checkStarts({ config }: LoadedConfig, rules: ReadonlySet<string>): void {
  for (const [i, { rule }] of config.incidents.start.entries()) {
    if (rule !== undefined && !rules.has(rule)) {
      throw invalid(`incidents.start[${i}].rule`, `monitoring has no rule ${rule}, or it is switched off`);
    }
  }
}
