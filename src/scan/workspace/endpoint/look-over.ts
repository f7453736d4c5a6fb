// A workstation looked over: local models, AI programs, configurations of agents, keys in plain text. Reads only, within
// the home folder and within bounds, and asks nobody.
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename } from 'node:path';
import { z } from 'zod';
import type { AiInventory } from '../../../contract/index.ts';
import type { Scanner } from '../../examine.ts';
import { shippedList } from '../../lists.ts';
import { scanFile } from '../../scan-file.ts';
import { shippedScanner } from '../../shipped.ts';
import { findSecrets } from '../secrets.ts';
import { lineIndex } from '../text.ts';
import { Home } from './home.ts';
import { findDatasets, findModels } from './models.ts';

const Paths = z.array(z.string());
const Places = z.strictObject({
  tools: z.record(z.string(), Paths),
  models: z.record(z.string(), Paths),
  modelFiles: z.string().transform((pattern) => new RegExp(pattern)),
  configs: Paths,
  projectConfigs: Paths,
  keys: Paths,
  projectKeys: Paths,
});
const places = shippedList('endpoint.yaml', Places);

/** Configurations and files of keys are small; longer ones are read to here. */
const MOST_BYTES = 4 << 20;
const MOST_FILES = 5000;
/** Folders that are looked at for projects, and how deep. */
const MOST_PROJECTS = 3000;
const PROJECT_DEPTH = 3;
const MOST_FINDINGS = 1000;
/** Folders of a home that hold no projects of a person. */
const PASSED_OVER = new Set([
  'node_modules',
  'Library',
  'AppData',
  'snap',
  'venv',
  'site-packages',
  'Pictures',
  'Music',
  'Movies',
  'Videos',
]);

/** Folders that may hold a project, the home itself first. */
function projects(home: Home): string[] {
  const found = [{ folder: '', depth: 0 }];
  // The list grows as it is gone through: folders near the top come first.
  for (const { folder, depth } of found) {
    if (depth === PROJECT_DEPTH) continue;
    for (const entry of home.entries(folder)) {
      if (!entry.isDirectory() || entry.name.startsWith('.') || PASSED_OVER.has(entry.name)) continue;
      if (found.length >= MOST_PROJECTS) {
        home.note(folder, `more than ${MOST_PROJECTS} folders: projects in others were not looked for`);
        return found.map((each) => each.folder);
      }
      found.push({ folder: below(folder, entry.name), depth: depth + 1 });
    }
  }
  return found.map((each) => each.folder);
}

const below = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`);

/**
 * Looks over what a person's home folder holds of AI.
 * @param folder - default: that of the user who runs this
 * @throws AncileError `not_found` when the folder is not there, `rules_invalid` when shipped lists were changed
 */
export function lookOverEndpoint(folder: string = homedir(), scanner: Scanner = shippedScanner()): AiInventory {
  const home = new Home(folder);
  const { tools, models, modelFiles, configs, projectConfigs, keys, projectKeys } = places();
  const inventory: AiInventory = {
    home: folder,
    platform: process.platform,
    tools: Object.entries(tools).flatMap(([name, paths]) => {
      const path = paths.find((each) => home.stat(each) !== undefined);
      return path === undefined ? [] : [{ name, path }];
    }),
    models: findModels(home, models, modelFiles),
    datasets: findDatasets(home),
    assets: [],
    findings: [],
    unread: home.unread,
    files: 0,
  };
  const folders = projects(home);
  const read = new Set<string>();
  const each = (paths: Iterable<string>, look: (path: string, real: string) => void): void => {
    for (const path of paths) {
      const real = home.real(path);
      if (real === undefined || read.has(real)) continue;
      if (inventory.files >= MOST_FILES)
        return home.note(path, `more than ${MOST_FILES} files: this and others were not read`);
      read.add(real);
      inventory.files++;
      look(path, real);
    }
  };
  each(
    [...configs.flatMap((pattern) => home.files(pattern)), ...filesIn(home, folders, projectConfigs)],
    (path, real) => readConfig(scanner, inventory, path, real),
  );
  each([...keys.flatMap((pattern) => home.files(pattern)), ...filesIn(home, folders, projectKeys)], (path, real) =>
    readKeys(scanner, inventory, home, path, real),
  );
  return inventory;
}

function* filesIn(home: Home, folders: readonly string[], names: readonly string[]): Generator<string> {
  for (const folder of folders) {
    const here = new Set(home.entries(folder).map(({ name }) => name));
    for (const name of names) {
      if (!here.has(name.split('/', 1)[0]!)) continue;
      const path = below(folder, name);
      if (home.stat(path)?.isFile() === true) yield path;
    }
  }
}

/** A configuration is scanned as a file of a project would be. */
function readConfig(scanner: Scanner, inventory: AiInventory, path: string, real: string): void {
  const { findings, assets, unseen } = scanFile(scanner, real, path);
  for (const finding of findings)
    if (inventory.findings.length < MOST_FINDINGS) inventory.findings.push({ ...finding, path });
  for (const asset of assets) inventory.assets.push({ ...asset, path });
  for (const { reason } of unseen) inventory.unread.push({ path, reason });
}

/** A file of keys is searched for them; who else may read it is told. */
function readKeys(scanner: Scanner, inventory: AiInventory, home: Home, path: string, real: string): void {
  const stat = home.stat(path);
  let text: string;
  try {
    if ((stat?.size ?? 0) > MOST_BYTES) home.note(path, `longer than ${MOST_BYTES >> 20} MB`);
    text = readFileSync(real).subarray(0, MOST_BYTES).toString('utf8');
  } catch {
    return home.note(path, 'cannot be read');
  }
  const lineOf = lineIndex(text);
  const open =
    process.platform !== 'win32' && ((stat?.mode ?? 0) & 0o004) !== 0
      ? ', and every user of this machine may read it'
      : '';
  for (const { rule, sure, evidence, offset } of findSecrets(text, basename(path))) {
    const known = scanner.rules.get(sure ? 'workspace.secret' : 'workspace.likely-secret');
    if (known === undefined || inventory.findings.length >= MOST_FINDINGS) continue;
    const kind = rule.replace('secret.', '').replaceAll('_', ' ');
    inventory.findings.push({
      rule: known.id,
      severity: known.severity,
      message: `${sure ? 'holds' : 'may hold'} a secret: ${kind}${open}`,
      line: lineOf(offset),
      evidence,
      techniques: known.techniques,
      path,
    });
    if (sure) inventory.assets.push({ kind: 'key', name: kind, detail: 'in plain text', path });
  }
}
