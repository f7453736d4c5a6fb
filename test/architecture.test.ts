// The rooms and their order, held against the code: a file imports only from its own room or a room further
// down, entering through that room's index.ts. A total order makes cycles impossible.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve, sep } from 'node:path';
import ts from 'typescript';
import { afterAll, expect, it } from 'vitest';

/** Top to bottom: reading order and import order. Rooms appear here when the first file in them does. */
const ROOMS = [
  'cli',
  'app',
  'gateway',
  'respond',
  'monitor',
  'lab',
  'guard',
  'attest',
  'scan',
  'export',
  'access',
  'policy',
  'detect',
  'inventory',
  'ledger',
  'keys',
  'store',
  'net',
  'config',
  'onnx',
  'reader',
  'codec',
  'stats',
  'contract',
  'base',
];

const root = resolve(import.meta.dirname, '..');

function sources(dir: string): string[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(dir, name));
}

/** Every module specifier of a file: imports, re-exports, dynamic imports, type imports. */
function specifiers(file: string): string[] {
  return ts.preProcessFile(readFileSync(file, 'utf8'), true, true).importedFiles.map((found) => found.fileName);
}

/** Broken rules as sentences; empty when the tree is in order. */
function check(src: string): string[] {
  const problems: string[] = [];
  for (const file of sources(src)) {
    const place = relative(src, file);
    const room = place.includes(sep) ? place.split(sep)[0]! : '';
    // The library's door (src/index.ts) stands above every room.
    const rank = room === '' ? -1 : ROOMS.indexOf(room);
    if (room !== '' && rank === -1) problems.push(`${place}: "${room}" is not a room`);
    for (const specifier of specifiers(file)) {
      if (!specifier.startsWith('.')) continue;
      const target = relative(src, resolve(dirname(file), specifier));
      if (target.startsWith('..')) {
        // What only tests use may end with them (`test/harness/cleanup.ts`).
        if (!file.endsWith('.test.ts') && !place.split(sep).includes('testing'))
          problems.push(`${place}: imports ${specifier} from outside src`);
        continue;
      }
      const targetRoom = target.includes(sep) ? target.split(sep)[0]! : '';
      if (targetRoom === room) continue;
      if (targetRoom === '' || ROOMS.indexOf(targetRoom) <= rank) {
        problems.push(`${place}: imports upward from ${target}`);
      } else if (target.split(sep).length !== 2 || !target.endsWith(`${sep}index.ts`)) {
        problems.push(`${place}: imports ${target}, past the door of ${targetRoom}`);
      }
    }
  }
  return problems;
}

const planted = mkdtempSync(join(tmpdir(), 'ancile-rooms-'));
afterAll(() => rmSync(planted, { recursive: true }));

it('keeps every import pointing down and through doors', () => {
  expect(check(join(root, 'src'))).toEqual([]);
});

it('has looked at the whole tree', () => {
  const files = sources(join(root, 'src'));
  expect(files.length).toBeGreaterThan(15);
  expect(files.flatMap(specifiers).length).toBeGreaterThan(files.length / 2);
});

it('fails on a tree that breaks each rule', () => {
  const plant = (name: string, text: string): void => {
    mkdirSync(dirname(join(planted, name)), { recursive: true });
    writeFileSync(join(planted, name), text);
  };
  plant('base/up.ts', "import '../contract/index.ts';");
  plant('base/type-up.ts', "import type { X } from '../contract/index.ts';");
  plant('base/late.ts', "export const x = () => import('../contract/index.ts');");
  plant('contract/deep.ts', "export { y } from '../base/errors.ts';");
  plant('contract/door.ts', "import '../index.ts';");
  plant('basement/x.ts', '');
  plant('base/fine.ts', "import './up.ts';");
  expect(check(planted).sort()).toEqual([
    'base/late.ts: imports upward from contract/index.ts',
    'base/type-up.ts: imports upward from contract/index.ts',
    'base/up.ts: imports upward from contract/index.ts',
    'basement/x.ts: "basement" is not a room',
    'contract/deep.ts: imports base/errors.ts, past the door of base',
    'contract/door.ts: imports upward from index.ts',
  ]);
});

it('has no room that is empty or undocumented', () => {
  const rooms = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(rooms.map((room) => room.name).sort()).toEqual([...ROOMS].sort());
  const documented = [...readFileSync(join(root, 'docs/architecture.md'), 'utf8').matchAll(/^\| `(\w+)\/` +\|/gm)];
  expect(documented.map((row) => row[1])).toEqual(ROOMS);
});
