// docs/configuration.md is what the schema makes of it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { DETECTOR_IDS } from '../src/contract/index.ts';
import { renderConfiguration } from '../tools/docs-configuration.ts';

const page = readFileSync(join(import.meta.dirname, '../docs/configuration.md'), 'utf8');

it('is up to date: npm run docs', async () => {
  expect(page).toBe(await renderConfiguration());
});

it('says something of every field', () => {
  const rows = [...page.matchAll(/^\| `[^`]+` +\|(.+)\|$/gm)].map((row) =>
    row[1]!.split(' | ').map((cell) => cell.trim()),
  );
  expect(rows.length).toBeGreaterThan(30);
  for (const [type, , description] of rows) {
    expect(type).toMatch(/\w/);
    expect(description).toMatch(/\w{3}/);
  }
  expect(page).not.toMatch(/\| (any|object|undefined) /);
  for (const id of DETECTOR_IDS) expect(page).toContain(`\`${id}\``);
});
