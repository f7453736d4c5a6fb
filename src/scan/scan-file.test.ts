import { appendFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { Format } from './format.ts';
import { scanFile } from './scan-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'ancile-scan-file-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'model.bin');

/** Looks at a file while another process does something to it. */
const scanWhile = (act: () => void) => {
  const format: Format = { id: 'plain', match: () => 'sure', scan: act };
  writeFileSync(path, 'weights');
  return scanFile({ formats: [format], rules: new Map() }, path);
};

it('says that a file changed while it was looked at, and gives no digest of it', () => {
  expect(scanWhile(() => undefined)).toMatchObject({ verdict: 'clean', unseen: [] });
  for (const act of [() => appendFileSync(path, ' and more'), () => truncateSync(path, 2)]) {
    const report = scanWhile(act);
    expect(report).toMatchObject({ verdict: 'unanalyzed', unseen: [{ reason: expect.stringContaining('changed') }] });
    expect(report.sha256).toBeUndefined();
  }
});

it('says why a file cannot be read', () => {
  const scanner = { formats: [], rules: new Map() };
  expect(scanFile(scanner, join(folder, 'absent')).unseen[0]!.reason).toBe('the file cannot be read (ENOENT)');
  expect(scanFile(scanner, join(folder, 'a\ufffd')).unseen[0]!.reason).toContain('not UTF-8');
});
