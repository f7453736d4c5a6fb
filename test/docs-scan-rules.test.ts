// docs/scan-rules.md is what the rules of the scan make of it, and its techniques exist.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { shippedScanner } from '../src/scan/shipped.ts';
import { renderScanRules } from '../tools/docs-scan-rules.ts';

const page = readFileSync(join(import.meta.dirname, '../docs/scan-rules.md'), 'utf8');

it('is up to date: npm run docs', async () => {
  expect(page).toBe(await renderScanRules());
});

it('has a row for every rule', () => {
  const { rules } = shippedScanner();
  expect(rules.size).toBeGreaterThan(100);
  for (const { id, techniques } of rules.values()) {
    expect(page).toContain(`\`${id}\``);
    for (const technique of techniques) expect(technique).toMatch(/^(?:AML\.T\d{4}(?:\.\d{3})?|LLM\d{2}:2025)$/);
  }
});
