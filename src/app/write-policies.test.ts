// A policy set's files replaced while it rules: all, or as they were.
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { writePolicyFiles } from './write-policies.ts';

const made: string[] = [];
afterAll(() => made.forEach((folder) => rmSync(folder, { recursive: true })));

function folderOf(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'ancile-write-'));
  made.push(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

const contents = (folder: string): Record<string, string> =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));

const BEFORE = { 'policy-set.yaml': 'old', 'a.cedar': 'a', 'b.cedar': 'b', 'draft.cedar': 'd', 'README.md': 'mine' };
const MEMBERS = ['policy-set.yaml', 'a.cedar', 'b.cedar'];
const AFTER = [
  { name: 'policy-set.yaml', text: 'new' },
  { name: 'a.cedar', text: 'a2' },
  { name: 'c.cedar', text: 'c' },
  { name: 'cases.yaml', text: 'cases' },
];

it('writes the set, takes away what is no longer of it, and leaves the rest of the folder alone', () => {
  const folder = folderOf(BEFORE);
  expect(writePolicyFiles(folder, AFTER, MEMBERS, () => contents(folder))).toEqual({
    ...{ 'policy-set.yaml': 'new', 'a.cedar': 'a2', 'c.cedar': 'c', 'cases.yaml': 'cases' },
    ...{ 'draft.cedar': 'd', 'README.md': 'mine' },
  });
});

it('puts everything back where the set cannot be taken into use', () => {
  const folder = folderOf(BEFORE);
  const use = (): never => {
    throw new Error('it does not load');
  };
  expect(() => writePolicyFiles(folder, AFTER, MEMBERS, use)).toThrow('it does not load');
  expect(contents(folder)).toEqual(BEFORE);
});

it.each(['README.md', 'ancile.yaml', 'notes.txt', 'draft.cedar'])(
  'never writes %s, which is not of the set',
  (name) => {
    const folder = folderOf({ ...BEFORE, 'ancile.yaml': 'config' });
    const before = contents(folder);
    const files = [...AFTER, { name, text: 'evil' }];
    expect(() => writePolicyFiles(folder, files, MEMBERS, () => undefined)).toThrow(/no file of this set/);
    expect(contents(folder)).toEqual(before);
  },
);
