// The scanner's process: what it says of a file, that closing it concludes nothing, and that it comes back.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type ScanProcess, createScanProcess } from './scan-process.ts';

let dir: string;
let scanner: ScanProcess;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ancile-scan-process-'));
  scanner = createScanProcess();
});
afterEach(() => {
  scanner.close();
  rmSync(dir, { recursive: true });
});

function write(name: string, content: string): string {
  const path = join(dir, name);
  writeFileSync(path, content);
  return path;
}

it('scans a file by the name that it has in its repository, and what files say together', async () => {
  const bad = write('0', "cos\nsystem\n(S'id'\ntR.");
  expect(await scanner.scanFile(bad, 'model.pkl', 20)).toMatchObject({ path: 'model.pkl', verdict: 'malicious' });
  const config = write('1', '{"model_type":"x","auto_map":{"AutoModel":"code.Model"}}');
  const files = [
    { path: 'config.json', size: 50, content: config },
    { path: 'code.py', size: 5 },
  ];
  const found = await scanner.examineRepository(files);
  expect(found.map(({ path, finding }) => [path, finding.rule])).toEqual([['config.json', 'repository.remote-code']]);
});

it('closed while a file waits, it says nothing of it', async () => {
  const path = write('0', 'text');
  const scans = [scanner.scanFile(path, 'a.txt', 4), scanner.scanFile(path, 'b.txt', 4)];
  scanner.close();
  for (const each of await Promise.allSettled(scans)) {
    expect(each).toMatchObject({ status: 'rejected', reason: { code: 'shutting_down' } });
  }
});
